#include "dockerhub/preflight.hpp"

#include "common/time.hpp"
#include "dockerhub/findings.hpp"

namespace berth::dockerhub {
namespace {

constexpr const char* kNewToken =
    "create one with Read & Write at https://app.docker.com/settings/personal-access-tokens, then: "
    "berth login "
    "docker.io";

std::string visibility(bool is_private) { return is_private ? "private" : "public"; }

common::Finding not_found(const HubName& name, const Creation& creation) {
  if (creation.by_api())
    return {&kRepositoryCreated,
            "repository " + name.path() + " will be created, " + visibility(*creation.is_private)};
  if (creation.is_enabled)
    return {&kNotPublic, "public repository " + name.path() +
                             " not found; unless a private one exists, the push creates it with "
                             "the account's default visibility"};
  return {&kNotPublic,
          "public repository " + name.path() +
              " not found; unless a private one exists, the push creates it with the account's "
              "default visibility",
          "to choose the visibility: --set create_repository=true --set private=true"};
}

common::Finding immutable_tag(const HubRepository& repository, const HubName& name,
                              const std::string& tag) {
  const std::string rules = repository.immutable_rules;
  return {&kTagImmutable,
          "tag " + tag + " exists, and " + name.path() + " has immutable tags" +
              (rules.empty() ? "" : ": " + rules),
          "push another tag"};
}

}  // namespace

common::Finding check_granted(const std::string& granted, const HubName& name,
                              const std::string& user, const std::string& source) {
  const std::string who = user.empty() ? "the credentials in use" : user;
  const std::string rights =
      granted.empty() ? "not authorized to push to" : "only authorized to " + granted + " in";
  const std::string verb = user.empty() ? " are " : " is ";
  const std::string from = source.empty() ? "" : " (" + source + ")";
  if (user == name.name_space)
    return {&kMayNotPush, who + verb + rights + " " + name.path() + from,
            "check the token's scopes and the plan's limit of private repositories at "
            "https://hub.docker.com/repository/"
            "docker/" +
                name.path()};
  const std::string own =
      is_docker_id(user) ? "push to docker.io/" + user + "/" + name.name + ", or " : "";
  return {&kMayNotPush,
          who + verb + rights + " " + name.path() + ": " + name.name_space +
              " is another account, or an organization in which the team lacks write access" + from,
          own + "ask an owner of " + name.name_space + " for write access"};
}

common::Finding read_only_token(const std::string& user, const std::string& source) {
  return {&kReadOnlyToken,
          "the access token" + (user.empty() ? "" : " of " + user) + " is read-only" +
              (source.empty() ? "" : " (" + source + ")"),
          kNewToken};
}

common::Findings check_repository(const HubRepository& repository, const HubName& name,
                                  const std::string& tag, bool has_conflict,
                                  const Creation& creation) {
  common::Findings findings;
  switch (repository.state) {
    case HubRepository::State::not_found:
      findings.push_back(not_found(name, creation));
      break;
    case HubRepository::State::throttled:
      findings.push_back(
          {&kThrottled,
           "rate limited by Docker Hub's API" +
               (repository.wait_until > 0 ? " until " + common::extended_time(repository.wait_until)
                                          : std::string()) +
               ": repository " + name.path() + " was not checked"});
      break;
    case HubRepository::State::found:
      if (repository.has_immutable_tags && has_conflict)
        findings.push_back(immutable_tag(repository, name, tag));
      if (creation.is_private && repository.is_private &&
          *creation.is_private != *repository.is_private)
        findings.push_back(
            {&kVisibility,
             "repository " + name.path() + " is " + visibility(*repository.is_private) +
                 ", and the setting private is for repositories that are created",
             "change it at https://hub.docker.com/repository/docker/" + name.path() + "/settings"});
      break;
    case HubRepository::State::unknown:
      break;
  }
  return findings;
}

common::Finding not_created(const HubName& name, const std::string& error) {
  return {&kRepositoryNotCreated, "repository " + name.path() + " cannot be created: " + error,
          "create it at https://hub.docker.com/repository/create?namespace=" + name.name_space};
}

}  // namespace berth::dockerhub
