// The flavor aws: its hosts and names, and its requests to AWS compared with those of botocore.
#include <doctest/doctest.h>

#include <set>

#include "aws/credential_chain.hpp"
#include "aws/ecr_api.hpp"
#include "aws/ecr_host.hpp"
#include "aws/error_hints.hpp"
#include "aws/findings.hpp"
#include "aws/preflight.hpp"
#include "aws/repository_name.hpp"
#include "vector_host_api.hpp"

using namespace berth;
using aws::EcrApi;
using test::VectorHostApi;

namespace {

const std::string kFrankfurt = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";

// One action of a recorded case, requested like the flavor does.
struct Asked {
  explicit Asked(const std::string& name, const std::string& registry = kFrankfurt)
      : host_api({"aws/" + name}), host(aws::parse_ecr_host(registry).value()) {
    keys = {host_api.key("access_key_id"), host_api.key("secret_access_key"), {}, 0, {}};
    if (name == "token-of-role" || name == "refused-expired-token")
      keys.session_token = host_api.key("session_token");
  }
  aws::Answer operator()(const EcrApi::Action& action) {
    EcrApi api(host_api, host, "https://" + host.api_host, keys);
    return api.ask({action}).front();
  }
  VectorHostApi host_api;
  aws::EcrHost host;
  aws::Keys keys;
};

const EcrApi::Action token = EcrApi::authorization_token();

}  // namespace

TEST_CASE("aws: recognises hosts of every partition") {
  const struct {
    const char* host;
    const char* account;
    const char* region;
    const char* api;
    const char* sts;
  } cases[] = {
      {"123456789012.dkr.ecr.eu-west-1.amazonaws.com", "123456789012", "eu-west-1",
       "api.ecr.eu-west-1.amazonaws.com", "sts.eu-west-1.amazonaws.com"},
      {"123456789012.dkr.ecr-fips.us-east-1.amazonaws.com", "123456789012", "us-east-1",
       "api.ecr-fips.us-east-1.amazonaws.com", "sts.us-east-1.amazonaws.com"},
      {"123456789012.dkr-ecr.eu-west-1.on.aws", "123456789012", "eu-west-1",
       "ecr.eu-west-1.api.aws", "sts.eu-west-1.api.aws"},
      {"123456789012.dkr-ecr-fips.us-east-1.on.aws", "123456789012", "us-east-1",
       "ecr-fips.us-east-1.api.aws", "sts.us-east-1.api.aws"},
      {"123456789012.DKR.ecr.cn-north-1.amazonaws.com.cn", "123456789012", "cn-north-1",
       "api.ecr.cn-north-1.amazonaws.com.cn", "sts.cn-north-1.amazonaws.com.cn"},
      {"123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn", "123456789012", "cn-north-1",
       "ecr.cn-north-1.api.amazonwebservices.com.cn",
       "sts.cn-north-1.api.amazonwebservices.com.cn"},
      {"123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu", "123456789012", "eusc-de-east-1",
       "api.ecr.eusc-de-east-1.amazonaws.eu", "sts.eusc-de-east-1.amazonaws.eu"},
      {"123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov", "123456789012", "us-iso-east-1",
       "api.ecr.us-iso-east-1.c2s.ic.gov", "sts.us-iso-east-1.c2s.ic.gov"},
      {"public.ecr.aws", "", "us-east-1", "api.ecr-public.us-east-1.amazonaws.com",
       "sts.us-east-1.amazonaws.com"},
      {"ecr-public.aws.com", "", "us-east-1", "ecr-public.us-east-1.api.aws",
       "sts.us-east-1.api.aws"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.host);
    const auto host = aws::parse_ecr_host(one.host);
    REQUIRE(host.has_value());
    CHECK(host->account == one.account);
    CHECK(host->region == one.region);
    CHECK(host->api_host == one.api);
    CHECK(host->sts_host == one.sts);
    CHECK(host->is_public == host->account.empty());
    CHECK(aws::explain_ecr_host(one.host).cause.empty());
  }
}

TEST_CASE("aws: rejects hosts that only look like ECR, with a reason") {
  const std::pair<const char*, const char*> cases[] = {
      {"ghcr.io", ""},
      {"12345678901.dkr.ecr.eu-west-1.amazonaws.com", "11"},
      {"1234567890123.dkr.ecr.eu-west-1.amazonaws.com", "13"},
      {"account.dkr.ecr.eu-west-1.amazonaws.com", "12 digits"},
      {"123456789012.dkr.ecr.eu-west-1.amazonaws.org", "partition"},
      {"123456789012.dkr.ecr..amazonaws.com", "partition"},
      {"123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example", "partition"},
      {"evil.example/123456789012.dkr.ecr.eu-west-1.amazonaws.com", "12 digits"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK_FALSE(aws::parse_ecr_host(one.first).has_value());
    const auto fault = aws::explain_ecr_host(one.first);
    CHECK(fault.cause.empty() == std::string(one.second).empty());
    CHECK(fault.cause.find(one.second) != std::string::npos);
    CHECK_FALSE(fault.fix.empty());
    CHECK(fault.cause.find("ACCOUNT") == std::string::npos);  // the right spelling is in the fix
  }
}

TEST_CASE("aws: validates names of repositories") {
  for (const char* good : {"app", "team/app", "a1.b_c-d/e", "00"})
    CHECK_MESSAGE(aws::validate_repository_name(good, false).empty(), good);
  for (const char* bad :
       {"a", "Team/app", "team//app", "team/app-", "a__b", "a--b", ".a", "a/", "a b"})
    CHECK_MESSAGE(!aws::validate_repository_name(bad, false).empty(), bad);
  CHECK(aws::validate_repository_name(std::string(256, 'a'), false).empty());
  CHECK_FALSE(aws::validate_repository_name(std::string(257, 'a'), false).empty());
  CHECK_FALSE(aws::validate_repository_name(std::string(206, 'a'), true).empty());
  const std::pair<const char*, const char*> meant[] = {{"team__app", "team_app"},
                                                       {"a--b", "a-b"},
                                                       {"team-/app", "team/app"},
                                                       {"Team/App-", "team/app"},
                                                       {".a.b", "a.b"},
                                                       {"a b", ""},
                                                       {"_", ""}};
  for (const auto& one : meant) CHECK(aws::suggest_repository_name(one.first, false) == one.second);
}

TEST_CASE("aws: requests tokens in every partition like botocore") {
  const std::pair<const char*, const char*> cases[] = {
      {"token-plain", "123456789012.dkr.ecr.eu-central-1.amazonaws.com"},
      {"token-fips-newer", "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com"},
      {"token-dualstack", "123456789012.dkr-ecr.eu-central-1.on.aws"},
      {"token-fips-dualstack", "123456789012.dkr-ecr-fips.us-east-1.on.aws"},
      {"token-china-dualstack", "123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn"},
      {"token-sovereign", "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu"},
      {"token-gov", "123456789012.dkr.ecr.us-gov-west-1.amazonaws.com"},
      {"token-china", "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"},
      {"token-iso", "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov"},
      {"token-isob", "123456789012.dkr.ecr.us-isob-east-1.sc2s.sgov.gov"},
      {"token-of-role", "123456789012.dkr.ecr.eu-central-1.amazonaws.com"},
      {"public-token", "public.ecr.aws"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    Asked asked(one.first, one.second);
    const auto answer = asked(token);
    REQUIRE(answer.json.has_value());
    const auto login = aws::registry_login(*answer.json);
    REQUIRE(login.has_value());
    CHECK(login->password.find("password-of-the-test") != std::string::npos);
    CHECK(login->expires == asked.host_api.now() + 12 * 3600);
  }
}

TEST_CASE("aws: queries repositories and tags like botocore") {
  {
    Asked asked("repository");
    const auto answer = asked(EcrApi::describe_repository(asked.host, "team/app"));
    REQUIRE(answer.json.has_value());
    const auto& repository = answer.json->find("repositories")->items().front();
    CHECK(aws::tag_mutability(repository, "v1") == aws::Mutability::immutable);
  }
  {
    Asked asked("repository-missing");
    const auto answer = asked(EcrApi::describe_repository(asked.host, "team/absent"));
    CHECK(answer.error == "RepositoryNotFoundException");
    CHECK_FALSE(answer.message.empty());
  }
  {
    Asked asked("repository-denied");
    const auto answer = asked(EcrApi::describe_repository(asked.host, "team/app"));
    CHECK(answer.error == "AccessDeniedException");
  }
  {
    Asked asked("tag-taken");
    const auto answer = asked(EcrApi::describe_tag(asked.host, "team/app", "v1"));
    REQUIRE(answer.json.has_value());
    CHECK(answer.json->find("imageDetails")
              ->items()
              .front()
              .string("imageDigest")
              ->rfind("sha256:a1", 0) == 0);
  }
  {
    Asked asked("tag-free");
    const auto answer = asked(EcrApi::describe_tag(asked.host, "team/app", "v2"));
    CHECK(answer.error == "ImageNotFoundException");
  }
  {
    Asked asked("create");
    const auto answer = asked(EcrApi::create_repository(asked.host, "team/new", true));
    CHECK(answer.json.has_value());
  }
  {
    Asked asked("public-create", "public.ecr.aws");
    const auto answer = asked(EcrApi::create_repository(asked.host, "new", false));
    CHECK(answer.json.has_value());
  }
  {
    Asked asked("refused-clock");
    const auto answer = asked(token);
    CHECK(answer.error == "InvalidSignatureException");
    CHECK(answer.server_time == asked.host_api.now() + 3600);
  }
}

TEST_CASE("aws: supports mutability exclusions, and templates that create on push") {
  const struct {
    const char* setting;
    const char* filter;
    const char* tag;
    bool immutable;
  } cases[] = {
      {"MUTABLE", "v*", "v1", false},
      {"IMMUTABLE", "v*", "v1", true},
      {"IMMUTABLE_WITH_EXCLUSION", "latest*", "latest-1", false},
      {"IMMUTABLE_WITH_EXCLUSION", "latest*", "v1", true},
      {"MUTABLE_WITH_EXCLUSION", "v*.*", "v1.2", true},
      {"MUTABLE_WITH_EXCLUSION", "v*.*", "v1", false},
  };
  for (const auto& one : cases) {
    CAPTURE(one.setting + std::string(" ") + one.filter + " " + one.tag);
    const auto json = Json::parse(
        std::string(R"({"imageTagMutability":")") + one.setting +
        R"(","imageTagMutabilityExclusionFilters":[{"filterType":"WILDCARD","filter":")" +
        one.filter + "\"}]}");
    CHECK((aws::tag_mutability(*json, one.tag) == aws::Mutability::immutable) == one.immutable);
  }
  const auto templates = Json::parse(
      R"({"repositoryCreationTemplates":[{"prefix":"team","appliedFor":["PULL_THROUGH_CACHE","CREATE_ON_PUSH"]},
          {"prefix":"cache","appliedFor":["PULL_THROUGH_CACHE"]}]})");
  CHECK(aws::created_on_push(*templates, "team/app"));
  CHECK_FALSE(aws::created_on_push(*templates, "teams/app"));
  CHECK_FALSE(aws::created_on_push(*templates, "cache/app"));
  CHECK(aws::created_on_push(
      *Json::parse(
          R"({"repositoryCreationTemplates":[{"prefix":"ROOT","appliedFor":["CREATE_ON_PUSH"]}]})"),
      "x"));
}

TEST_CASE("aws: requests keys from their sources like botocore") {
  struct Case {
    const char* name;
    std::map<std::string, std::string> variables, files;
    const char* key;
    const char* source;
  };
  const std::string config = "~/.aws/config";
  const Case cases[] = {
      {"source-container-full",
       {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/v1/credentials"},
        {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic of-the-test"}},
       {},
       "ASIDEXAMPLETASK",
       "container"},
      {"source-container-relative",
       {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/of-the-task"}},
       {},
       "ASIDEXAMPLETASK",
       "container"},
      {"source-imds", {}, {}, "ASIDEXAMPLENODE", "instance metadata, role node"},
      {"source-web-identity",
       {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"},
        {"AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/pusher"},
        {"AWS_ROLE_SESSION_NAME", "of-the-test"}},
       {{"/token", "web-identity-of-the-test\n"}},
       "ASIDEXAMPLEPUSHER",
       "role arn:aws:iam::123456789012:role/pusher"},
      {"source-assume-role",
       {{"AWS_PROFILE", "prod"}},
       {{config,
         "[profile prod]\nrole_arn = arn:aws:iam::123456789012:role/pusher\nsource_profile = base\n"
         "external_id=42\nrole_session_name = of-the-test  # as the recorder\n"},
        {"~/.aws/credentials",
         "[base]\naws_access_key_id = AKIDEXAMPLE\n"
         "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"}},
       "ASIDEXAMPLEPUSHER",
       "profile prod"},
      {"source-sso",
       {{"AWS_PROFILE", "sso"}},
       {{config,
         "[profile sso]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = "
         "engineer\n"
         "[sso-session corp]\nsso_region = eu-central-1\nsso_start_url = "
         "https://corp.example/start\n"},
        {"~/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json",
         R"({"accessToken": "sso-token-of-the-test", "expiresAt": "2026-01-15T13:00:00Z"})"}},
       "ASIDEXAMPLEENGINEER",
       "single sign-on of profile sso"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    VectorHostApi host_api({std::string("aws/") + one.name});
    host_api.variables = one.variables;
    host_api.files = one.files;
    aws::CredentialChain chain(host_api, "eu-central-1", "sts.eu-central-1.amazonaws.com");
    const auto answer = chain.find();
    CHECK(answer.problem.empty());
    REQUIRE(answer.keys.has_value());
    CHECK(answer.keys->access_key_id == one.key);
    CHECK(answer.keys->source.find(one.source) != std::string::npos);
  }
}

TEST_CASE("aws: ECR's responses become findings") {
  const std::string taken =
      "sha256:a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";
  const struct {
    std::vector<std::string> cases;
    const char* repository;
    const char* tag;
    std::string digest;
    bool create;
    const char* findings;
  } cases[] = {
      {{"aws/repository", "aws/tag-free"}, "team/app", "v2", "", false, ""},
      {{"aws/repository", "aws/tag-taken"},
       "team/app",
       "v1",
       "sha256:ff",
       false,
       "aws.tag-immutable "},
      {{"aws/repository", "aws/tag-taken"}, "team/app", "v1", "", false, "aws.tag-taken "},
      {{"aws/repository", "aws/tag-taken"}, "team/app", "v1", taken, false, "aws.tag-same "},
      {{"aws/repository-missing"}, "team/absent", "", "", true, "aws.repository-made "},
      {{"aws/repository-missing", "aws/templates-none"},
       "team/absent",
       "",
       "",
       false,
       "aws.repository-missing "},
      {{"aws/repository-denied"}, "team/app", "", "", false, "aws.not-allowed-to-ask "},
  };
  for (const auto& one : cases) {
    CAPTURE(one.findings);
    VectorHostApi host_api(one.cases);
    const auto host = aws::parse_ecr_host(kFrankfurt).value();
    const aws::Keys keys{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", {}, 0, {}};
    EcrApi api(host_api, host, "https://" + host.api_host, keys);
    common::ImageFacts image;
    image.repository_path = one.repository;
    image.tag = one.tag;
    image.digest = one.digest;
    const auto answers = api.ask(aws::describe_actions(host, image));
    const auto preflight =
        aws::check_repository(api, host, image, answers, one.create, keys, host_api.now());
    CHECK(test::codes(preflight.findings) == one.findings);
    CHECK(preflight.repository_missing == one.create);
    for (const auto& finding : preflight.findings) CHECK_FALSE(finding.message.empty());
  }
}

TEST_CASE("aws: reports clock skew, limits and invalid names") {
  Asked asked("refused-clock");
  EcrApi api(asked.host_api, asked.host, "https://" + asked.host.api_host, asked.keys);
  const auto answer = api.ask({EcrApi::authorization_token()}).front();
  const auto fault = aws::classify_error(answer, asked.keys, asked.host_api.now());
  REQUIRE(fault.has_value());
  CHECK(fault->kind == &aws::kClock);
  CHECK(fault->message.find("2026-01-15T13:00:00Z") != std::string::npos);

  common::ImageFacts image;
  image.repository_path = "team__app";
  image.largest_blob = std::uint64_t{60'000} << 20U;
  CHECK(test::codes(aws::offline_findings(asked.host, image)) ==
        "aws.repository-name aws.layer-size ");
  image.repository_path = "alias/app";
  image.largest_blob = std::uint64_t{11'000} << 20U;
  CHECK(test::codes(aws::offline_findings(*aws::parse_ecr_host("public.ecr.aws"), image)) ==
        "aws.layer-size ");
}

TEST_CASE("aws: explains registry errors during a push") {
  const auto host = aws::parse_ecr_host(kFrankfurt).value();
  auto cause = [&](const std::string& message) {
    const auto meaning = aws::explain_error({"push.blob-denied", message, "team/app"}, host);
    return meaning ? meaning->cause : "";
  };
  const auto missing = aws::explain_error({"push.blob-repository",
                                           "404 NAME_UNKNOWN: The repository with name 'team/app' "
                                           "does not exist in the registry with id '123456789012'",
                                           "team/app"},
                                          host);
  REQUIRE(missing);
  CHECK(missing->fix ==
        "aws ecr create-repository --registry-id 123456789012 --region eu-central-1 "
        "--repository-name team/app");
  CHECK(cause("403 DENIED: Your authorization token has expired. Reauthenticate and try again.")
            .find("12 hours") != std::string::npos);
  CHECK(cause("400 TAG_INVALID: The image tag '1' already exists in the 'team/app' repository and "
              "cannot be overwritten "
              "because the tag is immutable.")
            .find("immutable tags") != std::string::npos);
  CHECK(cause("403").empty());
  CHECK(aws::is_denial({"push.blob-denied", "403", "team/app"}));
  CHECK_FALSE(aws::is_denial({"push.blob-failed", "500", "team/app"}));
  CHECK(aws::explain_denial(host, aws::Caller{"arn:aws:iam::123456789012:user/ci", "123456789012"},
                            "profile ci")
            .cause ==
        "arn:aws:iam::123456789012:user/ci (profile ci) may not push there: the policy allows too "
        "little");
  CHECK(aws::explain_denial(host, aws::Caller{"arn:aws:iam::999999999999:user/ci", "999999999999"},
                            "")
            .cause.find("is that of account 123456789012, and the repository's policy does not "
                        "allow 999999999999") != std::string::npos);
}

TEST_CASE("aws: every kind of finding has its own code") {
  std::set<std::string> codes;
  for (const auto* kind : aws::kFindings) {
    CHECK(std::string(kind->code).rfind("aws.", 0) == 0);
    CHECK(codes.insert(kind->code).second);
  }
}
