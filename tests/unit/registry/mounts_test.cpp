// Mounting blobs of other repositories: the exact requests, and every way in which a registry or
// its token service may refuse.
#include <doctest/doctest.h>

#include "base/base64.hpp"
#include "oci/hasher.hpp"
#include "registry_test.hpp"
#include "unit/registry/authorizer_fixture.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

namespace {

const std::string kNewUploads = "/v2/a/new/blobs/uploads/";
const std::string kBase = "a/base";

oci::Digest mounted_digest() { return oci::digest_of("blob"); }

std::string mount_line(const std::string& from) {
  return "POST " + kNewUploads + "?mount=" + mounted_digest().str() + "&from=" + from;
}
std::string head_line() { return "HEAD /v2/a/new/blobs/" + mounted_digest().str(); }

std::string session_answer(const std::string& id) {
  return http_answer(202, "", "Location: " + kNewUploads + id + "\r\n");
}
Scripted opened_session(const std::string& id) { return {session_answer(id)}; }
Scripted found_blob() { return {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"}; }

struct MountingClient {
  explicit MountingClient(std::vector<Scripted> script) : server(std::move(script)), test(server) {}
  base::Result<registry::UploadStart> start(const std::string& from = kBase) {
    const auto digest = mounted_digest();
    const registry::BlobName name{digest, 4};
    return test.client.uploads().start("a/new", &name, &from);
  }
  ScriptedServer server;
  TestRegistryClient test;
};

// "mounted", "exists", "session", or the error's code.
std::string described(const base::Result<registry::UploadStart>& start) {
  if (!start) return start.error().code();
  if (start->mounted) return start->exists ? "mounted" : "mounted, and does not exist";
  return start->exists ? "exists" : "session";
}

}  // namespace

TEST_CASE("mount: one request if the registry mounts the blob") {
  MountingClient client({{http_answer(201)}});
  CHECK(described(client.start()) == "mounted");
  CHECK(lines(client.server) == Lines{mount_line(kBase)});
  CHECK(client.server.received()[0].header("content-length") == "0");
}

TEST_CASE("mount: a session that is opened instead is used, unless the repository has the blob") {
  MountingClient missing({opened_session("1"), {http_answer(404)}});
  const auto start = missing.start();
  CHECK(described(start) == "session");
  CHECK(start->upload.location == "http://" + missing.server.host() + kNewUploads + "1");
  CHECK(lines(missing.server) == Lines{mount_line(kBase), head_line()});

  MountingClient there({opened_session("1"), found_blob(), {http_answer(204)}});
  CHECK(described(there.start()) == "exists");
  CHECK(lines(there.server) ==
        Lines{mount_line(kBase), head_line(), "DELETE " + kNewUploads + "1"});
}

TEST_CASE("mount: however it is refused, the blob is found or uploaded as without it") {
  for (const int status : {200, 204, 301, 400, 403, 404, 405, 409, 415, 500, 501, 503}) {
    CAPTURE(status);
    MountingClient client({{http_answer(status, "{}")}, opened_session("1")});
    CHECK(described(client.start()) == "session");
    CHECK(lines(client.server) == Lines{mount_line(kBase), mount_line("a/new")});
  }
  MountingClient closed({{"", true}, opened_session("1")});
  CHECK(described(closed.start()) == "session");
  MountingClient without_location({{http_answer(202)}, opened_session("1")});
  CHECK(described(without_location.start()) == "session");
}

TEST_CASE("mount: a repository that failed is not used again, unless a mount from it succeeded") {
  MountingClient failed(
      {{http_answer(405)}, opened_session("1"), opened_session("2"), {http_answer(201)}});
  CHECK(described(failed.start()) == "session");
  CHECK(described(failed.start()) == "session");
  CHECK(described(failed.start("a/other")) == "mounted");
  CHECK(lines(failed.server) ==
        Lines{mount_line(kBase), mount_line("a/new"), mount_line("a/new"), mount_line("a/other")});

  MountingClient mixed(
      {{http_answer(201)}, opened_session("1"), {http_answer(404)}, {http_answer(201)}});
  CHECK(described(mixed.start()) == "mounted");
  CHECK(described(mixed.start()) == "session");
  CHECK(described(mixed.start()) == "mounted");
}

TEST_CASE("mount: a registry that asks to wait is not asked in another way") {
  MountingClient client({{http_answer(429, "", "Retry-After: 60\r\n")}});
  CHECK(described(client.start()) == "push.blob-rate");
  CHECK(client.test.client.retry_after() > std::chrono::milliseconds(50'000));
}

namespace {

const std::string kPush = "repository%3Aa%2Fnew%3Apull%2Cpush";
const std::string kPull = "repository%3Aa%2Fbase%3Apull";

// Starts two uploads with tokens; returns how each began.
std::vector<std::string> start_two(RegistryWithTokens& registry) {
  Asking asking(registry.host(), sources(user("me", "pass")));
  const auto digest = mounted_digest();
  const registry::BlobName name{digest, 4};
  std::vector<std::string> all;
  for (int i = 0; i < 2; ++i)
    all.push_back(described(asking.client.uploads().start("a/new", &name, &kBase)));
  return all;
}

std::string unauthorized(const std::string& more = {}) {
  return http_answer(401, "{}", challenge(more));
}

std::vector<std::string> scopes_of(RegistryWithTokens& registry) {
  std::vector<std::string> scopes;
  for (const auto& request : registry.exchanges()) {
    std::string both;
    for (const auto& scope : {kPush, kPull})
      if (request.target.find("scope=" + scope) != std::string::npos)
        both += (both.empty() ? "" : " ") + scope;
    scopes.push_back(both);
  }
  return scopes;
}

std::vector<std::string> mounts_of(RegistryWithTokens& registry) {
  std::vector<std::string> from;
  for (const auto& request : registry.received())
    if (const auto at = request.target.find("from="); at != std::string::npos)
      from.push_back(request.target.substr(at + 5) + " with " + request.header("authorization"));
  return from;
}

}  // namespace

TEST_CASE("mount: one token is requested for both repositories") {
  RegistryWithTokens registry(
      [](const Received& request) {
        return Scripted{request.header("authorization") == "Bearer both" ? http_answer(201)
                                                                         : unauthorized()};
      },
      in_order({{token("both")}}));
  CHECK(start_two(registry) == Lines{"mounted", "mounted"});
  CHECK(scopes_of(registry) == Lines{kPush + " " + kPull});
}

TEST_CASE("mount: without a token for the other repository the blob is uploaded, also later ones") {
  RegistryWithTokens registry(
      [](const Received& request) {
        return Scripted{request.header("authorization") == "Bearer push" ? session_answer("1")
                                                                         : unauthorized()};
      },
      [](const Received& request) {
        const bool both = request.target.find(kPull) != std::string::npos;
        return Scripted{both ? http_answer(401) : token("push")};
      });
  CHECK(start_two(registry) == Lines{"session", "session"});
  CHECK(scopes_of(registry) == Lines{kPush + " " + kPull, kPush});
  CHECK(mounts_of(registry) ==
        Lines{"a/base with ", "a/new with Bearer push", "a/new with Bearer push"});
}

TEST_CASE("mount: a token that lists only the own repository is not sent with a mount") {
  const std::string claims =
      R"({"access":[{"type":"repository","name":"a/new","actions":["pull","push"]}]})";
  const std::string own = "e30." + base::base64_encode(claims) + ".s";
  RegistryWithTokens registry(
      [&](const Received& request) {
        return Scripted{request.header("authorization").empty() ? unauthorized()
                                                                : session_answer("1")};
      },
      [&](const Received&) { return Scripted{token(own)}; });
  CHECK(start_two(registry) == Lines{"session", "session"});
  CHECK(mounts_of(registry) ==
        Lines{"a/base with ", "a/new with Bearer " + own, "a/new with Bearer " + own});
}

TEST_CASE("mount: a rejected mount does not use up the credentials") {
  for (const int status : {401, 403}) {
    CAPTURE(status);
    RegistryWithTokens registry(
        [&](const Received& request) {
          if (request.header("authorization").empty()) return Scripted{unauthorized()};
          const bool other = request.target.find("from=a/base") != std::string::npos;
          if (!other) return opened_session("1");
          return Scripted{status == 401 ? unauthorized(",error=\"insufficient_scope\"")
                                        : http_answer(403, "{}")};
        },
        [](const Received&) { return Scripted{token("t")}; });
    CHECK(start_two(registry) == Lines{"session", "session"});
  }
}

TEST_CASE("mount: with a user name and password, a rejected mount does not use them up") {
  const std::string basic = "WWW-Authenticate: Basic realm=\"r\"\r\n";
  RegistryWithTokens registry(
      [&](const Received& request) {
        const bool other = request.target.find("from=a/base") != std::string::npos;
        if (other || request.header("authorization").empty())
          return Scripted{http_answer(401, "{}", basic)};
        return opened_session("1");
      },
      in_order({}));
  CHECK(start_two(registry) == Lines{"session", "session"});
}
