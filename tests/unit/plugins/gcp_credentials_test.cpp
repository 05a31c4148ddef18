// Credentials of the flavor gcp: its requests to Google compared with those of Google's clients.
#include <doctest/doctest.h>

#include "gcp/credential_file.hpp"
#include "gcp/findings.hpp"
#include "gcp/token_chain.hpp"
#include "vector_host_api.hpp"

using namespace berth;
using test::VectorHostApi;

namespace {

const std::string kPusher = "pusher@example-project.iam.gserviceaccount.com";
const std::string kUserFile =
    R"({"type": "authorized_user", "client_id": "client-of-the-test", "client_secret": "client-secret",
        "refresh_token": "refresh-of-alice"})";

std::string key_file(const std::string& pem = test::throw_away_key().pem) {
  return nlohmann::json{{"type", "service_account"},
                        {"private_key_id", test::throw_away_key().id},
                        {"private_key", pem},
                        {"client_email", kPusher},
                        {"token_uri", "https://oauth2.googleapis.com/token"}}
      .dump();
}

// A workload identity file: the source of its subject token, and other members.
std::string federation_file(const nlohmann::json& source,
                            const nlohmann::json& more = nlohmann::json::object()) {
  nlohmann::json file{{"type", "external_account"},
                      {"audience",
                       "//iam.googleapis.com/projects/123456789012/locations/global/"
                       "workloadIdentityPools/ci/providers/"
                       "forge"},
                      {"subject_token_type", "urn:ietf:params:oauth:token-type:jwt"},
                      {"token_url", "https://sts.googleapis.com/v1/token"},
                      {"credential_source", source}};
  file.update(more);
  return file.dump();
}

const nlohmann::json kImpersonation{
    {"service_account_impersonation_url",
     "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/" + kPusher +
         ":generateAccessToken"}};

// The credentials of a file, named by the variable, against the cases.
gcp::TokenAnswer found(VectorHostApi& host_api, const std::string& file) {
  host_api.variables["GOOGLE_APPLICATION_CREDENTIALS"] = "/c.json";
  host_api.files["/c.json"] = file;
  std::vector<std::string> tried;
  return gcp::find_token(host_api, false, tried);
}

// The problem with a file that needs no request.
std::string fault(const std::string& file) {
  VectorHostApi host_api({"gcp/token-user#1"});
  const auto answer = found(host_api, file);
  CHECK_FALSE(answer.token.has_value());
  return answer.problem ? answer.problem->message : "";
}

}  // namespace

TEST_CASE("gcp: exchanges every type of credential file like Google's clients") {
  const nlohmann::json url_source{
      {"url", "https://forge.example/actions/id-token?audience=gcp"},
      {"headers", {{"Authorization", "bearer request-token-of-the-test"}}},
      {"format", {{"type", "json"}, {"subject_token_field_name", "value"}}}};
  nlohmann::json impersonated{{"type", "impersonated_service_account"},
                              {"delegates", nlohmann::json::array()},
                              {"source_credentials", nlohmann::json::parse(kUserFile)}};
  impersonated.update(kImpersonation);
  const std::string workforce =
      R"({"type": "external_account_authorized_user", "client_id": "client-of-the-test", "client_secret": "client-secret",
          "refresh_token": "refresh-of-workforce", "token_url": "https://sts.googleapis.com/v1/oauthtoken"})";
  const struct {
    const char* name;
    std::string file;
    std::string account;
    const char* member;
    std::int64_t lifetime;
  } cases[] = {
      {"token-key", key_file(), kPusher,
       "serviceAccount:pusher@example-project.iam.gserviceaccount.com", 3599},
      {"token-user", kUserFile, "alice@example.com", "", 3599},
      {"token-user-npm", kUserFile, "alice@example.com", "", 3599},
      {"federation-file", federation_file({{"file", "/subject"}}), "principal-of-ci", "", 3599},
      {"federation-url", federation_file(url_source), "principal-of-ci", "", 3599},
      {"federation-impersonated", federation_file({{"file", "/subject"}}, kImpersonation), kPusher,
       "serviceAccount:pusher@example-project.iam.gserviceaccount.com", 3600},
      {"impersonated", impersonated.dump(), kPusher,
       "serviceAccount:pusher@example-project.iam.gserviceaccount.com", 3600},
      {"workforce", workforce, "alice@example.com", "", 3599},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    VectorHostApi host_api({std::string("gcp/") + one.name});
    host_api.files["/subject"] = "subject-of-the-test\n";
    const auto answer = found(host_api, one.file);
    CHECK_FALSE(answer.problem.has_value());
    REQUIRE(answer.token.has_value());
    CHECK(answer.token->token == "access-of-" + one.account);
    CHECK(answer.token->expires == host_api.now() + one.lifetime);
    CHECK(answer.token->member == one.member);
    CHECK(answer.token->source.find("/c.json") != std::string::npos);
  }
}

TEST_CASE("gcp: a workload on AWS signs the request to AWS like Google's client") {
  const std::string metadata = "http://169.254.169.254/latest/";
  const std::string file = federation_file(
      {{"environment_id", "aws1"},
       {"region_url", metadata + "meta-data/placement/availability-zone"},
       {"url", metadata + "meta-data/iam/security-credentials"},
       {"imdsv2_session_token_url", metadata + "api/token"},
       {"regional_cred_verification_url",
        "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"}},
      {{"subject_token_type", "urn:ietf:params:aws:token-type:aws4_request"}});
  for (const std::string name : {"federation-aws", "federation-aws-instance"}) {
    CAPTURE(name);
    VectorHostApi host_api({"gcp/" + name});
    if (name == "federation-aws")
      host_api.variables = {{"AWS_REGION", "eu-central-1"},
                            {"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"},
                            {"AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}};
    const auto answer = found(host_api, file);
    REQUIRE(answer.token.has_value());
    CHECK(answer.token->token == "access-of-principal-of-aws");
  }
}

TEST_CASE("gcp: searches sources in order") {
  std::vector<std::string> tried;
  {
    VectorHostApi host_api({"gcp/token-user"});
    host_api.files["~/.config/gcloud/application_default_credentials.json"] = kUserFile;
    CHECK(gcp::find_token(host_api, false, tried).token.has_value());
  }
  {
    VectorHostApi host_api({"gcp/token-user"});
    host_api.variables["CLOUDSDK_CONFIG"] = "/sdk";
    host_api.files["/sdk/application_default_credentials.json"] = kUserFile;
    host_api.files["~/.config/gcloud/application_default_credentials.json"] = "{";
    CHECK(gcp::find_token(host_api, false, tried).token.has_value());
  }
  {
    VectorHostApi host_api({"gcp/token-metadata"});
    host_api.variables["GCE_METADATA_HOST"] = "metadata.google.internal";
    const auto answer = gcp::find_token(host_api, false, tried);
    REQUIRE(answer.token.has_value());
    CHECK(answer.token->token == "access-of-" + kPusher);
    CHECK(answer.token->member == "serviceAccount:" + kPusher);
  }
  const std::string printed =
      R"({"credential": {"access_token": "of-gcloud", "token_expiry": "2026-01-15T12:30:00Z"}})";
  {
    VectorHostApi host_api({"gcp/refused-no-account"});
    host_api.variables["GCE_METADATA_HOST"] = "metadata.google.internal";
    host_api.programs["gcloud config config-helper --format=json(credential)"] = {0, printed, {}};
    const auto answer = gcp::find_token(host_api, false, tried);
    REQUIRE(answer.token.has_value());
    CHECK(answer.token->token == "of-gcloud");
    CHECK(answer.token->expires == host_api.now() + 1800);
  }
  VectorHostApi host_api({"gcp/token-user#1"});
  host_api.variables["NO_GCE_CHECK"] = "true";
  host_api.programs["gcloud config config-helper --force-auth-refresh --format=json(credential)"] =
      {0, printed, {}};
  CHECK(gcp::find_token(host_api, true, tried).token.has_value());
  tried.clear();
  const auto nothing = gcp::find_token(host_api, false, tried);
  CHECK_FALSE(nothing.token.has_value());
  CHECK_FALSE(nothing.problem.has_value());
  CHECK(tried.size() == 4);
}

TEST_CASE("gcp: a server at the same address that is not Google's is ignored") {
  struct Stranger final : VectorHostApi {
    Stranger() : VectorHostApi({"gcp/token-user#1"}) {}
    std::vector<common::Response> send(const std::vector<common::Request>& requests) override {
      REQUIRE(requests.size() == 1);
      CHECK(requests[0].url.rfind("http://169.254.169.254/computeMetadata/v1/", 0) == 0);
      CHECK(requests[0].timeout_ms == 1000);
      return {{200, {}, R"({"email": "a@b", "access_token": "x"})", {}}};
    }
  } host_api;
  std::vector<std::string> tried;
  CHECK_FALSE(gcp::find_token(host_api, false, tried).token.has_value());
  CHECK(tried.size() == 4);
}

TEST_CASE("gcp: reports broken files by name with the reason") {
  const struct {
    std::string file;
    const char* expected;
  } cases[] = {
      {"{\n\"type\": \"service_account\",\n oops",
       "/c.json (GOOGLE_APPLICATION_CREDENTIALS), line 3: not valid JSON"},
      {"", "/c.json (GOOGLE_APPLICATION_CREDENTIALS) is empty"},
      {"[1]", "not a JSON object"},
      {R"({"installed": {}})", "has no type"},
      {R"({"type": "gdch_service_account"})", "type gdch_service_account"},
      {R"({"type": "service_account", "client_email": "a@b"})",
       "service_account without private_key"},
      {R"({"type": "authorized_user", "client_id": "a", "client_secret": "b"})",
       "without refresh_token"},
      {R"({"type": "external_account", "audience": "a"})", "without subject_token_type"},
      {R"({"type": "external_account_authorized_user"})", "without client_id"},
      {R"({"type": "impersonated_service_account"})", "without service_account_impersonation_url"},
      {key_file("-----BEGIN PRIVATE KEY-----\ncut"), "private_key is not an RSA key"},
      {R"({"type": "service_account", "client_email": "a@b", "private_key": "c", "token_uri": "https://evil.example/t"})",
       "https://evil.example/t, which is not an address of Google"},
      {R"({"type": "service_account", "client_email": "a@b", "private_key": "c", "token_uri": "https://e.com#.googleapis.com/"})",
       "not an address of Google"},
      {federation_file({{"file", "/absent"}}), "names /absent, which does not exist"},
      {federation_file({{"certificate", "x"}}), "neither file, url nor executable"},
      {federation_file(
           {{"environment_id", "aws2"}, {"regional_cred_verification_url", "https://sts.example"}}),
       "environment_id aws2 is not supported"},
      {federation_file(
           {{"environment_id", "aws1"}, {"regional_cred_verification_url", "https://sts.example"}}),
       "AWS_REGION is not set, and its region_url is missing"},
      {federation_file({{"executable", {{"command", "/bin/who"}}}}),
       "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.file);
    const std::string problem = fault(one.file);
    CHECK_MESSAGE(problem.find(one.expected) != std::string::npos, problem);
    CHECK(problem.find("-----") == std::string::npos);
  }
  VectorHostApi host_api({"gcp/token-user#1"});
  host_api.variables["GOOGLE_APPLICATION_CREDENTIALS"] = "/absent.json";
  std::vector<std::string> tried;
  CHECK(gcp::find_token(host_api, false, tried).problem->message ==
        "GOOGLE_APPLICATION_CREDENTIALS is /absent.json, which does not exist");
}

TEST_CASE("gcp: a variable that contains the credentials is reported without its value") {
  for (const std::string& value :
       {key_file(), "\n" + key_file(), "ew" + std::string(2000, 'a'), std::string(5000, 'x')}) {
    VectorHostApi host_api({"gcp/token-user#1"});
    host_api.variables["GOOGLE_APPLICATION_CREDENTIALS"] = value;
    std::vector<std::string> tried;
    const auto problem = gcp::find_token(host_api, false, tried).problem;
    REQUIRE(problem.has_value());
    CHECK(problem->message ==
          "GOOGLE_APPLICATION_CREDENTIALS contains credentials, not the path of a file");
    CHECK_FALSE(problem->fix.empty());
  }
}

namespace {

// A machine whose requests are answered in order, and whose programs and files are as in
// VectorHostApi.
struct ScriptedMachine final : VectorHostApi {
  explicit ScriptedMachine(std::vector<common::Response> responses)
      : VectorHostApi({"gcp/token-user#1"}), left(std::move(responses)) {}
  std::vector<common::Response> send(const std::vector<common::Request>& requests) override {
    std::vector<common::Response> responses;
    for (const auto& request : requests) {
      urls.push_back(request.url);
      responses.push_back(left.empty() ? common::Response{0, {}, {}, "no route"} : left.front());
      if (!left.empty()) left.erase(left.begin());
    }
    return responses;
  }
  std::vector<common::Response> left;
  std::vector<std::string> urls;
};

common::Response from_google(int status, std::string body) {
  return {status, {{"metadata-flavor", "Google"}}, std::move(body), {}};
}

const std::string kPrinted =
    R"({"credential": {"access_token": "of-gcloud", "token_expiry": "2026-01-15T12:30:00Z"}})";

// The result of find_token() on a machine where gcloud is logged in: "absent", "token of SOURCE",
// or the problem.
std::string found_with_gcloud(ScriptedMachine& host_api) {
  if (host_api.programs.empty())
    host_api.programs["gcloud config config-helper --format=json(credential)"] = {0, kPrinted, {}};
  std::vector<std::string> tried;
  const auto answer = gcp::find_token(host_api, false, tried);
  if (answer.problem) return answer.problem->message;
  return answer.token ? "token of " + answer.token->source : "absent";
}

}  // namespace

TEST_CASE("gcp: a broken metadata server is an error; without one, gcloud is used") {
  const std::string account = R"({"email": "a@b.iam.gserviceaccount.com"})";
  const struct {
    std::vector<common::Response> responses;
    bool configured;
    const char* outcome;  // a part of it
  } cases[] = {
      {{}, false, "token of gcloud"},
      {{{200, {}, account, {}}}, false, "token of gcloud"},  // not Google's
      {{from_google(404, "no account")}, false, "token of gcloud"},
      {{}, true, "metadata server m.example (GCE_METADATA_HOST): no route"},
      {{{200, {}, account, {}}},
       true,
       "(GCE_METADATA_HOST): the server at m.example is not Google's"},
      {{from_google(404, "no account")}, true, "token of gcloud"},
      {{from_google(500, "oops")}, false, "metadata server 169.254.169.254: status 500: oops"},
      {{from_google(403, "<html>")}, false, "metadata server 169.254.169.254: status 403"},
      {{from_google(200, "garbage")}, false, "its response names no service account"},
      {{from_google(200, R"({"email": "a b"})")}, false, "its response names no service account"},
      {{from_google(200, account)}, false, "no token for a@b.iam.gserviceaccount.com: no route"},
      {{from_google(200, account), from_google(500, "")},
       false,
       "no token for a@b.iam.gserviceaccount.com: status 500"},
      {{from_google(200, account), from_google(200, "garbage")},
       false,
       "the response contains no access token"},
      {{from_google(200, account), from_google(200, R"({"access_token": "t"})")},
       false,
       "token of service account a@b.iam.gserviceaccount.com of this machine, from the metadata "
       "server "
       "169.254.169.254"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.outcome);
    ScriptedMachine host_api(one.responses);
    if (one.configured) host_api.variables["GCE_METADATA_HOST"] = "m.example";
    const std::string outcome = found_with_gcloud(host_api);
    CHECK_MESSAGE(outcome.find(one.outcome) != std::string::npos, outcome);
  }
}

TEST_CASE("gcp: the accounts of GKE, which are not only email addresses") {
  const std::pair<const char*, const char*> cases[] = {
      {"projects/p/serviceAccounts/a@b.iam.gserviceaccount.com",
       "serviceAccount:a@b.iam.gserviceaccount.com"},
      {"p.svc.id.goog", ""},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    ScriptedMachine host_api({from_google(200, std::string(R"({"email": ")") + one.first + R"("})"),
                              from_google(200, R"({"access_token": "t"})")});
    std::vector<std::string> tried;
    const auto answer = gcp::find_token(host_api, false, tried);
    REQUIRE(answer.token.has_value());
    CHECK(answer.token->member == one.second);
    CHECK(host_api.urls.back().find("/service-accounts/default/token") != std::string::npos);
  }
}

TEST_CASE("gcp: gcloud without an account counts as absent; its other failures are errors") {
  const std::string prefix = "ERROR: (gcloud.config.config-helper) ";
  const struct {
    common::Output output;
    const char* outcome;
  } cases[] = {
      {{1, "", "", prefix + "You do not currently have an active account selected.\nPlease run:\n"},
       "absent"},
      {{1, "", "",
        "Reauthentication required.\n" + prefix +
            "There was a problem reauthenticating while refreshing your tokens"},
       "exited with status 1: There was a problem reauthenticating"},
      {{2, "", "", ""}, "gcloud config config-helper exited with status 2"},
      {{-1, "", "timed out after 30 s", ""}, "gcloud config config-helper: timed out after 30 s"},
      {{0, "garbage", "", ""}, "printed no access_token"},
      {{0, "{}", "", ""}, "printed no access_token"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.outcome);
    ScriptedMachine host_api({});
    host_api.programs["gcloud config config-helper --format=json(credential)"] = one.output;
    const std::string outcome = found_with_gcloud(host_api);
    CHECK_MESSAGE(outcome.find(one.outcome) != std::string::npos, outcome);
  }
}

TEST_CASE("gcp: a broken workload identity is not replaced by another source") {
  const std::string metadata = "http://169.254.169.254/latest/";
  const std::string file =
      federation_file({{"environment_id", "aws1"},
                       {"region_url", metadata + "meta-data/placement/availability-zone"},
                       {"url", metadata + "meta-data/iam/security-credentials"},
                       {"imdsv2_session_token_url", metadata + "api/token"},
                       {"regional_cred_verification_url",
                        "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity"}});
  const struct {
    std::map<std::string, std::string> variables;
    std::vector<common::Response> responses;
    const char* expected;
  } cases[] = {
      {{{"AWS_ACCESS_KEY_ID", "a"}, {"AWS_REGION", "r"}},
       {},
       "AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not"},
      {{{"AWS_SECRET_ACCESS_KEY", "a"}},
       {},
       "AWS_SECRET_ACCESS_KEY is set, and AWS_ACCESS_KEY_ID is not"},
      {{}, {{403, {}, "", ""}}, "its imdsv2_session_token_url responded with status 403"},
      {{}, {{200, {}, "t", ""}, {404, {}, "", ""}}, "its region_url responded with status 404"},
      {{{"AWS_REGION", "r"}},
       {{200, {}, "t", ""}, {200, {}, "role", ""}, {200, {}, "garbage", ""}},
       "the response of its url contains no keys"},
      {{{"AWS_REGION", "r"}}, {{200, {}, "t", ""}}, "its url did not respond: no route"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.expected);
    ScriptedMachine host_api(one.responses);
    host_api.variables = one.variables;
    const auto answer = found(host_api, file);
    REQUIRE(answer.problem.has_value());
    CHECK_MESSAGE(answer.problem->message.find(one.expected) != std::string::npos,
                  answer.problem->message);
    CHECK(answer.problem->message.find("/c.json (GOOGLE_APPLICATION_CREDENTIALS)") !=
          std::string::npos);
  }
  VectorHostApi host_api({"gcp/token-user#1"});
  host_api.files["/subject"] = " \n";
  CHECK(found(host_api, federation_file({{"file", "/subject"}})).problem->message ==
        "/subject is empty");
}

TEST_CASE("gcp: reads a subject token from a program") {
  const std::string file =
      federation_file({{"executable", {{"command", "/bin/who --is 'it me'"}}}});
  const std::pair<const char*, const char*> cases[] = {
      {R"({"version": 1, "success": true, "id_token": "subject-of-the-test"})", ""},
      {R"({"version": 1, "success": false, "message": "not today"})", "failed: not today"},
      {R"({"version": 1, "success": true})", "neither id_token nor saml_response"},
      {"no", "printed no JSON"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    VectorHostApi host_api(
        {std::string(one.second).empty() ? "gcp/federation-file" : "gcp/token-user#1"});
    host_api.variables["GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"] = "1";
    host_api.programs["/bin/who --is it me"] = {0, one.first, {}};
    const auto answer = found(host_api, file);
    CHECK(answer.token.has_value() == std::string(one.second).empty());
    if (answer.problem) CHECK(answer.problem->message.find(one.second) != std::string::npos);
  }
}

TEST_CASE("gcp: explains why Google rejects credentials") {
  const struct {
    const char* name;
    std::string file;
    const FindingKind* kind;
    const char* expected;
    const char* fix;
  } cases[] = {
      {"refused-clock", key_file(), &gcp::kClock, "12:00:00Z, Google's 2026-01-15T11:00:00Z",
       "timedatectl"},
      {"refused-deleted", key_file(), &gcp::kCredentials, "account not found",
       "keys list --iam-account=pusher@"},
      {"refused-disabled", key_file(), &gcp::kCredentials, "account disabled", "keys list"},
      {"refused-revoked", kUserFile, &gcp::kCredentials, "expired or revoked",
       "application-default login"},
      {"refused-reauthentication", kUserFile, &gcp::kLogIn, "requires reauthentication",
       "application-default login"},
      {"refused-pool",
       federation_file({{"file", "/subject"}}, {{"audience", "//iam.googleapis.com/absent"}}),
       &gcp::kCredentials, "invalid_target", "//iam.googleapis.com/absent"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    VectorHostApi host_api({std::string("gcp/") + one.name});
    host_api.files["/subject"] = "subject-of-the-test";
    const auto answer = found(host_api, one.file);
    REQUIRE(answer.problem.has_value());
    CHECK(answer.problem->kind == one.kind);
    CHECK_MESSAGE(answer.problem->message.find(one.expected) != std::string::npos,
                  answer.problem->message);
    CHECK_MESSAGE(answer.problem->fix.find(one.fix) != std::string::npos, answer.problem->fix);
  }
  VectorHostApi host_api({"gcp/federation-file", "gcp/refused-impersonation"});
  host_api.files["/subject"] = "subject-of-the-test";
  const auto answer = found(host_api, federation_file({{"file", "/subject"}}, kImpersonation));
  REQUIRE(answer.problem.has_value());
  CHECK(answer.problem->message.find(
            "PERMISSION_DENIED: Permission 'iam.serviceAccounts.getAccessToken'") !=
        std::string::npos);
  CHECK(answer.problem->fix.find("roles/iam.serviceAccountTokenCreator") != std::string::npos);
}
