// The use cases of inspect, digest, tags and delete, with a scripted registry.
#include <doctest/doctest.h>

#include <map>

#include "app/delete_image.hpp"
#include "app/image_digest.hpp"
#include "app/inspect.hpp"
#include "app/list_tags.hpp"
#include "app_fixture.hpp"
#include "support/images.hpp"
#include "support/scripted_server.hpp"

using namespace berth;
using test::http_answer;
using test::Received;
using test::Scripted;
using test::ScriptedServer;
using test::TestApp;
using Tags = std::vector<std::string>;

namespace {

constexpr const char* kType = "Content-Type: application/vnd.oci.image.manifest.v1+json\r\n";

const std::string kManifest =
    R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"a/b","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},"layers":[]})";

std::string code_of(const auto& result) { return result ? std::string() : result.error().code(); }

// One repository, "app", with tags that point to manifests.
struct TagRegistry {
  std::map<std::string, std::string> tags;  // tag: bytes of its manifest
  bool reports_digest = true;
  bool deletes_tags = true;
  std::vector<std::string> requests;
  ScriptedServer server{[this](const Received& request) { return handle(request); }};

  [[nodiscard]] std::string name() const { return server.host() + "/app"; }

  Scripted handle(const Received& request) {
    if (request.target == "/v2/") return {http_answer(200, "{}")};
    const auto name = request.target.substr(request.target.rfind('/') + 1);
    requests.push_back(request.method + " " + name);
    if (name.starts_with("list")) return {http_answer(200, "{\"tags\":[" + list() + "]}")};
    const auto* bytes = find(name);
    if (bytes == nullptr) return {http_answer(404)};
    const std::string digest = test::sha256(*bytes);
    if (request.method == "DELETE") return remove(name, digest);
    const std::string headers =
        kType + (reports_digest ? "Docker-Content-Digest: " + digest + "\r\n" : "");
    if (request.method == "GET") return {http_answer(200, *bytes, headers)};
    return {"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(bytes->size()) + "\r\n" +
            headers + "\r\n"};
  }

 private:
  [[nodiscard]] std::string list() const {
    std::string text;
    for (const auto& [tag, unused] : tags) text += (text.empty() ? "\"" : ",\"") + tag + "\"";
    return text;
  }
  [[nodiscard]] const std::string* find(const std::string& name) const {
    for (const auto& [tag, bytes] : tags)
      if (tag == name || test::sha256(bytes) == name) return &bytes;
    return nullptr;
  }
  Scripted remove(const std::string& name, const std::string& digest) {
    const bool by_digest = name == digest;
    if (!by_digest && !deletes_tags) return {http_answer(405)};
    if (!by_digest) tags.erase(name);
    if (by_digest)
      std::erase_if(tags, [&](const auto& one) { return test::sha256(one.second) == digest; });
    return {http_answer(202)};
  }
};

}  // namespace

TEST_CASE("digest: one HEAD; the manifest is read only if the registry reports no digest") {
  TagRegistry registry;
  registry.tags = {{"1", kManifest}};
  TestApp test;
  auto report = app::image_digest(test.app, {.image = registry.name() + ":1"}, test.events);
  REQUIRE_MESSAGE(report.has_value(), report.error().message());
  CHECK(report->root.digest.str() == test::sha256(kManifest));
  CHECK(report->root.size == kManifest.size());
  CHECK(registry.requests == Tags{"HEAD 1"});
  registry.reports_digest = false;
  registry.requests.clear();
  report = app::image_digest(test.app, {.image = registry.name() + ":1"}, test.events);
  REQUIRE(report.has_value());
  CHECK(report->root.digest.str() == test::sha256(kManifest));
  CHECK(registry.requests == Tags{"HEAD 1", "GET 1"});
  CHECK(code_of(app::image_digest(test.app, {.image = registry.name() + ":2"}, test.events)) ==
        "source.no-image");
}

TEST_CASE("inspect: an artifact without an image config") {
  TagRegistry registry;
  registry.tags = {{"1", kManifest}};
  TestApp test;
  const auto report =
      app::inspect(test.app, {.image = {.image = registry.name() + ":1"}}, test.events);
  REQUIRE_MESSAGE(report.has_value(), report.error().message());
  CHECK(report->bytes == kManifest);
  REQUIRE(report->manifests.size() == 1);
  CHECK(report->manifests[0].config_text.empty());
  CHECK(report->manifests[0].layers_size() == 0);
  CHECK(report->referrers.empty());
}

TEST_CASE("tags: a repository without tag and digest") {
  TagRegistry registry;
  registry.tags = {{"1", kManifest}, {"2", kManifest}};
  TestApp test;
  const auto report = app::list_tags(test.app, {.repository = registry.name()}, test.events);
  REQUIRE_MESSAGE(report.has_value(), report.error().message());
  CHECK(report->repository == registry.name());
  CHECK(report->tags == Tags{"1", "2"});
  for (const std::string& wrong :
       {registry.name() + ":1", registry.name() + "@" + test::sha256("x")})
    CHECK(code_of(app::list_tags(test.app, {.repository = wrong}, test.events)) ==
          "tags.reference");
}

TEST_CASE("delete: a tag by its name; else its manifest, if no other tag points to it") {
  TestApp test;
  TagRegistry registry;
  registry.tags = {{"1", kManifest}, {"2", kManifest}, {"3", "{\"other\":1}"}};
  app::DeleteRequest request{.references = {registry.name() + ":1"}};
  {
    app::ImageDeletion deletion(test.app, request, test.events);
    const auto found = deletion.find();
    REQUIRE_MESSAGE(found.has_value(), found.error().message());
    CHECK(found->front().digest.str() == test::sha256(kManifest));
    const auto deleted = deletion.remove(0);
    REQUIRE_MESSAGE(deleted.has_value(), deleted.error().message());
    CHECK_FALSE(deleted->manifest);
    CHECK(registry.tags.size() == 2);
  }
  registry.tags.emplace("1", kManifest);
  registry.deletes_tags = false;
  {
    app::ImageDeletion deletion(test.app, request, test.events);
    REQUIRE(deletion.find().has_value());
    CHECK(code_of(deletion.remove(0)) == "delete.other-tags");
    CHECK(registry.tags.size() == 3);
    registry.tags.erase("2");  // the other tag is deleted meanwhile
    const auto deleted = deletion.remove(0);
    REQUIRE_MESSAGE(deleted.has_value(), deleted.error().message());
    CHECK(deleted->manifest);
    CHECK(deleted->tags == Tags{"1"});
    CHECK(registry.tags.size() == 1);
  }
  registry.tags = {{"1", kManifest}, {"2", kManifest}};
  request.force = true;
  app::ImageDeletion deletion(test.app, request, test.events);
  REQUIRE(deletion.find().has_value());
  const auto deleted = deletion.remove(0);
  REQUIRE_MESSAGE(deleted.has_value(), deleted.error().message());
  CHECK(deleted->tags == Tags{"1", "2"});
  CHECK(registry.tags.empty());
}

TEST_CASE("delete: a tag that moved since it was found is kept") {
  TestApp test;
  TagRegistry registry;
  registry.tags = {{"1", kManifest}};
  const app::DeleteRequest request{.references = {registry.name() + ":1"}};
  app::ImageDeletion deletion(test.app, request, test.events);
  REQUIRE(deletion.find().has_value());
  registry.tags["1"] = "{\"other\":1}";
  CHECK(code_of(deletion.remove(0)) == "delete.changed");
  CHECK(registry.tags.size() == 1);
}
