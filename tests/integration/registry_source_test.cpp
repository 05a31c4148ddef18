// docker://REFERENCE as SOURCE: between real registries, through mirrors, and from failing or
// incorrect registries.
#include <doctest/doctest.h>

#include <atomic>

#include "base/base64.hpp"
#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/free_port.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"
#include "support/requirements.hpp"
#include "support/scripted_server.hpp"

using namespace berth;
using test::Berth;
using test::RealRegistry;
using test::Received;
using test::Scripted;
using test::ScriptedServer;
using test::TempDir;

namespace {

constexpr const char* kIndexType = "application/vnd.oci.image.index.v1+json";
constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";

// Pushes a generated image to the registry; returns its digest.
std::string fill(const Berth& berth, const RealRegistry& registry, const std::string& name,
                 const std::vector<std::string>& layers) {
  const TempDir directory;
  auto digest = test::write_layout(directory, "img", "1", layers);
  const auto pushed =
      berth.run({"push", "oci:" + (directory / "img"), registry.host() + "/" + name});
  REQUIRE_MESSAGE(pushed.status == 0, pushed.err);
  return digest;
}

std::string descriptor(const std::string& digest, std::size_t size, const std::string& more = {}) {
  return std::string(R"({"mediaType":")") + kManifestType + R"(","digest":")" + digest +
         R"(","size":)" + std::to_string(size) + more + "}";
}

std::string get(const std::string& url) {
  return test::run_command(
             {"curl", "--silent", "--fail", "-H", std::string("Accept: ") + kManifestType, url})
      .out;
}

// An index of two existing images, as a/multi:1. Returns its digest.
std::string put_index(const RealRegistry& registry, const std::string& one,
                      const std::string& two) {
  std::string entries;
  for (const auto& [digest, architecture] : {std::pair(one, "amd64"), std::pair(two, "arm64")}) {
    const auto bytes = get("http://" + registry.host() + "/v2/a/multi/manifests/" + digest);
    entries += entries.empty() ? "" : ",";
    entries += descriptor(
        digest, bytes.size(),
        std::string(R"(,"platform":{"os":"linux","architecture":")") + architecture + R"("})");
  }
  const std::string index = std::string(R"({"schemaVersion":2,"mediaType":")") + kIndexType +
                            R"(","manifests":[)" + entries + "]}";
  const TempDir directory;
  const auto put = test::run_command({"curl", "--silent", "--fail", "-X", "PUT", "-H",
                                      std::string("Content-Type: ") + kIndexType, "--data-binary",
                                      "@" + directory.write("index", index),
                                      "http://" + registry.host() + "/v2/a/multi/manifests/1"});
  REQUIRE(put.status == 0);
  return test::sha256(index);
}

std::string code_of(const test::CommandResult& result) {
  const auto document = base::parse_json(result.out, "out");
  const auto* error = document ? document->find("error") : nullptr;
  return error != nullptr ? error->string_or("code", "") : "";
}

test::CommandOptions with_conf(const TempDir& directory, const std::string& text) {
  test::CommandOptions options;
  options.environment = {{"BERTH_REGISTRIES_CONF", directory.write("registries.conf", text)}};
  return options;
}

// A scripted registry: one image a/b:1 with one layer, served by `blob`.
struct FakeImage {
  std::string layer = test::gzip(test::tar_of({{"file", test::noise(900'000, 7)}}));
  std::string config = "{}";
  std::string manifest =
      std::string(R"({"schemaVersion":2,"mediaType":")") + kManifestType +
      R"(","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":")" +
      test::sha256(config) + R"(","size":2},"layers":[{"mediaType":)" +
      R"("application/vnd.oci.image.layer.v1.tar+gzip","digest":")" + test::sha256(layer) +
      R"(","size":)" + std::to_string(layer.size()) + "}]}";

  [[nodiscard]] test::Handler handler(std::function<Scripted()> blob) const {
    return [image = *this, blob = std::move(blob)](const Received& request) -> Scripted {
      if (request.target.find("/manifests/") != std::string::npos)
        return {test::http_answer(200, image.manifest,
                                  std::string("Content-Type: ") + kManifestType + "\r\n")};
      if (request.target.ends_with(test::sha256(image.config)))
        return {test::http_answer(200, image.config)};
      if (request.target.ends_with(test::sha256(image.layer))) return blob();
      return {test::http_answer(200, "{}")};
    };
  }
};

}  // namespace

TEST_CASE("docker source: copies between registries byte for byte") {
  const RealRegistry from;
  const RealRegistry to;
  const Berth berth;
  const auto digest = fill(berth, from, "a/b:1", {"one", test::noise(3 << 20, 1), ""});

  const auto checked =
      berth.run({"check", "docker://" + from.host() + "/a/b:1", to.host() + "/c/d:2"});
  CHECK_MESSAGE(checked.status == 0, checked.err);
  CHECK(to.digest_seen_by_skopeo("c/d:2").empty());

  const auto pushed =
      berth.run({"push", "docker://" + from.host() + "/a/b:1", to.host() + "/c/d:2"});
  REQUIRE_MESSAGE(pushed.status == 0, pushed.err);
  CHECK(pushed.out == to.host() + "/c/d@" + digest + "\n");
  CHECK(to.digest_seen_by_skopeo("c/d:2") == digest);
  const auto copied = test::run_command({"skopeo", "copy", "--src-tls-verify=false",
                                         "docker://" + to.host() + "/c/d:2",
                                         "oci:" + (berth.home() / "read") + ":1"});
  CHECK_MESSAGE(copied.status == 0, copied.err);

  const auto by_digest =
      berth.run({"push", "docker://" + from.host() + "/a/b@" + digest, to.host() + "/c/e:1"});
  CHECK_MESSAGE(by_digest.status == 0, by_digest.err);
  const auto nothing =
      berth.run({"push", "-o", "json", "docker://" + from.host() + "/a/b:9", to.host() + "/c/f:1"});
  CHECK(nothing.status == 6);
  CHECK(code_of(nothing) == "source.no-image");
  const auto offline =
      berth.run({"check", "--offline", "docker://" + from.host() + "/a/b:1", to.host() + "/c/f:1"});
  CHECK(offline.status == 2);
}

TEST_CASE("docker source: copies a whole index, or the image of one platform") {
  const RealRegistry from;
  const RealRegistry to;
  const Berth berth;
  const auto one = fill(berth, from, "a/multi:one", {"amd64"});
  const auto two = fill(berth, from, "a/multi:two", {"arm64"});
  const auto index = put_index(from, one, two);
  const std::string source = "docker://" + from.host() + "/a/multi:1";

  const auto whole = berth.run({"push", source, to.host() + "/all:1"});
  REQUIRE_MESSAGE(whole.status == 0, whole.err);
  CHECK(whole.out == to.host() + "/all@" + index + "\n");
  for (const auto& digest : {one, two, index})
    CHECK_FALSE(test::run_command({"skopeo", "inspect", "--raw", "--tls-verify=false",
                                   "docker://" + to.host() + "/all@" + digest})
                    .status != 0);
  const auto arm_only =
      berth.run({"push", source, to.host() + "/arm:1", "--platform", "linux/arm64"});
  REQUIRE_MESSAGE(arm_only.status == 0, arm_only.err);
  CHECK(to.digest_seen_by_skopeo("arm:1") == two);
  const auto none =
      berth.run({"push", "-o", "json", source, to.host() + "/x:1", "--platform", "linux/s390x"});
  CHECK(none.status == 6);
  CHECK(code_of(none) == "source.no-platform");
}

TEST_CASE("docker source: tries mirrors in order, then the location itself") {
  const RealRegistry mirror;
  const RealRegistry origin;
  const RealRegistry to;
  const Berth berth;
  const TempDir directory;
  const auto mirrored = fill(berth, mirror, "cache/b:1", {"mirrored"});
  const auto original = fill(berth, origin, "a/only:1", {"original"});
  const std::string down = "localhost:" + std::to_string(test::free_port());
  const auto options = with_conf(
      directory, "[[registry]]\nprefix = 'images.example/team'\nlocation = '" + origin.host() +
                     "/a'\n[[registry.mirror]]\nlocation = '" + down +
                     "/x'\n[[registry.mirror]]\nlocation = '" + mirror.host() + "/cache'\n" +
                     "[[registry]]\nlocation = 'images.example/secret'\nblocked = true\n");
  auto push = [&](const std::string& image, const std::string& to_name) {
    return berth.run(
        {"push", "-v", "-o", "json", "docker://images.example/" + image, to.host() + "/" + to_name},
        options);
  };
  const auto first = push("team/b:1", "b:1");
  REQUIRE_MESSAGE(first.status == 0, first.err);
  CHECK(to.digest_seen_by_skopeo("b:1") == mirrored);
  CHECK(first.err.find("skipping " + down + "/x/b:1: cannot connect to ") != std::string::npos);
  CHECK_MESSAGE(first.err.find("read_from=" + mirror.host() +
                               "/cache/b:1 by=mirror of images.example/team, " +
                               (directory / "registries.conf") + ":1") != std::string::npos,
                first.err);
  const auto last = push("team/only:1", "only:1");
  REQUIRE_MESSAGE(last.status == 0, last.err);
  CHECK(to.digest_seen_by_skopeo("only:1") == original);
  CHECK(push("team/nowhere:1", "x:1").status == 6);
  const auto blocked = push("secret/b:1", "x:1");
  CHECK(blocked.status == 5);
  CHECK(code_of(blocked) == "registries-conf.blocked");
}

TEST_CASE("docker source: resolves short names") {
  const RealRegistry from;
  const RealRegistry to;
  const Berth berth;
  const TempDir directory;
  const auto digest = fill(berth, from, "a/b:1", {"one"});
  const std::vector<std::string> push{"push", "-o", "json", "docker://b:1", to.host() + "/b:1"};
  const auto alias =
      berth.run(push, with_conf(directory, "[aliases]\nb = '" + from.host() + "/a/b'"));
  CHECK_MESSAGE(alias.status == 0, alias.err);
  CHECK(to.digest_seen_by_skopeo("b:1") == digest);
  const auto many = berth.run(
      push, with_conf(directory, "unqualified-search-registries = ['a.example', 'b.example']"));
  CHECK(many.status == 2);
  CHECK(code_of(many) == "registries-conf.ambiguous");
  const auto only =
      berth.run({"push", "docker://a/b:1", to.host() + "/b:2"},
                with_conf(directory, "unqualified-search-registries = ['" + from.host() + "']"));
  CHECK_MESSAGE(only.status == 0, only.err);
}

TEST_CASE("docker source: uses its own credentials, not those passed for the destination") {
  const RealRegistry from({"alice", "open sesame"});
  const RealRegistry to({"bob", "other secret"});
  const Berth berth;
  const TempDir directory;
  const auto digest = test::write_layout(directory, "img", "1", {"one"});
  test::CommandOptions alice;
  alice.input = "open sesame\n";
  REQUIRE(berth
              .run({"push", "oci:" + (directory / "img"), from.host() + "/a/b:1", "--username",
                    "alice", "--password-stdin"},
                   alice)
              .status == 0);
  test::CommandOptions bob;
  bob.input = "other secret\n";
  const std::vector<std::string> push{"push",
                                      "docker://" + from.host() + "/a/b:1",
                                      to.host() + "/b:1",
                                      "--username",
                                      "bob",
                                      "--password-stdin"};
  const auto refused = berth.run(push, bob);
  CHECK(refused.status == 4);
  CHECK_MESSAGE(refused.err.find("no credentials for " + from.host()) != std::string::npos,
                refused.err);
  berth.home().write("docker/config.json", R"({"auths":{")" + from.host() + R"(":{"auth":")" +
                                               base::base64_encode("alice:open sesame") +
                                               R"("}}})");
  const auto pushed = berth.run(push, bob);
  CHECK_MESSAGE(pushed.status == 0, pushed.err);
  CHECK(pushed.out == to.host() + "/b@" + digest + "\n");
  berth.home().write("docker/config.json", "{}");
  const auto same = berth.run({"push", "docker://" + from.host() + "/a/b:1", from.host() + "/a/c:1",
                               "--username", "alice", "--password-stdin"},
                              alice);
  CHECK_MESSAGE(same.status == 0, same.err);
}

TEST_CASE("docker source: a blob whose digest differs from its manifest is never tagged") {
  const FakeImage image;
  const RealRegistry to;
  const Berth berth;
  std::string other = image.layer;
  other[other.size() - 1] ^= 1;
  const std::pair<std::string, std::string> responses[] = {
      {test::http_answer(200, other), "source.blob"},
      {test::http_answer(200, image.layer.substr(1)), "source.blob"},
      {test::http_answer(200, image.layer + "x"), "registry.blob-size"},
      {test::http_answer(404), "registry.blob-not-found"}};
  for (const auto& response : responses) {
    CAPTURE(response.second);
    ScriptedServer from(image.handler([answer = response.first] { return Scripted{answer}; }));
    const auto pushed =
        berth.run({"push", "-o", "json", "docker://" + from.host() + "/a/b:1", to.host() + "/b:1"});
    CHECK(pushed.status != 0);
    CHECK_MESSAGE(code_of(pushed) == response.second, pushed.err);
    CHECK(to.digest_seen_by_skopeo("b:1").empty());
    CHECK(to.open_uploads() == 0);
  }
}

TEST_CASE("docker source: resumes an interrupted download") {
  const FakeImage image;
  const RealRegistry to;
  const Berth berth;
  std::atomic<int> fetches{0};
  ScriptedServer from(image.handler([&]() -> Scripted {
    const auto whole = test::http_answer(200, image.layer);
    if (++fetches == 1) return {whole.substr(0, whole.size() / 2), true};
    return {whole};
  }));
  const auto pushed = berth.run({"push", "docker://" + from.host() + "/a/b:1", to.host() + "/b:1"});
  REQUIRE_MESSAGE(pushed.status == 0, pushed.err);
  CHECK(fetches == 2);
  CHECK(to.digest_seen_by_skopeo("b:1") == test::sha256(image.manifest));
}

TEST_CASE("docker source: --timeout stops a push from an unresponsive source") {
  const FakeImage image;
  const RealRegistry to;
  const Berth berth;
  ScriptedServer from(image.handler([&]() -> Scripted {
    Scripted half{test::http_answer(200, image.layer).substr(0, 100'000)};
    half.wait = true;
    return half;
  }));
  const auto pushed = berth.run({"push", "--timeout", "1s", "-o", "json",
                                 "docker://" + from.host() + "/a/b:1", to.host() + "/b:1"});
  CHECK_MESSAGE(pushed.status == 8, pushed.err);
  CHECK_FALSE(pushed.timed_out);
  CHECK(to.open_uploads() == 0);
}

TEST_CASE("docker source: memory use does not grow with the layer") {
  const RealRegistry from;
  const RealRegistry to;
  const Berth berth;
  fill(berth, from, "a/b:1", {test::noise(64 << 20, 3)});
  const auto pushed =
      berth.run({"push", "-q", "docker://" + from.host() + "/a/b:1", to.host() + "/b:1"});
  REQUIRE_MESSAGE(pushed.status == 0, pushed.err);
  CHECK(pushed.peak_kib < test::kMaxMemory);
  MESSAGE("peak KiB: ", pushed.peak_kib);
}
