// The credentials of the flavor gcp: what it says to Google against what Google's clients say.
#include <doctest/doctest.h>

#include "gcp/credential_file.hpp"
#include "gcp/findings.hpp"
#include "gcp/token_chain.hpp"
#include "vector_machine.hpp"

using namespace berth;
using test::VectorMachine;

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

// A workload's file: where its subject token is, and what else there is to say.
std::string federation_file(const nlohmann::json& source, const nlohmann::json& more = nlohmann::json::object()) {
  nlohmann::json file{{"type", "external_account"},
                      {"audience",
                       "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci/providers/"
                       "forge"},
                      {"subject_token_type", "urn:ietf:params:oauth:token-type:jwt"},
                      {"token_url", "https://sts.googleapis.com/v1/token"},
                      {"credential_source", source}};
  file.update(more);
  return file.dump();
}

const nlohmann::json kImpersonation{
    {"service_account_impersonation_url",
     "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/" + kPusher + ":generateAccessToken"}};

// A file's credentials, found as the variable names them, against the cases.
gcp::TokenAnswer found(VectorMachine& machine, const std::string& file) {
  machine.variables["GOOGLE_APPLICATION_CREDENTIALS"] = "/c.json";
  machine.files["/c.json"] = file;
  std::vector<std::string> tried;
  return gcp::find_token(machine, false, tried);
}

// What is wrong with a file, when nothing is asked.
std::string fault(const std::string& file) {
  VectorMachine machine({"gcp/token-user#1"});
  const auto answer = found(machine, file);
  CHECK_FALSE(answer.token.has_value());
  return answer.problem ? answer.problem->message : "";
}

}  // namespace

TEST_CASE("gcp: every type of file is exchanged as Google's clients do it") {
  const nlohmann::json url_source{{"url", "https://forge.example/actions/id-token?audience=gcp"},
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
      {"token-key", key_file(), kPusher, "serviceAccount:pusher@example-project.iam.gserviceaccount.com", 3599},
      {"token-user", kUserFile, "alice@example.com", "", 3599},
      {"token-user-npm", kUserFile, "alice@example.com", "", 3599},
      {"federation-file", federation_file({{"file", "/subject"}}), "principal-of-ci", "", 3599},
      {"federation-url", federation_file(url_source), "principal-of-ci", "", 3599},
      {"federation-impersonated", federation_file({{"file", "/subject"}}, kImpersonation), kPusher,
       "serviceAccount:pusher@example-project.iam.gserviceaccount.com", 3600},
      {"impersonated", impersonated.dump(), kPusher, "serviceAccount:pusher@example-project.iam.gserviceaccount.com",
       3600},
      {"workforce", workforce, "alice@example.com", "", 3599},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    VectorMachine machine({std::string("gcp/") + one.name});
    machine.files["/subject"] = "subject-of-the-test\n";
    const auto answer = found(machine, one.file);
    CHECK_FALSE(answer.problem.has_value());
    REQUIRE(answer.token.has_value());
    CHECK(answer.token->token == "access-of-" + one.account);
    CHECK(answer.token->expires == machine.now() + one.lifetime);
    CHECK(answer.token->member == one.member);
    CHECK(answer.token->source.find("/c.json") != std::string::npos);
  }
}

TEST_CASE("gcp: a workload on AWS signs a question to AWS, as Google's client does") {
  const std::string metadata = "http://169.254.169.254/latest/";
  const std::string file =
      federation_file({{"environment_id", "aws1"},
                       {"region_url", metadata + "meta-data/placement/availability-zone"},
                       {"url", metadata + "meta-data/iam/security-credentials"},
                       {"imdsv2_session_token_url", metadata + "api/token"},
                       {"regional_cred_verification_url",
                        "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"}},
                      {{"subject_token_type", "urn:ietf:params:aws:token-type:aws4_request"}});
  for (const std::string name : {"federation-aws", "federation-aws-instance"}) {
    CAPTURE(name);
    VectorMachine machine({"gcp/" + name});
    if (name == "federation-aws")
      machine.variables = {{"AWS_REGION", "eu-central-1"},
                           {"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"},
                           {"AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}};
    const auto answer = found(machine, file);
    REQUIRE(answer.token.has_value());
    CHECK(answer.token->token == "access-of-principal-of-aws");
  }
}

TEST_CASE("gcp: the order of sources") {
  std::vector<std::string> tried;
  {
    VectorMachine machine({"gcp/token-user"});
    machine.files["~/.config/gcloud/application_default_credentials.json"] = kUserFile;
    CHECK(gcp::find_token(machine, false, tried).token.has_value());
  }
  {
    VectorMachine machine({"gcp/token-user"});
    machine.variables["CLOUDSDK_CONFIG"] = "/sdk";
    machine.files["/sdk/application_default_credentials.json"] = kUserFile;
    machine.files["~/.config/gcloud/application_default_credentials.json"] = "{";
    CHECK(gcp::find_token(machine, false, tried).token.has_value());
  }
  {
    VectorMachine machine({"gcp/token-metadata"});
    machine.variables["GCE_METADATA_HOST"] = "metadata.google.internal";
    const auto answer = gcp::find_token(machine, false, tried);
    REQUIRE(answer.token.has_value());
    CHECK(answer.token->token == "access-of-" + kPusher);
    CHECK(answer.token->member == "serviceAccount:" + kPusher);
  }
  const std::string printed =
      R"({"credential": {"access_token": "of-gcloud", "token_expiry": "2026-01-15T12:30:00Z"}})";
  {
    VectorMachine machine({"gcp/refused-no-account"});
    machine.variables["GCE_METADATA_HOST"] = "metadata.google.internal";
    machine.programs["gcloud config config-helper --format=json(credential)"] = {0, printed, {}};
    const auto answer = gcp::find_token(machine, false, tried);
    REQUIRE(answer.token.has_value());
    CHECK(answer.token->token == "of-gcloud");
    CHECK(answer.token->expires == machine.now() + 1800);
  }
  VectorMachine machine({"gcp/token-user#1"});
  machine.variables["NO_GCE_CHECK"] = "true";
  machine.programs["gcloud config config-helper --force-auth-refresh --format=json(credential)"] = {0, printed, {}};
  CHECK(gcp::find_token(machine, true, tried).token.has_value());
  tried.clear();
  const auto nothing = gcp::find_token(machine, false, tried);
  CHECK_FALSE(nothing.token.has_value());
  CHECK_FALSE(nothing.problem.has_value());
  CHECK(tried.size() == 4);
}

TEST_CASE("gcp: nobody but Google's own metadata server is believed") {
  struct Stranger final : VectorMachine {
    Stranger() : VectorMachine({"gcp/token-user#1"}) {}
    std::vector<cloud::Response> send(const std::vector<cloud::Request>& requests) override {
      REQUIRE(requests.size() == 1);
      CHECK(requests[0].url.rfind("http://169.254.169.254/computeMetadata/v1/", 0) == 0);
      CHECK(requests[0].timeout_ms == 1000);
      return {{200, {}, R"({"email": "a@b", "access_token": "x"})", {}}};
    }
  } machine;
  std::vector<std::string> tried;
  CHECK_FALSE(gcp::find_token(machine, false, tried).token.has_value());
  CHECK(tried.size() == 4);
}

TEST_CASE("gcp: broken files name themselves and what is wrong") {
  const struct {
    std::string file;
    const char* says;
  } cases[] = {
      {"{\n\"type\": \"service_account\",\n oops", "/c.json, line 3: that is no JSON"},
      {"", "/c.json, line 1"},
      {"[1]", "no JSON object"},
      {R"({"installed": {}})", "/c.json has no type"},
      {R"({"type": "gdch_service_account"})", "type gdch_service_account"},
      {R"({"type": "service_account", "client_email": "a@b"})", "/c.json: service_account has no private_key"},
      {R"({"type": "authorized_user", "client_id": "a", "client_secret": "b"})", "has no refresh_token"},
      {R"({"type": "external_account", "audience": "a"})", "has no subject_token_type"},
      {R"({"type": "external_account_authorized_user"})", "has no client_id"},
      {R"({"type": "impersonated_service_account"})", "has no service_account_impersonation_url"},
      {key_file("-----BEGIN PRIVATE KEY-----\ncut"), "private_key is no RSA key"},
      {R"({"type": "service_account", "client_email": "a@b", "private_key": "c", "token_uri": "https://evil.example/t"})",
       "https://evil.example/t, which is no address of Google"},
      {R"({"type": "service_account", "client_email": "a@b", "private_key": "c", "token_uri": "https://e.com#.googleapis.com/"})",
       "no address of Google"},
      {federation_file({{"file", "/absent"}}), "/c.json names /absent, which is not there"},
      {federation_file({{"certificate", "x"}}), "neither file, url nor executable"},
      {federation_file({{"environment_id", "aws2"}, {"regional_cred_verification_url", "https://sts.example"}}),
       "an identity of aws2 is not known"},
      {federation_file({{"environment_id", "aws1"}, {"regional_cred_verification_url", "https://sts.example"}}),
       "neither AWS_REGION nor the instance says"},
      {federation_file({{"executable", {{"command", "/bin/who"}}}}), "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.file);
    const std::string problem = fault(one.file);
    CHECK_MESSAGE(problem.find(one.says) != std::string::npos, problem);
    CHECK(problem.find("-----") == std::string::npos);
  }
  VectorMachine machine({"gcp/token-user#1"});
  machine.variables["GOOGLE_APPLICATION_CREDENTIALS"] = "/absent.json";
  std::vector<std::string> tried;
  CHECK(gcp::find_token(machine, false, tried).problem->message.find("/absent.json, which is not there") !=
        std::string::npos);
}

TEST_CASE("gcp: a subject token that a program prints") {
  const std::string file = federation_file({{"executable", {{"command", "/bin/who --is 'it me'"}}}});
  const std::pair<const char*, const char*> cases[] = {
      {R"({"version": 1, "success": true, "id_token": "subject-of-the-test"})", ""},
      {R"({"version": 1, "success": false, "message": "not today"})", "says: not today"},
      {R"({"version": 1, "success": true})", "neither id_token nor saml_response"},
      {"no", "printed no JSON"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    VectorMachine machine({std::string(one.second).empty() ? "gcp/federation-file" : "gcp/token-user#1"});
    machine.variables["GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"] = "1";
    machine.programs["/bin/who --is it me"] = {0, one.first, {}};
    const auto answer = found(machine, file);
    CHECK(answer.token.has_value() == std::string(one.second).empty());
    if (answer.problem) CHECK(answer.problem->message.find(one.second) != std::string::npos);
  }
}

TEST_CASE("gcp: why Google refuses credentials") {
  const struct {
    const char* name;
    std::string file;
    const FindingKind* kind;
    const char* says;
    const char* fix;
  } cases[] = {
      {"refused-clock", key_file(), &gcp::kClock, "12:00:00Z, Google's 2026-01-15T11:00:00Z", "timedatectl"},
      {"refused-deleted", key_file(), &gcp::kCredentials, "account not found", "keys list --iam-account=pusher@"},
      {"refused-disabled", key_file(), &gcp::kCredentials, "account disabled", "keys list"},
      {"refused-revoked", kUserFile, &gcp::kCredentials, "expired or revoked", "application-default login"},
      {"refused-reauthentication", kUserFile, &gcp::kLogIn, "a new login", "application-default login"},
      {"refused-pool", federation_file({{"file", "/subject"}}, {{"audience", "//iam.googleapis.com/absent"}}),
       &gcp::kCredentials, "invalid_target", "//iam.googleapis.com/absent"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    VectorMachine machine({std::string("gcp/") + one.name});
    machine.files["/subject"] = "subject-of-the-test";
    const auto answer = found(machine, one.file);
    REQUIRE(answer.problem.has_value());
    CHECK(answer.problem->kind == one.kind);
    CHECK_MESSAGE(answer.problem->message.find(one.says) != std::string::npos, answer.problem->message);
    CHECK_MESSAGE(answer.problem->fix.find(one.fix) != std::string::npos, answer.problem->fix);
  }
  VectorMachine machine({"gcp/federation-file", "gcp/refused-impersonation"});
  machine.files["/subject"] = "subject-of-the-test";
  const auto answer = found(machine, federation_file({{"file", "/subject"}}, kImpersonation));
  REQUIRE(answer.problem.has_value());
  CHECK(answer.problem->message.find("PERMISSION_DENIED: Permission 'iam.serviceAccounts.getAccessToken'") !=
        std::string::npos);
  CHECK(answer.problem->fix.find("roles/iam.serviceAccountTokenCreator") != std::string::npos);
}
