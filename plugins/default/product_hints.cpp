#include "default/product_hints.hpp"

#include <cstring>
#include <string_view>

#include "common/text.hpp"

namespace berth::default_flavor {
namespace {

// In causes and fixes {host}, {repository} and {project} are replaced by the registry's host, the
// path below it, and the first part of that.
struct MessageHint {
  const char* pattern;  // of the registry's message, in any case
  const char* product;  // which only it sends
  const char* cause;
  const char* fix;
};

constexpr MessageHint kMessages[] = {
    {"permission_denied: write_package", kGitHub,
     "the package exists, and this workflow's repository has no write access to it; or the token "
     "lacks write:packages",
     "in the package's settings, Manage Actions access, give the repository the role Write; or use "
     "a token with "
     "write:packages"},
    {"permission_denied: create_package", kGitHub,
     "the account may not create packages of {project}, or the token lacks write:packages",
     "create a classic token with write:packages, then: berth login {host}"},
    {"does not match expected scopes", kGitHub, "the token lacks write:packages",
     "create a classic token with write:packages, then: berth login {host}"},
    {"cannot be authenticated with the token provided", kGitHub,
     "the token has expired or was revoked, is fine-grained, or is not authorized for the "
     "organization's single "
     "sign-on",
     "create a classic token with write:packages, then: berth login {host}"},
    {"installation not allowed to", kGitHub,
     "the workflow's token may not write packages, or not those of {project}, which is not its "
     "repository's owner",
     "in the workflow: permissions: { packages: write }"},
    {"nested repositories are not supported", kQuay, "this server has only names of two parts",
     "push {host}/{project}/NAME, without a third part"},
    {"quota has been exceeded on namespace", kQuay, "the storage of namespace {project} is used up",
     "delete tags, or ask an administrator for a larger quota"},
    {"tag_immutable", kQuay, "the tag exists and is immutable", "push another tag"},
    {"system is currently read-only", kQuay, "the registry is in read-only mode",
     "try again later"},
    {"protected repository path", kGitLab,
     "the project protects this path, and these credentials may not push there",
     "ask a maintainer of the project, or push another path"},
    {"registry not enabled", kGitLab, "the project exists, and its container registry is disabled",
     "in the project's settings, General, Visibility, enable the container registry"},
    {"http basic: access denied", kGitLab,
     "the password or the token is wrong or has expired; with two-factor authentication a token is "
     "required",
     "create a token with read_registry and write_registry, then: berth login {host}"},
    {"configured as immutable", kHarbor,
     "an immutability rule of project {project} matches this tag", "push another tag"},
    {"exceed the configured upper limit", kHarbor,
     "the storage quota of project {project} is used up",
     "delete artifacts and collect garbage, or ask an administrator for a larger quota"},
    {"to a proxy project", kHarbor, "project {project} is a proxy cache, which accepts no pushes",
     "push to another project"},
    {"system is in read only mode", kHarbor, "the registry is in read-only mode",
     "try again later"},
    {"deploying to groups is a pro-licensed feature", kNexus,
     "this is the address of a group repository, which accepts no pushes in this edition",
     "push to the address of a hosted repository"},
    {"does not allow updating assets", kNexus,
     "the repository does not permit redeployment, so that its tags are immutable",
     "push another tag"},
    {"reqpackageaccess", kGitea,
     "the account may not write packages of {project}, or its token lacks write:package; the token "
     "of a workflow does "
     "not have it",
     "create a personal access token with write:package for a member of {project}, then: berth "
     "login {host}"},
    {"not permitted to deploy", kArtifactory,
     "the account lacks the permission Deploy/Cache on repository {project}",
     "ask for Deploy/Cache on repository {project}"},
    {"does not have permission for manifest", kArtifactory,
     "the account lacks the permission Deploy/Cache on repository {project}, or Delete/Overwrite, "
     "if the tag exists",
     "push another tag, or ask for Deploy/Cache and Delete/Overwrite on repository {project}"},
    {"manifest invalid; map[description:http 403", kArtifactory,
     "the tag exists, and the account may not replace it",
     "push another tag, or ask for the permission Delete/Overwrite on repository {project}"},
    {"repositories, limit is", kDigitalOcean, "the plan's number of repositories is used up",
     "delete a repository, or change the plan: doctl registry options subscription-tiers"},
};

struct Requirement {
  const char* product;
  const char* push;  // why a push is not granted
  const char* push_fix;
  const char* login;  // why credentials are rejected
  const char* login_fix;
};

constexpr Requirement kRequirements[] = {
    {kHarbor,
     "project {project} does not exist, or the account lacks the role Developer or above in it (a "
     "robot account: the "
     "permission to push)",
     "create the project or grant the role at https://{host}/harbor/projects",
     "the password or the secret is wrong or has expired; users of OIDC log in with their CLI "
     "secret, robot accounts "
     "with their full name, robot$NAME, quoted for the shell",
     "berth login {host}"},
    {kGitLab,
     "project {repository} does not exist, its container registry is disabled, or the account "
     "lacks the role Developer "
     "or above; a token needs write_registry, and a job's token is only for its own project",
     "check the path (GROUP/PROJECT or GROUP/PROJECT/IMAGE), and that the token has write_registry",
     "the password or the token is wrong or has expired; with two-factor authentication a token is "
     "required",
     "create a token with read_registry and write_registry, then: berth login {host}"},
    {kQuay,
     "namespace {project} does not exist, or the account may not write {repository}: a robot "
     "account needs the "
     "permission Write on a repository that exists, or the team role Creator",
     "create the repository and grant Write at https://{host}/repository/{repository}",
     "the password is wrong; robot accounts log in as NAMESPACE+ROBOT, users of single sign-on "
     "with an encrypted "
     "password",
     "berth login {host}"},
    {kNexus,
     "the account lacks nx-repository-view-docker-*-add and -edit on the repository, or this is "
     "the address of a proxy "
     "repository",
     "grant the privileges, or push to the address of a hosted repository",
     "the password is wrong, or Docker Bearer Token Realm is not active",
     "activate Docker Bearer Token Realm (Security, Realms), then: berth login {host}"},
    {kArtifactory,
     "repository {project} does not exist, is remote, or the account lacks the permission "
     "Deploy/Cache on it",
     "push to a local repository, or ask for Deploy/Cache on {project}",
     "the password is wrong, or passwords are disabled and an identity token is required",
     "create an identity token in your profile, then: berth login {host}"},
    {kGitHub, "the token lacks write:packages, or the account may not write packages of {project}",
     "create a classic token with write:packages, then: berth login {host}; in a workflow: "
     "permissions: { packages: "
     "write }",
     "the token has expired or was revoked, is fine-grained, or is not authorized for the "
     "organization's single "
     "sign-on",
     "create a classic token with write:packages, then: berth login {host}"},
    {kGitea,
     "{project} does not exist, or the account may not write its packages, or its token lacks "
     "write:package",
     "create a personal access token with write:package for a member of {project}, then: berth "
     "login {host}",
     "the password is wrong; with two-factor authentication, and in workflows, a personal access "
     "token is required",
     "create a personal access token with write:package, then: berth login {host}"},
    {kOpenShift,
     "project {project} does not exist, or the account lacks the role registry-editor in it",
     "oc new-project {project}; oc policy add-role-to-user registry-editor USER -n {project}",
     "the token has expired; the password is that of oc whoami -t", "oc registry login"},
    {kDigitalOcean,
     "registry {project} does not exist, or the token lacks the scope registry:update",
     "doctl registry create {project}; doctl registry login",
     "the API token is wrong or has expired", "doctl registry login"},
    {kOracle,
     "the path does not begin with the tenancy's namespace, or the account lacks a policy to "
     "manage repos: "
     "REPOSITORY_UPDATE, and REPOSITORY_CREATE for a new one",
     "check the path (NAMESPACE/REPOSITORY), and the policy: allow group GROUP to manage repos in "
     "tenancy",
     "the user name is NAMESPACE/USER or NAMESPACE/DOMAIN/USER, the password an auth token",
     "berth login {host}"},
    {kIbm, "namespace {project} does not exist, or the account lacks the role Writer on it",
     "ibmcloud cr namespace-add {project}", "the user name is iamapikey, the password an API key",
     "ibmcloud cr login"},
    {kAlibaba, "namespace {project} does not exist, or the account may not push to it",
     "create the namespace, and grant cr:PushRepository on it",
     "the password is that of the registry, set in its console, not that of the account",
     "berth login {host}"},
};

std::string filled(std::string text, const std::string& host, const std::string& repository) {
  const std::pair<std::string_view, std::string> values[] = {
      {"{host}", host},
      {"{repository}", repository},
      {"{project}", repository.substr(0, repository.find('/'))}};
  for (const auto& [name, value] : values)
    for (auto at = text.find(name); at != std::string::npos;
         at = text.find(name, at + value.size()))
      text.replace(at, name.size(), value);
  return text;
}

Explanation explanation(const char* product, const char* cause, const char* fix,
                        const std::string& host, const std::string& repository) {
  return {std::string(product) + ": " + filled(cause, host, repository),
          filled(fix, host, repository)};
}

const Requirement* find_requirement(const Product& product) {
  for (const auto& requirement : kRequirements)
    if (std::strcmp(requirement.product, product.name) == 0) return &requirement;
  return nullptr;
}

// By berth's code, which identifies the request and its response.
enum class Kind { other, no_credentials, rejected, denied };

Kind classify(const std::string& code) {
  if (code == "auth.required") return Kind::no_credentials;
  if (code == "auth.refused" || common::ends_with(code, "-auth")) return Kind::rejected;
  if (code == "auth.denied" || code == "push.denied" || common::ends_with(code, "-denied"))
    return Kind::denied;
  return common::ends_with(code, "-repository") ? Kind::denied : Kind::other;
}

}  // namespace

std::optional<Explanation> push_requirement(const Product& product, const std::string& repository,
                                            const std::string& host) {
  const Requirement* requirement = find_requirement(product);
  if (requirement == nullptr) return std::nullopt;
  return explanation(requirement->product, requirement->push, requirement->push_fix, host,
                     repository);
}

std::optional<Explanation> explain_error(const RegistryError& error, const Product* product,
                                         const std::string& host) {
  const auto is_of = [product](const char* name) {
    return product == nullptr || std::strcmp(product->name, name) == 0;
  };
  for (const auto& hint : kMessages)
    if (is_of(hint.product) && error.message_contains(hint.pattern))
      return explanation(hint.product, hint.cause, hint.fix, host, error.repository);
  const Kind kind = classify(error.code);
  if (product != nullptr && kind == Kind::denied)
    return push_requirement(*product, error.repository, host);
  const Requirement* requirement = product != nullptr ? find_requirement(*product) : nullptr;
  if (requirement != nullptr && kind == Kind::rejected)
    return explanation(requirement->product, requirement->login, requirement->login_fix, host,
                       error.repository);
  // Credentials are what is missing, whatever the product.
  if (product != nullptr && kind == Kind::no_credentials)
    return Explanation{std::string(product->name) + " requires authentication"};
  if (kind == Kind::denied && error.message_contains("access to the resource is denied"))
    return Explanation{
        "the project or namespace does not exist, is spelled differently, or these credentials may "
        "not "
        "write to it",
        "compare the name with that in the registry's web interface, or use an account with write "
        "access"};
  return std::nullopt;
}

}  // namespace berth::default_flavor
