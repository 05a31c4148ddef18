// The flavor gcp: its hosts and paths, and the responses of Artifact Registry before a push.
#include <doctest/doctest.h>

#include <set>
#include <tuple>

#include "gcp/error_hints.hpp"
#include "gcp/findings.hpp"
#include "gcp/gar_host.hpp"
#include "gcp/image_path.hpp"
#include "gcp/preflight.hpp"
#include "gcp/repository_api.hpp"
#include "vector_host_api.hpp"

using namespace berth;
using gcp::Preflight;
using test::VectorHostApi;

namespace {

gcp::Repository repository_at(const std::string& name, const std::string& path) {
  const auto host = gcp::parse_gar_host(name).value();
  return gcp::repository_of(host, gcp::parse_image_path(host, path));
}

const std::string kAccessToken = "access-of-pusher@example-project.iam.gserviceaccount.com";

Preflight asked(const std::vector<std::string>& cases, const char* repository,
                const std::string& host, bool create) {
  VectorHostApi host_api(cases);
  host_api.ignore_bearer = true;
  gcp::RepositoryApi api(host_api, kAccessToken);
  return gcp::query_repository(api, gcp::parse_gar_host(host).value(),
                               {"example-project", "europe-west1", repository},
                               "key of a@b in /key.json", create);
}

}  // namespace

TEST_CASE("gcp: recognises its hosts") {
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
    CHECK(gcp::explain_gar_host(one.host).fix.empty());
  }
  const std::pair<const char*, const char*> wrong[] = {
      {"ghcr.io", ""},
      {"docker.pkg.dev", "it lacks a location"},
      {"-docker.pkg.dev", "it lacks a location"},
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
    const auto fault = gcp::explain_gar_host(one.first);
    CHECK(fault.cause.empty() == std::string(one.second).empty());
    CHECK(fault.cause.find(one.second) != std::string::npos);
    CHECK(fault.fix.find("-docker.pkg.dev") != std::string::npos);
  }
}

TEST_CASE("gcp: parses paths and rejects invalid ones with a reason") {
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
      {"us-docker.pkg.dev", "example.com/my-project/team/app", "example.com:my-project", "team",
       "app", ""},
      {"us-docker.pkg.dev", "example-project/app", "example-project", "app", "", "gcp.path "},
      {"us-docker.pkg.dev", "example.com/my-project/app", "example.com:my-project", "app", "",
       "gcp.path "},
      {"us-docker.pkg.dev", "app", "app", "", "", "gcp.path "},
      {"gcr.io", "example-project/app", "example-project", "gcr.io", "app", ""},
      {"eu.gcr.io", "example.com/my-project/a/b", "example.com:my-project", "eu.gcr.io", "a/b", ""},
      {"gcr.io", "example-project", "example-project", "gcr.io", "", "gcp.path "},
      {"marketplace.gcr.io", "google/nginx", "google", "marketplace.gcr.io", "nginx",
       "gcp.marketplace "},
      {"us-docker.pkg.dev", "123456789012/team/app", "123456789012", "team", "app", "gcp.id "},
      {"us-docker.pkg.dev", "short/team/app", "short", "team", "app", "gcp.id "},
      {"us-docker.pkg.dev", "Example-project/team/app", "Example-project", "team", "app",
       "gcp.id "},
      {"us-docker.pkg.dev", "example-project/my_team/app", "example-project", "my_team", "app",
       "gcp.id "},
  };
  for (const auto& one : cases) {
    CAPTURE(one.path);
    const auto host = gcp::parse_gar_host(one.host).value();
    const auto path = gcp::parse_image_path(host, one.path);
    CHECK(path.project == one.project);
    CHECK(path.repository == one.repository);
    CHECK(path.image == one.image);
    CHECK(test::codes(gcp::offline_findings(host, path)) == one.findings);
  }
  const std::tuple<const char*, const char*, const char*> forms[] = {
      {"us-docker.pkg.dev", "example-project/app", "write example-project/REPOSITORY/app"},
      {"us-docker.pkg.dev", "app", "write PROJECT/REPOSITORY/app"},
      {"us-docker.pkg.dev", "example.com/my-project/app",
       "write example.com/my-project/REPOSITORY/app"},
      {"us-docker.pkg.dev", "example.com/my-project",
       "write example.com/my-project/REPOSITORY/IMAGE"},
      {"gcr.io", "app", "write PROJECT/app"},
      {"gcr.io", "example.com/my-project", "write example.com/my-project/IMAGE"},
  };
  for (const auto& [name, path, form] : forms) {
    const auto host = gcp::parse_gar_host(name).value();
    CHECK(gcp::path_form(host, gcp::parse_image_path(host, path)) == form);
  }
  const auto pkg_dev = gcp::parse_gar_host("us-docker.pkg.dev").value();
  for (const char* path : {"123456789012/team/app", "short/team/app", "example-project/my_team/app",
                           "example-project/app"})
    CHECK_FALSE(
        gcp::offline_findings(pkg_dev, gcp::parse_image_path(pkg_dev, path)).at(0).fix.empty());
  const auto of_domain = repository_at("eu.gcr.io", "example.com/my-project/app");
  CHECK(of_domain.name() ==
        "projects/example.com:my-project/locations/europe/repositories/eu.gcr.io");
}

TEST_CASE("gcp: Artifact Registry's responses become findings") {
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
      {{"gcp/repository-remote", "gcp/permissions"},
       "team",
       host,
       false,
       State::exists,
       "gcp.mode "},
      {{"gcp/repository-throttled", "gcp/permissions"},
       "team",
       host,
       false,
       State::unknown,
       "gcp.throttled "},
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
    // Findings about credentials name their source.
    if (std::string(one.findings) == "gcp.token-refused ")
      CHECK(preflight.findings[0].message.find("key of a@b in /key.json") != std::string::npos);
  }
  CHECK(asked({"gcp/repository-immutable", "gcp/permissions"}, "team", host, false).immutable_tags);
  CHECK_FALSE(asked({"gcp/repository", "gcp/permissions-some"}, "team", host, false).may_upload);
  CHECK_FALSE(asked({"gcp/repository", "gcp/permissions-none"}, "team", host, false).may_upload);
}

namespace {

// Answers both requests about a repository; the second response is unused unless the first one is a
// success.
struct Answering final : VectorHostApi {
  Answering(int status, std::string body, std::string permissions = "{}")
      : VectorHostApi({"gcp/token-user#1"}),
        answers{{status, {}, std::move(body), {}}, {200, {}, std::move(permissions), {}}} {}
  std::vector<common::Response> send(const std::vector<common::Request>& requests) override {
    CHECK(requests.size() == 2);
    return answers;
  }
  std::vector<common::Response> answers;
};

Preflight answered(int status, const std::string& body, const std::string& host, bool create,
                   const std::string& permissions = "{}") {
  Answering host_api(status, body, permissions);
  if (status == 0) host_api.answers[0].problem = "no route";
  const std::string token = "t";
  gcp::RepositoryApi api(host_api, token);
  const auto parsed = gcp::parse_gar_host(host).value();
  return gcp::query_repository(
      api, parsed,
      repository_at(host,
                    parsed.repository.empty() ? "example-project/team/app" : "example-project/app"),
      "gcloud", create);
}

}  // namespace

TEST_CASE("gcp: reports missing repositories, and inconclusive responses") {
  const std::string missing =
      R"({"error": {"code": 404, "status": "NOT_FOUND", "message": "not found"}})";
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
       "gcloud artifacts repositories create team --repository-format=docker "
       "--location=europe-west1 "
       "--project=example-project"},
      {404, missing, pkg, true, State::will_create, "gcp.repository-made ", ""},
      {404, missing, "eu.gcr.io", false, State::created_on_push, "gcp.repository-on-push ",
       "create eu.gcr.io --repository-format=docker --location=europe"},
      {404, missing, "gcr.io", true, State::will_create, "gcp.repository-made ", ""},
      {403,
       R"({"error": {"status": "PERMISSION_DENIED", "message": "denied (or it may not exist)."}})",
       pkg, false, State::unknown, "gcp.not-allowed-to-ask ", "repositories describe team"},
      {403,
       R"({"error": {"status": "PERMISSION_DENIED", "message": "off", "details": [{"reason": "SERVICE_DISABLED"}]}})",
       pkg, false, State::unknown, "gcp.api-disabled ",
       "gcloud services enable artifactregistry.googleapis.com --project=example-project"},
      {403,
       R"({"error": {"status": "PERMISSION_DENIED", "message": "Request had insufficient authentication scopes."}})",
       pkg, false, State::unknown, "gcp.scopes ", "cloud-platform"},
      {0, "", pkg, false, State::unknown, "gcp.unreachable ", ""},
      {502, "<html>", pkg, false, State::unknown, "gcp.unreachable ", ""},
      {200, R"({"format": "MAVEN", "mode": "VIRTUAL_REPOSITORY"})", pkg, false, State::exists,
       "gcp.format gcp.mode ", "gcloud artifacts repositories list --filter=format=DOCKER"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.findings);
    const auto preflight = answered(one.status, one.body, one.host, one.create);
    CHECK(preflight.state == one.state);
    CHECK(test::codes(preflight.findings) == one.findings);
    CHECK(preflight.findings.at(0).fix.find(one.fix) != std::string::npos);
  }
  const auto no_tags =
      answered(200, "{}", pkg, false,
               R"({"permissions": ["artifactregistry.repositories.uploadArtifacts"]})");
  CHECK(no_tags.may_upload);
  CHECK(test::codes(no_tags.findings) == "gcp.may-not-tag ");
  CHECK(no_tags.findings[0].message ==
        "gcloud may upload to repository team, but lacks artifactregistry.tags.create and "
        "artifactregistry.tags.update");
  CHECK_FALSE(no_tags.findings[0].fix.empty());

  const std::string denied = R"({"error": {"status": "PERMISSION_DENIED", "message": "denied"}})";
  const auto unreadable =
      answered(403, denied, pkg, false,
               R"({"permissions": ["artifactregistry.repositories.downloadArtifacts"]})");
  CHECK(unreadable.state == State::exists);
  CHECK_FALSE(unreadable.may_upload);
  CHECK(test::codes(unreadable.findings) == "gcp.not-allowed-to-ask ");
  const auto hidden = answered(403, denied, pkg, false, "{}");
  CHECK(hidden.state == State::unknown);
  CHECK(hidden.may_upload);  // unknown
}

TEST_CASE("gcp: creates a repository and waits for its operation") {
  const struct {
    const char* name;
    const char* id;
    const char* error;
  } cases[] = {{"create", "new", ""},
               {"create-existing", "team", ""},
               {"create-denied", "new",
                "PERMISSION_DENIED: Permission 'artifactregistry.repositories.create' denied"},
               {"create-fails", "new", "quota exceeded"}};
  for (const auto& one : cases) {
    CAPTURE(one.name);
    VectorHostApi host_api({std::string("gcp/") + one.name});
    host_api.ignore_bearer = true;
    const std::string token = kAccessToken;
    gcp::RepositoryApi api(host_api, token);
    const gcp::Repository repository{"example-project", "europe-west1", one.id};
    const auto answer = api.create(repository, false);
    CHECK(answer.json.has_value() == std::string(one.error).empty());
    CHECK(answer.error.find(one.error) != std::string::npos);
    // The recorder's client read the created resource.
    if (std::string(one.name) == "create")
      host_api.send_one({"GET",
                         "https://artifactregistry.googleapis.com/v1/" + repository.name(),
                         {{"accept", "application/json"}, {"authorization", "Bearer " + token}},
                         {}});
  }
  struct Slow final : VectorHostApi {
    Slow() : VectorHostApi({"gcp/token-user#1"}) {}
    std::vector<common::Response> send(const std::vector<common::Request>&) override {
      ++asked;
      return {{200, {}, R"({"name": "projects/p/locations/l/operations/o"})", {}}};
    }
    int asked = 0;
  } host_api;
  const std::string token = "t";
  gcp::RepositoryApi api(host_api, token);
  CHECK(api.create({"p", "l", "r"}, true).error.find("longer than usual") != std::string::npos);
  CHECK(host_api.asked == 10);
  CHECK(host_api.paused <= 4000);
}

TEST_CASE("gcp: reports existing immutable tags") {
  common::ImageFacts image;
  image.tag = "1";
  CHECK_FALSE(gcp::check_tag(image, "sha256:a", false).has_value());
  CHECK(gcp::check_tag(image, "sha256:a", true)->kind == &gcp::kTagMayBeImmutable);
  image.digest = "sha256:b";
  CHECK_FALSE(gcp::check_tag(image, "sha256:a", false).has_value());
  CHECK(gcp::check_tag(image, "sha256:a", true)->kind == &gcp::kTagImmutable);
  CHECK(gcp::check_tag(image, "sha256:b", true)->kind == &gcp::kTagSame);
}

TEST_CASE("gcp: explains registry errors during a push") {
  const auto host = gcp::parse_gar_host("europe-west1-docker.pkg.dev").value();
  const auto meaning = [&](const std::string& message,
                           const std::string& repository = "example-project/team/app") {
    return gcp::explain_error({"push.blob-denied", message, repository}, host, {});
  };
  const std::string denial(
      "403 DENIED: Permission \"artifactregistry.repositories.uploadArtifacts\" denied on resource "
      "\"projects/example-project/locations/europe-west1/repositories/team\" (or it may not "
      "exist)");
  const auto denied = meaning(denial);
  REQUIRE(denied);
  CHECK(denied->cause.find(
            "repository team does not exist in project example-project, location europe-west1") !=
        std::string::npos);
  CHECK(denied->fix.find("repositories create team") != std::string::npos);
  const auto lacking = gcp::explain_error({"push.blob-denied", denial, "example-project/team/app"},
                                          host, {"serviceAccount:a@b", /*sees_repository=*/true});
  CHECK(lacking->cause.find("lack the permission") != std::string::npos);
  CHECK(lacking->fix.find("--member=serviceAccount:a@b") != std::string::npos);
  CHECK(meaning("401: Unauthenticated request. (or it may not exist)")
            ->cause.find("no valid Google credentials") != std::string::npos);
  CHECK(meaning("400: The repository has enabled tag immutability")->fix == "push another tag");
  CHECK_FALSE(meaning("500"));
  CHECK_FALSE(meaning("denied (or it may not exist)", "app"));
}

TEST_CASE("gcp: every kind of finding has its own code") {
  std::set<std::string> codes;
  for (const auto* kind : gcp::kFindings) {
    CHECK(std::string(kind->code).rfind("gcp.", 0) == 0);
    CHECK(codes.insert(kind->code).second);
  }
}
