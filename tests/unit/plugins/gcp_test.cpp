// The flavor gcp: its hosts and paths, and what it says to Google against what Google's clients say.
#include <doctest/doctest.h>

#include <set>

#include "gcp/credential_file.hpp"
#include "gcp/findings.hpp"
#include "gcp/gar_host.hpp"
#include "gcp/image_path.hpp"
#include "gcp/preflight.hpp"
#include "gcp/repository_api.hpp"
#include "gcp/sayings.hpp"
#include "gcp/token_chain.hpp"
#include "vector_machine.hpp"

using namespace berth;
using gcp::Preflight;
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

Preflight asked(const std::vector<std::string>& cases, const char* repository, const std::string& host, bool create) {
  VectorMachine machine(cases);
  machine.ignore_bearer = true;
  const std::string token = "access-of-" + kPusher;
  gcp::RepositoryApi api(machine, token);
  return gcp::ask_artifact_registry(api, gcp::parse_gar_host(host).value(),
                                    {"example-project", "europe-west1", repository}, create);
}

}  // namespace

TEST_CASE("gcp: hosts") {
  const struct {
    const char* host;
    const char* location;
    const char* repository;
  } cases[] = {
      {"europe-west1-docker.pkg.dev", "europe-west1", ""},
      {"us-docker.pkg.dev", "us", ""},
      {"Europe-Docker.PKG.dev", "europe", ""},
      {"docker.europe-west3.rep.pkg.dev", "europe-west3", ""},
      {"gcr.io", "us", "gcr.io"},
      {"us.gcr.io", "us", "us.gcr.io"},
      {"eu.gcr.io", "europe", "eu.gcr.io"},
      {"asia.gcr.io", "asia", "asia.gcr.io"},
      {"marketplace.gcr.io", "", "marketplace.gcr.io"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.host);
    const auto host = gcp::parse_gar_host(one.host);
    REQUIRE(host.has_value());
    CHECK(host->location == one.location);
    CHECK(host->repository == one.repository);
    CHECK(gcp::explain_gar_host(one.host).empty());
  }
  const std::pair<const char*, const char*> wrong[] = {
      {"ghcr.io", ""},
      {"docker.pkg.dev", "a location stands before it"},
      {"-docker.pkg.dev", "a location"},
      {"1-docker.pkg.dev", "LOCATION-docker.pkg.dev"},
      {"us-npm.pkg.dev", "npm packages"},
      {"us-maven.pkg.dev", "maven packages"},
      {"us.pkg.dev", "LOCATION-docker.pkg.dev"},
      {"docker.a.b.rep.pkg.dev", "LOCATION-docker.pkg.dev"},
      {"usa.gcr.io", "gcr.io, us.gcr.io, eu.gcr.io and asia.gcr.io"},
      {"mirror.gcr.io", "mirrors Docker Hub"},
      {"us-docker.pkg.dev.evil.example", ""},
      {"evil-gcr.io", ""},
  };
  for (const auto& one : wrong) {
    CAPTURE(one.first);
    CHECK_FALSE(gcp::parse_gar_host(one.first).has_value());
    const std::string why = gcp::explain_gar_host(one.first);
    CHECK(why.empty() == std::string(one.second).empty());
    CHECK(why.find(one.second) != std::string::npos);
  }
}

TEST_CASE("gcp: what a path means, and what is wrong with it") {
  const struct {
    const char* host;
    const char* path;
    const char* project;
    const char* repository;
    const char* image;
    const char* findings;
  } cases[] = {
      {"us-docker.pkg.dev", "example-project/team/app", "example-project", "team", "app", ""},
      {"us-docker.pkg.dev", "example-project/team/a/b/c", "example-project", "team", "a/b/c", ""},
      {"us-docker.pkg.dev", "example.com/my-project/team/app", "example.com:my-project", "team", "app", ""},
      {"us-docker.pkg.dev", "example-project/app", "example-project", "app", "", "gcp.path "},
      {"us-docker.pkg.dev", "example.com/my-project/app", "example.com:my-project", "app", "", "gcp.path "},
      {"us-docker.pkg.dev", "app", "app", "", "", "gcp.path "},
      {"gcr.io", "example-project/app", "example-project", "gcr.io", "app", ""},
      {"eu.gcr.io", "example.com/my-project/a/b", "example.com:my-project", "eu.gcr.io", "a/b", ""},
      {"gcr.io", "example-project", "example-project", "gcr.io", "", "gcp.path "},
      {"marketplace.gcr.io", "google/nginx", "google", "marketplace.gcr.io", "nginx", "gcp.marketplace "},
      {"us-docker.pkg.dev", "123456789012/team/app", "123456789012", "team", "app", "gcp.id "},
      {"us-docker.pkg.dev", "short/team/app", "short", "team", "app", "gcp.id "},
      {"us-docker.pkg.dev", "Example-project/team/app", "Example-project", "team", "app", "gcp.id "},
      {"us-docker.pkg.dev", "example-project/my_team/app", "example-project", "my_team", "app", "gcp.id "},
  };
  for (const auto& one : cases) {
    CAPTURE(one.path);
    const auto host = gcp::parse_gar_host(one.host).value();
    const auto path = gcp::parse_image_path(host, one.path);
    CHECK(path.project == one.project);
    CHECK(path.repository == one.repository);
    CHECK(path.image == one.image);
    CHECK(test::codes(gcp::offline_findings(host, one.path)) == one.findings);
  }
  const auto of_domain = gcp::repository_of(gcp::parse_gar_host("eu.gcr.io").value(), "example.com/my-project/app");
  CHECK(of_domain.name() == "projects/example.com:my-project/locations/europe/repositories/eu.gcr.io");
}

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

TEST_CASE("gcp: what Artifact Registry says becomes findings") {
  const std::string host = "europe-west1-docker.pkg.dev";
  using State = Preflight::State;
  const struct {
    std::vector<std::string> cases;
    const char* repository;
    std::string host;
    bool create;
    State state;
    const char* findings;
  } cases[] = {
      {{"gcp/repository", "gcp/permissions"}, "team", host, false, State::exists, ""},
      {{"gcp/repository-remote", "gcp/permissions"}, "team", host, false, State::exists, "gcp.mode "},
      {{"gcp/repository-throttled", "gcp/permissions"}, "team", host, false, State::unknown, "gcp.throttled "},
      {{"gcp/repository-unauthenticated", "gcp/permissions"},
       "team",
       host,
       false,
       State::unknown,
       "gcp.token-refused "},
  };
  for (const auto& one : cases) {
    CAPTURE(one.cases[0]);
    const auto preflight = asked(one.cases, one.repository, one.host, one.create);
    CHECK(preflight.state == one.state);
    CHECK(preflight.may_upload);
    CHECK_FALSE(preflight.immutable_tags);
    CHECK(test::codes(preflight.findings) == one.findings);
    for (const auto& finding : preflight.findings) CHECK_FALSE(finding.message.empty());
  }
  CHECK(asked({"gcp/repository-immutable", "gcp/permissions"}, "team", host, false).immutable_tags);
  CHECK_FALSE(asked({"gcp/repository", "gcp/permissions-some"}, "team", host, false).may_upload);
  CHECK_FALSE(asked({"gcp/repository", "gcp/permissions-none"}, "team", host, false).may_upload);
}

namespace {

// Answers both questions about a repository; the second one is never of interest where the first is no success.
struct Answering final : VectorMachine {
  Answering(int status, std::string body, std::string permissions = "{}")
      : VectorMachine({"gcp/token-user#1"}),
        answers{{status, {}, std::move(body), {}}, {200, {}, std::move(permissions), {}}} {}
  std::vector<cloud::Response> send(const std::vector<cloud::Request>& requests) override {
    CHECK(requests.size() == 2);
    return answers;
  }
  std::vector<cloud::Response> answers;
};

Preflight answered(int status, const std::string& body, const std::string& host, bool create,
                   const std::string& permissions = "{}") {
  Answering machine(status, body, permissions);
  if (status == 0) machine.answers[0].problem = "no route";
  const std::string token = "t";
  gcp::RepositoryApi api(machine, token);
  const auto parsed = gcp::parse_gar_host(host).value();
  return gcp::ask_artifact_registry(
      api, parsed,
      gcp::repository_of(parsed, parsed.repository.empty() ? "example-project/team/app" : "example-project/app"),
      create);
}

}  // namespace

TEST_CASE("gcp: repositories that are not there, and answers that say nothing") {
  const std::string missing = R"({"error": {"code": 404, "status": "NOT_FOUND", "message": "not found"}})";
  const std::string pkg = "europe-west1-docker.pkg.dev";
  using State = Preflight::State;
  const struct {
    int status;
    std::string body;
    std::string host;
    bool create;
    State state;
    const char* findings;
    const char* fix;
  } cases[] = {
      {404, missing, pkg, false, State::missing, "gcp.repository-missing ",
       "gcloud artifacts repositories create team --repository-format=docker --location=europe-west1 "
       "--project=example-project"},
      {404, missing, pkg, true, State::to_be_made, "gcp.repository-made ", ""},
      {404, missing, "eu.gcr.io", false, State::on_push, "gcp.repository-on-push ",
       "create eu.gcr.io --repository-format=docker --location=europe"},
      {404, missing, "gcr.io", true, State::to_be_made, "gcp.repository-made ", ""},
      {403, R"({"error": {"status": "PERMISSION_DENIED", "message": "denied (or it may not exist)."}})", pkg, false,
       State::unknown, "gcp.not-allowed-to-ask ", "repositories describe team"},
      {403,
       R"({"error": {"status": "PERMISSION_DENIED", "message": "off", "details": [{"reason": "SERVICE_DISABLED"}]}})",
       pkg, false, State::unknown, "gcp.api-disabled ",
       "gcloud services enable artifactregistry.googleapis.com --project=example-project"},
      {403,
       R"({"error": {"status": "PERMISSION_DENIED", "message": "Request had insufficient authentication scopes."}})",
       pkg, false, State::unknown, "gcp.scopes ", "cloud-platform"},
      {0, "", pkg, false, State::unknown, "gcp.unreachable ", ""},
      {502, "<html>", pkg, false, State::unknown, "gcp.not-allowed-to-ask ", ""},
      {200, R"({"format": "MAVEN", "mode": "VIRTUAL_REPOSITORY"})", pkg, false, State::exists, "gcp.format gcp.mode ",
       ""},
  };
  for (const auto& one : cases) {
    CAPTURE(one.findings);
    const auto preflight = answered(one.status, one.body, one.host, one.create);
    CHECK(preflight.state == one.state);
    CHECK(test::codes(preflight.findings) == one.findings);
    CHECK(preflight.findings.at(0).fix.find(one.fix) != std::string::npos);
  }
  const auto no_tags =
      answered(200, "{}", pkg, false, R"({"permissions": ["artifactregistry.repositories.uploadArtifacts"]})");
  CHECK(no_tags.may_upload);
  CHECK(test::codes(no_tags.findings) == "gcp.may-not-tag gcp.may-not-tag ");
}

TEST_CASE("gcp: a repository is made, and its operation followed to the end") {
  const struct {
    const char* name;
    const char* id;
    const char* error;
  } cases[] = {{"create", "new", ""},
               {"create-existing", "team", ""},
               {"create-denied", "new", "PERMISSION_DENIED: Permission 'artifactregistry.repositories.create' denied"},
               {"create-fails", "new", "quota exceeded"}};
  for (const auto& one : cases) {
    CAPTURE(one.name);
    VectorMachine machine({std::string("gcp/") + one.name});
    machine.ignore_bearer = true;
    const std::string token = "access-of-" + kPusher;
    gcp::RepositoryApi api(machine, token);
    const gcp::Repository repository{"example-project", "europe-west1", one.id};
    const auto answer = api.create(repository, false);
    CHECK(answer.json.has_value() == std::string(one.error).empty());
    CHECK(answer.error.find(one.error) != std::string::npos);
    // The recorder's client looked at what it had made.
    if (std::string(one.name) == "create")
      machine.send_one({"GET",
                        "https://artifactregistry.googleapis.com/v1/" + repository.name(),
                        {{"accept", "application/json"}, {"authorization", "Bearer " + token}},
                        {}});
  }
  struct Slow final : VectorMachine {
    Slow() : VectorMachine({"gcp/token-user#1"}) {}
    std::vector<cloud::Response> send(const std::vector<cloud::Request>&) override {
      ++asked;
      return {{200, {}, R"({"name": "projects/p/locations/l/operations/o"})", {}}};
    }
    int asked = 0;
  } machine;
  const std::string token = "t";
  gcp::RepositoryApi api(machine, token);
  CHECK(api.create({"p", "l", "r"}, true).error.find("longer than usual") != std::string::npos);
  CHECK(machine.asked == 10);
  CHECK(machine.paused <= 4000);
}

TEST_CASE("gcp: tags that are taken") {
  cloud::ImageFacts image;
  image.tag = "1";
  CHECK_FALSE(gcp::judge_tag(image, "sha256:a", false).has_value());
  CHECK(gcp::judge_tag(image, "sha256:a", true)->kind == &gcp::kTagMayBeImmutable);
  image.digest = "sha256:b";
  CHECK_FALSE(gcp::judge_tag(image, "sha256:a", false).has_value());
  CHECK(gcp::judge_tag(image, "sha256:a", true)->kind == &gcp::kTagImmutable);
  CHECK(gcp::judge_tag(image, "sha256:b", true)->kind == &gcp::kTagSame);
}

TEST_CASE("gcp: what the registry says in a push, in words") {
  const auto host = gcp::parse_gar_host("europe-west1-docker.pkg.dev").value();
  const auto meaning = [&](const std::string& words, const std::string& repository = "example-project/team/app") {
    return gcp::meaning_of({"push.blob-denied", words, repository}, host, {});
  };
  const std::string denial(
      "403 DENIED: Permission \"artifactregistry.repositories.uploadArtifacts\" denied on resource "
      "\"projects/example-project/locations/europe-west1/repositories/team\" (or it may not exist)");
  const auto denied = meaning(denial);
  REQUIRE(denied);
  CHECK(denied->cause.find("no repository team in project example-project, location europe-west1") !=
        std::string::npos);
  CHECK(denied->fix.find("repositories create team") != std::string::npos);
  const auto lacking = gcp::meaning_of({"push.blob-denied", denial, "example-project/team/app"}, host,
                                       {"serviceAccount:a@b", /*sees_repository=*/true});
  CHECK(lacking->cause.find("lacks the right") != std::string::npos);
  CHECK(lacking->fix.find("--member=serviceAccount:a@b") != std::string::npos);
  CHECK(meaning("401: Unauthenticated request. (or it may not exist)")->cause.find("no login of Google") !=
        std::string::npos);
  CHECK(meaning("400: The repository has enabled tag immutability")->fix == "push another tag");
  CHECK_FALSE(meaning("500"));
  CHECK_FALSE(meaning("denied (or it may not exist)", "app"));
}

TEST_CASE("gcp: every kind of finding has a code of its own") {
  std::set<std::string> codes;
  for (const auto* kind : gcp::kFindings) {
    CHECK(std::string(kind->code).rfind("gcp.", 0) == 0);
    CHECK(codes.insert(kind->code).second);
  }
}
