// Configured but broken sources of AWS keys: each is an error with its name, and no other identity
// is used.
#include <doctest/doctest.h>

#include "aws/credential_chain.hpp"
#include "aws/error_hints.hpp"
#include "aws/preflight.hpp"
#include "common/ini_file.hpp"
#include "vector_host_api.hpp"

using namespace berth;

namespace {

using Texts = std::map<std::string, std::string>;

// A machine on an instance of EC2 that has a role, unless `instance` is empty.
class Instance final : public test::VectorHostApi {
 public:
  Instance() : VectorHostApi({}) {}
  std::vector<common::Response> send(const std::vector<common::Request>& requests) override {
    std::vector<common::Response> responses;
    for (const auto& request : requests) {
      const bool is_instance = request.url.rfind("http://169.254.169.254/", 0) == 0;
      const bool scripted = is_instance && !instance.empty();
      responses.push_back(scripted ? instance.front() : common::Response{0, {}, {}, "no response"});
      if (scripted) instance.erase(instance.begin());
    }
    return responses;
  }
  std::vector<common::Response> instance = {
      {200, {}, "token", {}},
      {200, {}, "node", {}},
      {200, {}, R"({"AccessKeyId":"ASIANODE","SecretAccessKey":"s"})", {}}};
};

aws::KeysAnswer find(Instance& host_api) {
  return aws::CredentialChain(host_api, "eu-central-1", "sts.eu-central-1.amazonaws.com").find();
}

const std::string kConfig = "~/.aws/config";
const std::string kCredentials = "~/.aws/credentials";

}  // namespace

TEST_CASE("aws sources: falls back to the role of the instance") {
  Instance host_api;
  host_api.variables = {{"AWS_CONFIG_FILE", "/dev/null"}};
  host_api.files = {{"/dev/null", ""}};
  CHECK(find(host_api).keys.value().access_key_id == "ASIANODE");
}

TEST_CASE("aws sources: a broken source is reported with a fix, and no other identity is used") {
  struct Case {
    const char* name;
    Texts variables, files;
    const char* problem;
    const char* fix;
  };
  const Case cases[] = {
      {"torn credentials",
       {},
       {{kCredentials, "[default]\naws_access_key_id = AKIA1\naws_secret_acc"}},
       "~/.aws/credentials: line 3 is neither a section nor key = value",
       "fix or remove the file"},
      {"torn config",
       {},
       {{kConfig, "[profile ci]\nregion = x\n[prof"}},
       "~/.aws/config: line 3 begins a section",
       ""},
      {"torn file that a variable names",
       {{"AWS_SHARED_CREDENTIALS_FILE", "/c"}},
       {{"/c", std::string("[default]\naws_access_key_id = A\0\0\0", 34)}},
       "/c: line 2 holds a control character",
       "fix"},
      {"no section",
       {},
       {{kCredentials, "aws_access_key_id = AKIA1\n"}},
       "line 1 comes before the first",
       ""},
      {"no secret",
       {},
       {{kCredentials, "[default]\naws_access_key_id = AKIA1\naws_secret_access_key =\n"}},
       "profile default of ~/.aws/credentials has no aws_secret_access_key",
       "aws configure --profile default"},
      {"no key id",
       {},
       {{kCredentials, "[default]\naws_secret_access_key = s\n"}},
       "has no aws_access_key_id",
       ""},
      {"half an environment",
       {{"AWS_ACCESS_KEY_ID", "A"}},
       {},
       "AWS_ACCESS_KEY_ID is set, but not",
       "unset"},
      {"blank secret",
       {{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", " \n"}},
       {},
       "but not AWS_SECRET_ACCESS_KEY",
       "set AWS_SECRET_ACCESS_KEY"},
      {"a file that a variable names is missing",
       {{"AWS_SHARED_CREDENTIALS_FILE", "/absent"}},
       {},
       "AWS_SHARED_CREDENTIALS_FILE names /absent, which does not exist",
       "/dev/null"},
      {"a profile without its prefix",
       {{"AWS_PROFILE", "dev"}},
       {{kConfig, "[dev]\nregion = x\n"}},
       "AWS_PROFILE names profile dev",
       "rename [dev] to [profile dev] in ~/.aws/config"},
      {"a profile that is not there",
       {{"AWS_DEFAULT_PROFILE", "dev"}},
       {{kConfig, "[profile ci]\nregion = x\n[default]\n"}},
       "AWS_DEFAULT_PROFILE names profile dev",
       "set AWS_DEFAULT_PROFILE to one of: ci, default"},
      {"a role without a value",
       {},
       {{kConfig, "[default]\nrole_arn =\n"}},
       "has no value for role_arn",
       ""},
      {"a role without a source",
       {},
       {{kConfig, "[default]\nrole_arn = arn\n"}},
       "neither source_profile nor",
       ""},
      {"a source_profile that is not there",
       {},
       {{kConfig, "[default]\nrole_arn = arn\nsource_profile = base\n"}},
       "names source_profile base, which does not exist",
       ""},
      {"a web identity without a role",
       {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"}},
       {{"/token", "t"}},
       "AWS_WEB_IDENTITY_TOKEN_FILE is set, but not AWS_ROLE_ARN",
       "set AWS_ROLE_ARN"},
      {"an empty token",
       {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"}, {"AWS_ROLE_ARN", "arn"}},
       {{"/token", "\n"}},
       "AWS_WEB_IDENTITY_TOKEN_FILE /token: the file is empty",
       ""},
      {"no token",
       {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"}, {"AWS_ROLE_ARN", "arn"}},
       {},
       "/token: the file does not exist",
       ""},
      {"a container path without a leading slash",
       {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "v2/credentials"}},
       {},
       "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is v2/credentials",
       ""},
      {"a container URL without a scheme",
       {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "nonsense"}},
       {},
       "AWS_CONTAINER_CREDENTIALS_FULL_URI is nonsense",
       ""},
      {"a container that does not answer",
       {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/x"}},
       {},
       "container credentials at http://127.0.0.1/x: no response",
       ""},
      {"an empty token of a container",
       {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/x"},
        {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token"}},
       {{"/token", ""}},
       "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE /token: the file is empty",
       ""},
      {"a switch that is neither on nor off",
       {{"AWS_EC2_METADATA_DISABLED", "yes"}},
       {},
       "AWS_EC2_METADATA_DISABLED is yes",
       "set AWS_EC2_METADATA_DISABLED to true or false"},
      {"an endpoint that is not a URL",
       {{"AWS_ENDPOINT_URL", "localhost:4566"}},
       {},
       "AWS_ENDPOINT_URL is",
       ""},
      {"single sign-on without a session",
       {{"AWS_PROFILE", "dev"}},
       {{kConfig,
         "[profile dev]\nsso_start_url = https://x\nsso_region = r\nsso_account_id = "
         "1\nsso_role_name = n\n"}},
       "single sign-on of profile dev of ~/.aws/config: not signed on",
       "aws sso login --profile dev"},
      {"a single sign-on without its account",
       {{"AWS_PROFILE", "dev"}},
       {{kConfig,
         "[profile dev]\nsso_session = s\nsso_role_name = n\n[sso-session s]\nsso_region = r\n"}},
       "lacks sso_account_id",
       "aws configure sso --profile dev"},
      {"a process that is not installed",
       {},
       {{kConfig, "[default]\ncredential_process = absent --x\n"}},
       "credential_process of profile default of ~/.aws/config: program absent not found",
       ""},
      {"a process that fails",
       {},
       {{kConfig, "[default]\ncredential_process = fails\n"}},
       "credential_process of profile default of ~/.aws/config: fails ended with status 3: session "
       "is locked",
       ""},
      {"a process that prints nonsense",
       {},
       {{kConfig, "[default]\ncredential_process = prints\n"}},
       "did not print JSON",
       ""},
      {"a process without a command",
       {},
       {{kConfig, "[default]\ncredential_process =\n"}},
       "is empty",
       ""},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    Instance host_api;
    host_api.variables = one.variables;
    host_api.files = one.files;
    host_api.programs = {{"fails", {3, "", "", "warning\nsession is locked\n"}},
                         {"prints", {0, "nonsense", "", ""}}};
    const auto answer = find(host_api);
    CHECK_FALSE(answer.keys.has_value());
    CHECK_MESSAGE(answer.problem.find(one.problem) != std::string::npos, answer.problem);
    CHECK_MESSAGE(answer.fix.find(one.fix) != std::string::npos, answer.fix);
    CHECK_FALSE(answer.fix.empty());
    CHECK(answer.problem.find("aws ") == std::string::npos);  // the remedy is in the fix
  }
}

TEST_CASE(
    "aws sources: a response of the instance metadata service means absent, broken, or keys") {
  const auto outcome = [](std::vector<common::Response> responses) {
    Instance host_api;
    host_api.instance = std::move(responses);
    const auto answer = find(host_api);
    if (answer.keys) return "keys, expire " + std::to_string(answer.keys->expires);
    return answer.problem.empty() ? std::string("absent") : answer.problem;
  };
  const common::Response token{200, {}, "token", {}};
  const common::Response role{200, {}, "node", {}};
  CHECK(outcome({}) == "absent");
  CHECK(outcome({{404, {}, "", {}}}) == "absent");
  CHECK(outcome({token, {404, {}, "", {}}}) == "absent");
  CHECK(outcome({token, {200, {}, "\n", {}}}) == "absent");
  CHECK(outcome({{503, {}, "", {}}}).find("status 503") != std::string::npos);
  CHECK(outcome({token, {500, {}, "", {}}}).find("status 500") != std::string::npos);
  CHECK(outcome({token, {200, {}, "<html>", {}}}).find("returned no name of a role") !=
        std::string::npos);
  CHECK(
      outcome({token, role, {200, {}, "<html>", {}}}).find("role node: the response has no keys") !=
      std::string::npos);
  CHECK(outcome({token, role, {200, {}, R"({"Code":"AssumeRoleUnauthorizedAccess"})", {}}})
            .find("(AssumeRoleUnauthorizedAccess)") != std::string::npos);
  CHECK(outcome({token,
                 role,
                 {200, {}, R"({"AccessKeyId":"A","SecretAccessKey":"s","Expiration":"soon"})", {}}})
            .find("not a time") != std::string::npos);
  CHECK(outcome({token, role, {200, {}, R"({"AccessKeyId":"A","SecretAccessKey":"s"})", {}}}) ==
        "keys, expire 0");
}

TEST_CASE("aws sources: reads keys of the environment and of files like the AWS tools") {
  Instance host_api;
  host_api.variables = {{"AWS_ACCESS_KEY_ID", "AKIA1\n"},
                        {"AWS_SECRET_ACCESS_KEY", " s3cret \r\n"}};
  host_api.files = {{kCredentials, "torn"}};  // not needed
  CHECK(find(host_api).keys.value().access_key_id == "AKIA1");
  CHECK(find(host_api).keys.value().secret_access_key == "s3cret");
  host_api.variables = {{"AWS_ACCESS_KEY_ID", "ASIA1"}, {"AWS_SECRET_ACCESS_KEY", "s"}};
  CHECK(find(host_api).keys.value().renewal ==
        "set AWS_SESSION_TOKEN: keys that begin with ASIA require it");
  host_api.variables = {{"AWS_DEFAULT_PROFILE", "dev"}};
  host_api.files = {{kCredentials,
                     "\xEF\xBB\xBF# comment\r\n[ \"dev\" ]\r\n  aws_access_key_id: AKIA2\r\n  "
                     "AWS_SECRET_ACCESS_KEY=t ; x"}};
  CHECK(find(host_api).keys.value().access_key_id == "AKIA2");
  CHECK(find(host_api).keys.value().secret_access_key == "t");
  CHECK(find(host_api).keys.value().source == "profile dev of ~/.aws/credentials");
}

TEST_CASE("aws: compares the caller's account with the registry's") {
  const auto host = aws::parse_ecr_host("123456789012.dkr.ecr.eu-central-1.amazonaws.com").value();
  const aws::Keys keys{"A", "s", {}, 0, "profile ci"};
  CHECK_FALSE(aws::other_account(host, "123456789012", keys));
  CHECK_FALSE(aws::other_account(host, "", keys));
  CHECK_FALSE(
      aws::other_account(aws::parse_ecr_host("public.ecr.aws").value(), "999999999999", keys));
  const auto finding = aws::other_account(host, "999999999999", keys).value();
  CHECK(finding.message ==
        "the registry is that of account 123456789012, the credentials (profile ci) are of account "
        "999999999999");
  const auto login = aws::registry_login(*Json::parse(
      R"({"authorizationData":[{"authorizationToken":"QVdTOnB3","expiresAt":1,
          "proxyEndpoint":"https://999999999999.dkr.ecr.eu-central-1.amazonaws.com"}]})"));
  CHECK(login.value().account == "999999999999");
}

TEST_CASE("aws: recognises which rejection means an expired token") {
  const auto expired = [](const std::string& message) {
    return aws::is_expiry({"auth.denied", message, "a"});
  };
  CHECK(expired("403 DENIED: Your authorization token has expired. Reauthenticate and try again."));
  CHECK(
      expired("403 ExpiredTokenException: The security token included in the request is expired"));
  CHECK_FALSE(
      expired("403 DENIED: User: arn is not authorized to perform: ecr:InitiateLayerUpload"));
  CHECK_FALSE(expired("403"));
}
