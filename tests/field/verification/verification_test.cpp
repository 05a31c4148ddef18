// Reading back what was pushed, and what the registry accepts as a manifest, as public bug reports
// have it; see
// ../README.md.
#include "bench.hpp"

using namespace berth;
using test::api_error_answer;
using test::Bench;
using test::contains;
using test::MemoryRegistry;
using test::Received;
using test::Scripted;

namespace {

// Responds to `reads` reads of a manifest with `status` after the manifest was accepted.
struct LateManifest {
  int reads = 2;
  bool accepted = false;
  int seen = 0;

  std::optional<Scripted> operator()(const Received& request, const std::string& kind,
                                     int /*seen*/) {
    if (kind == "manifest") accepted = true;
    if (!accepted || !test::is_manifest_read(request) || seen == reads) return std::nullopt;
    ++seen;
    return api_error_answer(404, "MANIFEST_UNKNOWN");
  }
};

std::size_t count_of(const std::vector<std::string>& log, const std::string& kind) {
  return static_cast<std::size_t>(std::ranges::count(log, kind));
}

// Requires `authorization`, and refuses every read of a manifest.
MemoryRegistry::Before push_only(std::string authorization, std::string challenge) {
  return [authorization = std::move(authorization), challenge = std::move(challenge)](
             const Received& request, const std::string&, int) -> std::optional<Scripted> {
    if (request.header("authorization") != authorization)
      return api_error_answer(401, "UNAUTHORIZED", "WWW-Authenticate: " + challenge + "\r\n");
    if (test::is_manifest_read(request)) return api_error_answer(403, "DENIED");
    return std::nullopt;
  };
}

}  // namespace

TEST_CASE("verification: a tag that becomes visible late is read again") {
  const Bench bench;
  LateManifest late;
  MemoryRegistry registry(std::ref(late));
  const auto pushed = bench.push(registry.server().host());
  CHECK_MESSAGE(pushed.status == 0, pushed.error_output);
  CHECK(pushed.verified());
  CHECK(pushed.digest() == bench.digest);
  CHECK_FALSE(pushed.has_finding("push.unverified"));
  CHECK(count_of(registry.log(), "manifest") == 1);
  CHECK(late.seen == 2);
}

TEST_CASE("verification: a tag that still has its previous digest is read again") {
  const Bench bench;
  bool accepted = false;
  int stale = 0;
  const std::string old = R"({"schemaVersion":2})";
  MemoryRegistry registry(
      [&](const Received& request, const std::string& kind, int) -> std::optional<Scripted> {
        if (kind == "manifest") accepted = true;
        if (!test::is_manifest_read(request) || !request.target.ends_with("/1") ||
            (accepted && ++stale > 2))
          return std::nullopt;
        return Scripted{test::http_answer(200, request.method == "GET" ? old : "",
                                          "Docker-Content-Digest: " + test::sha256(old) + "\r\n")};
      });
  const auto pushed = bench.push(registry.server().host());
  CHECK_MESSAGE(pushed.status == 0, pushed.error_output);
  CHECK(pushed.verified());
  CHECK(count_of(registry.log(), "manifest") == 1);
  CHECK(stale > 2);
}

TEST_CASE("verification: credentials that may push but not pull") {
  const Bench bench;
  MemoryRegistry registry(push_only(test::good_basic(), "Basic realm=\"registry\""));
  const auto host = registry.server().host();
  bench.write_credentials(host);
  const auto pushed = bench.push(host);
  CHECK_MESSAGE(pushed.status == 0, pushed.error_output);
  CHECK_FALSE(pushed.verified());
  CHECK(pushed.document.find("verified") != nullptr);
  CHECK(pushed.has_finding("push.unverified"));
  CHECK(contains(pushed.error_output, "pushed, but not verified"));
  CHECK(pushed.digest() == bench.digest);
  CHECK(test::sha256(test::stored_manifest(registry, "1")) == bench.digest);

  const auto required = bench.push(host, {"--require-verification"});
  CHECK(required.status == 5);
  CHECK(required.error("class") == "denied");
  CHECK(required.error("code") == "push.unverified");
}

TEST_CASE("verification: a token that grants push and not pull") {
  const Bench bench;
  const auto token = test::token_with("\"push\"");
  MemoryRegistry registry(
      [&](const Received& request, const std::string&, int) -> std::optional<Scripted> {
        if (test::is_token_request(request))
          return request.header("authorization") == test::good_basic()
                     ? test::token_answer(token)
                     : api_error_answer(401, "UNAUTHORIZED");
        const bool known = request.header("authorization") == "Bearer " + token;
        if (known && (request.target == "/v2/" || test::is_write(request))) return std::nullopt;
        return api_error_answer(401, "UNAUTHORIZED", test::bearer_challenge(request));
      });
  bench.write_credentials(registry.server().host());
  const auto pushed = bench.push(registry.server().host());
  CHECK_MESSAGE(pushed.status == 0, pushed.error_output);
  CHECK_FALSE(pushed.verified());
  CHECK(pushed.has_finding("push.unverified"));
  CHECK(test::sha256(test::stored_manifest(registry, "1")) == bench.digest);
}

TEST_CASE("verification: --no-clobber fails where the tag cannot be read") {
  const Bench bench;
  for (const int status : {403, 501}) {
    CAPTURE(status);
    MemoryRegistry registry(
        [status](const Received& request, const std::string&, int) -> std::optional<Scripted> {
          if (request.header("authorization") != test::good_basic())
            return api_error_answer(401, "UNAUTHORIZED",
                                    "WWW-Authenticate: Basic realm=\"registry\"\r\n");
          if (test::is_manifest_read(request))
            return api_error_answer(status, status == 403 ? "DENIED" : "UNKNOWN");
          return std::nullopt;
        });
    bench.write_credentials(registry.server().host());
    const auto failed = bench.push(registry.server().host(), {"--no-clobber"});
    CHECK(failed.status == (status == 403 ? 5 : 9));
    CHECK(failed.error("class") == (status == 403 ? "denied" : "server"));
    if (status == 403) {
      CHECK(contains(failed.error("message"), "whether tag 1 exists"));
      CHECK(contains(failed.error("fix"), "--no-clobber"));
    }
    CHECK(std::ranges::none_of(registry.server().received(), test::is_write));
    CHECK(test::is_empty(registry));
  }
}

TEST_CASE("verification: a registry that refuses Docker media types gets the OCI form") {
  const Bench bench;
  const auto archive =
      bench.directory.write("a.tar", test::docker_archive({test::tar_of({{"f", "one"}})}).tar());
  for (const int status : {415, 400}) {
    CAPTURE(status);
    MemoryRegistry registry(
        [status](const Received& request, const std::string& kind, int) -> std::optional<Scripted> {
          if (kind != "manifest" || !contains(request.header("content-type"), "docker"))
            return std::nullopt;
          return api_error_answer(status, "MANIFEST_INVALID");
        });
    const auto pushed = bench.push(registry.server().host(), {}, "docker-archive:" + archive);
    CHECK_MESSAGE(pushed.status == 0, pushed.error_output);
    CHECK(pushed.verified());
    CHECK(pushed.digest() == test::sha256(test::stored_manifest(registry, "1")));
    CHECK(contains(test::stored_manifest(registry, "1"),
                   "application/vnd.oci.image.manifest.v1+json"));
    CHECK_FALSE(contains(test::stored_manifest(registry, "1"), "vnd.docker"));
    CHECK(count_of(registry.log(), "manifest") == 2);
  }
}
