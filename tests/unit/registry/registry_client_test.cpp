// Requests to a registry, byte for byte; and hosts that are not a registry.
#include <doctest/doctest.h>

#include "oci/hasher.hpp"
#include "registry_test.hpp"

using namespace berth;
using base::ErrorClass;
using test::answer_html;
using test::config_for;
using test::digest_header;
using test::http_answer;
using test::lines;
using test::ScriptedServer;
using test::TestRegistryClient;
using Lines = std::vector<std::string>;

namespace {

const std::string kBasic = "WWW-Authenticate: Basic realm=\"r\"\r\n";
const std::string kManifestType =
    "Content-Type: application/vnd.oci.image.manifest.v1+json; charset=x\r\n";

oci::Digest digest_of_text(const std::string& text) { return oci::digest_of(text); }

}  // namespace

TEST_CASE("ping: recognises the distribution API") {
  const struct {
    std::string answer;
    ErrorClass error_class;  // internal: none
    std::string code;
  } cases[] = {
      {http_answer(200, "{}", "Docker-Distribution-API-Version: registry/2.0\r\n"),
       ErrorClass::internal, ""},
      {http_answer(200), ErrorClass::internal, ""},
      {http_answer(200, "{}", "Content-Type: application/json\r\n"), ErrorClass::internal, ""},
      {http_answer(404, R"({"errors":[{"code":"UNSUPPORTED"}]})"), ErrorClass::internal, ""},
      {answer_html(200), ErrorClass::server, "registry.not-a-registry"},
      {http_answer(200, " <!DOCTYPE html>"), ErrorClass::server, "registry.not-a-registry"},
      {http_answer(200, "x", "Content-Type: Text/HTML; charset=utf-8\r\n"), ErrorClass::server,
       "registry.not-a-registry"},
      {answer_html(404), ErrorClass::server, "registry.not-a-registry"},
      {http_answer(404), ErrorClass::server, "registry.not-a-registry"},
      {http_answer(400, "Client sent an HTTP request to an HTTPS server.\n"), ErrorClass::network,
       "http.tls-expected"},
      {http_answer(401, "", kBasic), ErrorClass::auth, "auth.required"},
      {http_answer(503, "", "Retry-After: 3600\r\n"), ErrorClass::server, "registry.ping-failed"},
      {http_answer(429, "", "Retry-After: 3600\r\n"), ErrorClass::server, "registry.ping-rate"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.answer);
    ScriptedServer server({{one.answer}});
    TestRegistryClient test(server);
    const auto pinged = test.client.access().ping();
    CHECK(lines(server) == Lines{"GET /v2/"});
    CHECK(pinged.has_value() == (one.error_class == ErrorClass::internal));
    if (pinged) continue;
    CHECK(pinged.error().error_class() == one.error_class);
    CHECK(pinged.error().code() == one.code);
  }
  ScriptedServer page({{answer_html(200)}});
  TestRegistryClient test(page);
  CHECK(test.client.access().ping().error().cause().find("Welcome to nginx!") != std::string::npos);
}

TEST_CASE("login: responds to a challenge once with Basic, then every request has it") {
  ScriptedServer server({{http_answer(401, "", kBasic)}, {http_answer(200)}, {http_answer(404)}});
  TestRegistryClient test(server, config_for(server.host()));
  CHECK(test.client.access().ping().has_value());
  CHECK(test.client.blobs().size("a/b", digest_of_text("x"))->has_value() == false);
  const auto received = server.received();
  REQUIRE(received.size() == 3);
  CHECK(received[0].header("authorization").empty());
  CHECK(received[1].header("authorization") == "Basic YWxpY2U6c2VjcmV0");
  CHECK(received[2].header("authorization") == "Basic YWxpY2U6c2VjcmV0");
}

TEST_CASE(
    "login: rejected, unknown, malformed or missing challenges are class auth, without a loop or "
    "secret") {
  const struct {
    std::string challenge;
    std::string config;  // empty: alice's
    std::string code;
    std::size_t requests;
  } cases[] = {
      {kBasic, "", "auth.refused", 2},
      {kBasic, "{}", "auth.required", 1},
      {kBasic, "not json", "auth.config", 1},
      {"WWW-Authenticate: Digest realm=\"r\"\r\n", "", "auth.scheme", 1},
      {"", "", "auth.scheme", 1},
  };
  for (const auto& one : cases) {
    CAPTURE(one.code);
    ScriptedServer server(
        [&](const test::Received&) { return test::Scripted{http_answer(401, "", one.challenge)}; });
    TestRegistryClient test(server, one.config.empty() ? config_for(server.host()) : one.config);
    const auto pinged = test.client.access().ping();
    REQUIRE_FALSE(pinged.has_value());
    CHECK(pinged.error().error_class() == ErrorClass::auth);
    CHECK(pinged.error().code() == one.code);
    CHECK(server.received().size() == one.requests);
    for (const auto& text :
         {pinged.error().message(), pinged.error().cause(), pinged.error().fix()})
      CHECK(text.find("secret") == std::string::npos);
  }
}

TEST_CASE("ping: public access or an unsent password does not confirm the credentials") {
  const std::string api = "Docker-Distribution-API-Version: registry/2.0\r\n";
  ScriptedServer server([&](const test::Received& request) {
    return test::Scripted{request.target == "/v2/" ? http_answer(401, "", kBasic)
                                                   : http_answer(404, "", api)};
  });
  const auto code = [](const auto& result) {
    return result ? std::string() : result.error().code();
  };
  TestRegistryClient anonymous(server);
  REQUIRE(anonymous.client.access().discover_auth().has_value());
  REQUIRE_FALSE(anonymous.client.manifests().head("a/b", "1")->has_value());
  CHECK(code(anonymous.client.access().ping()) == "auth.required");

  TestRegistryClient early(server, config_for(server.host()));
  REQUIRE_FALSE(early.client.manifests().head("a/b", "1")->has_value());
  CHECK(code(early.client.access().ping()) == "auth.refused");

  TestRegistryClient asked(server, config_for(server.host()));
  CHECK(code(asked.client.access().request_actions("a/b", "pull,push")) == "auth.refused");
  CHECK(code(asked.client.access().ping()) == "auth.refused");
}

TEST_CASE("auth discovery: a failed discovery is not repeated by the next caller") {
  ScriptedServer server({{http_answer(200)}});
  const std::string gone = "127.0.0.1:1";
  TestRegistryClient test(server);
  base::Cancellation cancellation;
  base::SilentLog log;
  registry::CredentialChain credentials({gone, {}});
  registry::RegistryClient client({gone, false, test::quick_options(), "pull,push"}, credentials,
                                  cancellation, log);
  const auto first = client.access().discover_auth();
  REQUIRE_FALSE(first.has_value());
  CHECK(client.access().request_actions("a/b", "pull").error().code() == first.error().code());
}

TEST_CASE("head: explains a rejection with the registry's message to the same credentials") {
  const std::string errors = R"({"errors":[{"code":"DENIED","message":"your token has expired"}]})";
  ScriptedServer server([&](const test::Received& request) {
    const bool anonymous = request.header("authorization").empty();
    const std::string body = request.method == "HEAD" ? ""
                             : anonymous              ? R"({"errors":[{"code":"ANONYMOUS"}]})"
                                                      : errors;
    return test::Scripted{http_answer(401, body, kBasic)};
  });
  TestRegistryClient test(server, config_for(server.host()));
  const auto refused = test.client.manifests().head("a/b", "1");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().registry().find("your token has expired") != std::string::npos);
}

TEST_CASE("login: ignores a challenge of another origin after a redirect") {
  ScriptedServer storage([&](const test::Received& request) {
    return test::Scripted{http_answer(401, "",
                                      "WWW-Authenticate: Bearer realm=\"http://" +
                                          request.header("host") + "/token\",service=\"s\"\r\n")};
  });
  ScriptedServer server([&](const test::Received&) {
    return test::Scripted{http_answer(307, "", "Location: " + storage.url("/blob") + "\r\n")};
  });
  TestRegistryClient test(server, config_for(server.host()));
  CHECK_FALSE(test.client.manifests().fetch("a/b", "1").has_value());
  for (const auto& request : storage.received()) {
    CHECK(request.header("authorization").empty());
    CHECK(request.target == "/blob");
  }
}

TEST_CASE("login: selects a supported challenge among several headers") {
  ScriptedServer server(
      {{http_answer(
           401, "",
           "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: Bearer realm=\"x, y\", Basic\r\n")},
       {http_answer(200)}});
  TestRegistryClient test(server, config_for(server.host()));
  CHECK(test.client.access().ping().has_value());
}

TEST_CASE("head manifest: with and without a digest, missing, and from a web page") {
  const auto digest = digest_of_text("manifest");
  ScriptedServer server({{http_answer(200, "", kManifestType + digest_header(digest.str()))},
                         {http_answer(200, "", kManifestType)},
                         {http_answer(200, "", kManifestType + digest_header("sha256:short"))},
                         {http_answer(404)},
                         {answer_html(200)},
                         {answer_html(200)}});
  TestRegistryClient test(server);
  auto head = [&] { return test.client.manifests().head("a/b", "1"); };
  const auto known = head();
  REQUIRE(known.has_value());
  CHECK((*known)->digest == digest);
  CHECK((*known)->media_type == "application/vnd.oci.image.manifest.v1+json");
  CHECK_FALSE((*head())->digest.has_value());
  CHECK_FALSE((*head())->digest.has_value());
  CHECK_FALSE(head()->has_value());
  const auto page = head();
  REQUIRE_FALSE(page.has_value());
  CHECK(page.error().code() == "registry.not-a-registry");
  CHECK(lines(server) == Lines{"HEAD /v2/a/b/manifests/1", "HEAD /v2/a/b/manifests/1",
                               "HEAD /v2/a/b/manifests/1", "HEAD /v2/a/b/manifests/1",
                               "HEAD /v2/a/b/manifests/1", "GET /v2/"});
  CHECK(server.received()[0].header("accept") ==
        "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, "
        "application/vnd.docker.distribution.manifest.v2+json, "
        "application/vnd.docker.distribution.manifest.list.v2+json, "
        "application/vnd.oci.artifact.manifest.v1+json, "
        "application/vnd.cncf.oras.artifact.manifest.v1+json");
}

TEST_CASE("fetch manifest: hashes the bytes; a wrong digest is class integrity") {
  const std::string bytes = R"({"schemaVersion":2})";
  const auto digest = digest_of_text(bytes);
  const auto other = digest_of_text("other");
  ScriptedServer server({{http_answer(200, bytes, kManifestType)},
                         {http_answer(200, bytes, kManifestType + digest_header(other.str()))},
                         {http_answer(200, bytes, kManifestType)},
                         {http_answer(404)},
                         {http_answer(200, std::string((4 << 20) + 1, ' '), kManifestType)},
                         {answer_html(200)},
                         {answer_html(200)}});
  TestRegistryClient test(server);
  const auto fetched = test.client.manifests().fetch("a/b", "1");
  REQUIRE(fetched.has_value());
  CHECK((*fetched)->bytes == bytes);
  CHECK((*fetched)->digest == digest);
  const auto mismatched = test.client.manifests().fetch("a/b", "1");
  REQUIRE_FALSE(mismatched.has_value());
  CHECK(mismatched.error().error_class() == ErrorClass::integrity);
  CHECK(mismatched.error().cause().find(other.str()) != std::string::npos);
  CHECK(test.client.manifests().fetch("a/b", other.str()).error().error_class() ==
        ErrorClass::integrity);
  CHECK_FALSE(test.client.manifests().fetch("a/b", "1")->has_value());
  CHECK(test.client.manifests().fetch("a/b", "1").error().code() == "http.too-large");
  CHECK(test.client.manifests().fetch("a/b", "1").error().code() == "registry.not-a-registry");
}

TEST_CASE("put manifest: sends type and bytes unchanged, and returns the registry's digest") {
  const std::string bytes = R"({"schemaVersion":2})";
  const auto digest = digest_of_text(bytes);
  ScriptedServer server(
      {{http_answer(201, "", digest_header(digest.str()))},
       {http_answer(503)},
       {http_answer(201)},
       {http_answer(400, R"({"errors":[{"code":"MANIFEST_INVALID","message":"no"}]})")}});
  TestRegistryClient test(server);
  auto put = [&](const std::string& type) {
    return test.client.manifests().put("a/b", "1", type, bytes);
  };
  CHECK(put("text/type")->digest == digest);
  CHECK_FALSE(put("text/type")->digest.has_value());
  CHECK(put("text/type").error().code() == "push.manifest-refused");
  CHECK(put("text/type\r\nEvil: 1").error().code() == "http.header");
  CHECK(lines(server) == Lines(4, "PUT /v2/a/b/manifests/1"));
  CHECK(server.received()[0].header("content-type") == "text/type");
  CHECK(server.received()[2].body == bytes);
}

TEST_CASE("blob size: existing, missing, denied, from a web page, or of another blob") {
  const auto digest = digest_of_text("blob");
  ScriptedServer server({{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"},
                         {http_answer(404)},
                         {http_answer(403)},
                         {http_answer(200)},
                         {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n" +
                          digest_header(digest_of_text("other").str()) + "\r\n"}});
  TestRegistryClient test(server);
  auto size = [&] { return test.client.blobs().size("a/b", digest); };
  CHECK(*size() == 4U);
  CHECK_FALSE(size()->has_value());
  CHECK(size().error().code() == "auth.required");
  CHECK(size().error().error_class() == ErrorClass::integrity);
  CHECK(lines(server)[0] == "HEAD /v2/a/b/blobs/" + digest.str());
  CHECK(lines(server)[3] == "GET /v2/");

  ScriptedServer page({{answer_html(200), true}, {answer_html(200)}});
  TestRegistryClient other(page);
  CHECK(other.client.blobs().size("a/b", digest).error().code() == "registry.not-a-registry");
}

TEST_CASE("fetch blob: a blob above its size is class integrity; a redirect gets no credentials") {
  const oci::Descriptor blob{"application/octet-stream", digest_of_text("blob"), 4, {}, {}, {}};
  ScriptedServer storage({{http_answer(200, "blob")}});
  ScriptedServer server(
      {{http_answer(200, "blob")},
       {http_answer(200, "blob and more")},
       {http_answer(404, "{}")},
       {http_answer(200)},
       {http_answer(401, "", kBasic)},
       {http_answer(307, "", "Location: " + storage.url("/blob?sig=x") + "\r\n")}});
  TestRegistryClient test(server, config_for(server.host()));
  test::TextSink sink;
  auto fetch = [&] {
    sink.restart();
    return test.client.blobs().fetch("a/b", blob, sink);
  };
  CHECK(fetch().has_value());
  CHECK(sink.text == "blob");
  const auto larger = fetch();
  REQUIRE_FALSE(larger.has_value());
  CHECK(larger.error().error_class() == ErrorClass::integrity);
  CHECK(sink.text.size() <= 4);
  CHECK(fetch().error().error_class() == ErrorClass::not_found);
  CHECK(fetch().has_value());
  CHECK(sink.text == "blob");
  CHECK(server.received().back().header("authorization") == "Basic YWxpY2U6c2VjcmV0");
  CHECK(storage.received().at(0).header("authorization").empty());
}
