// inspect and digest: registries, layouts, archives; skopeo is the independent reader.
#include <doctest/doctest.h>

#include "base/json_parser.hpp"
#include "support/berth.hpp"
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

base::Json document_of(const test::CommandResult& result) {
  auto parsed = base::parse_json(result.out, "standard output");
  REQUIRE_MESSAGE(parsed.has_value(), result.out, result.err);
  return std::move(*parsed);
}

std::string code_of(const test::CommandResult& result) {
  const auto document = document_of(result);
  const auto* error = document.find("error");
  return error != nullptr ? error->string_or("code", "") : "";
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string entry(const std::string& digest, std::size_t size, const std::string& more = {}) {
  return std::string(R"({"mediaType":")") + kManifestType + R"(","digest":")" + digest +
         R"(","size":)" + std::to_string(size) + more + "}";
}

std::string index_of(const std::string& entries) {
  return std::string(R"({"schemaVersion":2,"mediaType":")") + kIndexType +
         R"(","annotations":{"org.opencontainers.image.version":"1.2"},"manifests":[)" + entries +
         "]}";
}

const std::string kConfig =
    R"({"architecture":"arm64","os":"linux","created":"2024-05-06T07:08:09Z","config":{"Entrypoint":["/app"],"Env":["A=b"],"Labels":{"team":"x"}},"rootfs":{"type":"layers","diff_ids":[]}})";

std::string manifest_of(const std::string& config, const std::string& more = {}) {
  return std::string(R"({"schemaVersion":2,"mediaType":")") + kManifestType +
         R"(","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":")" +
         test::sha256(config) + R"(","size":)" + std::to_string(config.size()) +
         R"(},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:)" +
         std::string(64, '7') + R"(","size":2048}])" + more + "}";
}

// A registry with the Referrers API, which Debian's lacks: documents by the last part of the path.
struct FakeRegistry {
  std::map<std::string, std::string> documents;  // "manifests/1" and the like
  std::map<std::string, std::string> types;      // by the same key; else a manifest
  ScriptedServer server{[this](const Received& request) { return handle(request); }};

  void add(const std::string& tag, const std::string& bytes, const char* type = kManifestType) {
    for (const auto& name : {tag, test::sha256(bytes)}) {
      documents["manifests/" + name] = bytes;
      types["manifests/" + name] = type;
    }
  }
  Scripted handle(const Received& request) {
    if (!request.target.starts_with("/v2/a/")) return {test::http_answer(200, "{}")};
    const auto found = documents.find(request.target.substr(6));
    if (found == documents.end())
      return {test::http_answer(404, R"({"errors":[{"code":"MANIFEST_UNKNOWN"}]})")};
    const auto type = types.count(found->first) != 0 ? types[found->first] : kManifestType;
    const std::string headers = "Content-Type: " + type +
                                "\r\nDocker-Content-Digest: " + test::sha256(found->second) +
                                "\r\n";
    if (request.method == "HEAD")
      return {"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(found->second.size()) +
              "\r\n" + headers + "\r\n"};
    if (request.target.find("/manifests/") == std::string::npos)
      return {test::http_answer(200, found->second, "Content-Type: " + type + "\r\n")};
    return {test::http_answer(200, found->second, headers)};
  }
};

}  // namespace

TEST_CASE("inspect: an image in a registry, as skopeo reads it") {
  const RealRegistry registry;
  const Berth berth;
  const TempDir directory;
  const auto digest = test::write_layout(directory, "img", "1", {"one", test::noise(200'000, 3)});
  const std::string reference = registry.host() + "/a/b:1";
  REQUIRE(berth.run({"push", "oci:" + (directory / "img"), reference}).status == 0);

  const auto text = berth.run({"inspect", reference});
  CHECK_MESSAGE(text.status == 0, text.err);
  CHECK(text.err.empty());
  CHECK(has(text.out, "digest  " + digest + "\n"));
  CHECK(has(text.out, "LAYER  DIGEST"));

  const auto document = document_of(berth.run({"inspect", reference, "-o", "json"}));
  CHECK(document.string_or("digest", "") == digest);
  CHECK(document.string_or("reference", "") == reference);
  CHECK(document.string_or("kind", "") == "manifest");
  CHECK(document.find("ok")->as_bool() == true);
  const auto seen = test::run_command(
      {"skopeo", "inspect", "--tls-verify=false", "--raw", "docker://" + reference});
  REQUIRE(seen.status == 0);
  const auto manifest = *base::parse_json(seen.out, "manifest");
  const auto& layers = *document.find("manifests")->as_array()->front().find("layers")->as_array();
  const auto& expected = *manifest.find("layers")->as_array();
  REQUIRE(layers.size() == expected.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    CHECK(*layers[i].find("digest") == *expected[i].find("digest"));
    CHECK(*layers[i].find("size") == *expected[i].find("size"));
    CHECK(*layers[i].find("media_type") == *expected[i].find("mediaType"));
  }
  CHECK(document.find("referrers")->as_array()->empty());
  CHECK(berth.run({"inspect", "--raw", reference}).out == seen.out);
  const auto config = test::run_command(
      {"skopeo", "inspect", "--tls-verify=false", "--config", "--raw", "docker://" + reference});
  CHECK(berth.run({"inspect", "--config", reference}).out == config.out);

  // The same image by every other name.
  berth.register_registry("local", "default", registry.host() + "/a");
  for (const std::string& image :
       {std::string("local/b:1"), "docker://" + reference, "oci:" + (directory / "img"),
        "oci:" + (directory / "img:1"), registry.host() + "/a/b@" + digest}) {
    CAPTURE(image);
    CHECK(berth.run({"digest", image}).out == digest + "\n");
    CHECK(berth.run({"inspect", "--raw", image}).out == seen.out);
  }
  const auto found = document_of(berth.run({"digest", reference, "-o", "json"}));
  CHECK(found.string_or("media_type", "") == kManifestType);
  CHECK(found.find("size")->as_uint() == seen.out.size());
}

TEST_CASE("inspect: a registered layout, an archive without a manifest") {
  const Berth berth;
  const TempDir directory;
  const auto digest = test::write_layout(directory, "img", "1", {"one"});
  berth.register_registry("shelf", "layout", "oci:" + (directory / "shelf"));
  REQUIRE(berth.run({"push", "oci:" + (directory / "img"), "shelf/app:1"}).status == 0);
  CHECK(berth.run({"digest", "shelf/app:1"}).out == digest + "\n");
  CHECK(berth.run({"digest", "shelf/app@" + digest}).out == digest + "\n");
  CHECK(berth.run({"digest", "shelf/app:2"}).status == 6);

  const auto archive = test::docker_archive({test::tar_of({{"f", "x"}})});
  const auto source = "docker-archive:" + directory.write("app.tar", archive.tar());
  const auto text = berth.run({"inspect", source});
  CHECK_MESSAGE(text.status == 0, text.err);
  CHECK(has(text.out, "DIFF ID"));
  CHECK(has(text.err, "has no manifest yet"));
  const auto document = document_of(berth.run({"inspect", source, "-o", "json"}));
  CHECK(document.find("digest")->is_null());
  CHECK(document.find("image")->find("layers")->as_array()->size() == 1);
  CHECK(berth.run({"inspect", "--config", source}).out == archive.config);
  CHECK(code_of(berth.run({"inspect", "--raw", source, "-o", "json"})) == "usage.value");
  CHECK(berth.run({"inspect", "--raw", source}).status == 2);
  CHECK(berth.run({"digest", source}).status == 2);
}

TEST_CASE("inspect: an index with its platforms, attestations, referrers and cosign tags") {
  FakeRegistry fake;
  const std::string amd64 = manifest_of("{}");
  const std::string arm64 = manifest_of(kConfig, R"(,"annotations":{"note":"arm"})");
  const std::string signature = manifest_of("{}", R"(,"artifactType":"sig/one")");
  const std::string index = index_of(
      entry(test::sha256(amd64), amd64.size(),
            R"(,"platform":{"os":"linux","architecture":"amd64"})") +
      "," +
      entry(test::sha256(arm64), arm64.size(),
            R"(,"platform":{"os":"linux","architecture":"arm64","variant":"v8"})") +
      "," +
      entry(
          "sha256:" + std::string(64, '5'), 10,
          R"(,"platform":{"os":"unknown","architecture":"unknown"},"annotations":{"vnd.docker.reference.type":"attestation-manifest"})"));
  fake.add("1", index, kIndexType);
  fake.add("amd", amd64);
  fake.add("arm", arm64);
  fake.documents["blobs/" + test::sha256("{}")] = "{}";
  fake.documents["blobs/" + test::sha256(kConfig)] = kConfig;
  fake.documents["referrers/" + test::sha256(index)] =
      index_of(entry(test::sha256(signature), signature.size(), R"(,"artifactType":"sig/one")"));
  fake.types["referrers/" + test::sha256(index)] = kIndexType;
  fake.add("sha256-" + test::sha256(index).substr(7) + ".sig", signature);
  const Berth berth;
  const std::string reference = fake.server.host() + "/a:1";

  const auto text = berth.run({"inspect", reference});
  CHECK_MESSAGE(text.status == 0, text.err);
  CHECK(has(text.out, "linux/amd64  "));
  CHECK(has(text.out, "linux/arm64  "));
  CHECK(has(text.out, "missing"));  // the attestation, which the registry lacks
  CHECK(has(text.out, "org.opencontainers.image.version  1.2"));
  CHECK(has(text.out, "sig/one"));
  const auto document = document_of(berth.run({"inspect", reference, "-o", "json"}));
  CHECK(document.string_or("kind", "") == "index");
  const auto& manifests = *document.find("manifests")->as_array();
  REQUIRE(manifests.size() == 3);
  CHECK(manifests[1].find("layers_size")->as_uint() == 2048);
  CHECK(manifests[1].find("image_config")->string_or("created", "") == "2024-05-06T07:08:09Z");
  CHECK(manifests[1].find("manifest_annotations")->string_or("note", "") == "arm");
  CHECK(manifests[2].string_or("state", "") == "missing");
  const auto& referrers = *document.find("referrers")->as_array();
  REQUIRE(referrers.size() == 2);
  CHECK(referrers[0].string_or("artifact_type", "") == "sig/one");
  CHECK(referrers[1].string_or("tag", "").ends_with(".sig"));

  const auto one = berth.run({"inspect", "--platform", "linux/arm64", reference});
  CHECK_MESSAGE(one.status == 0, one.err);
  CHECK(has(one.out, test::sha256(arm64)));
  CHECK(has(one.out, "[\"/app\"]"));
  CHECK(has(one.out, "team=x"));
  CHECK(berth.run({"inspect", "--raw", "--platform", "linux/arm64", reference}).out == arm64);
  CHECK(berth.run({"inspect", "--config", "--platform", "linux/arm64", reference}).out == kConfig);
  const auto ambiguous = berth.run({"inspect", "--config", reference});
  CHECK(ambiguous.status == 2);
  CHECK(has(ambiguous.err, "--platform linux/amd64"));
  CHECK(berth.run({"inspect", "--platform", "linux/s390x", reference}).status == 6);
}

TEST_CASE("inspect: documents that do not match their digests or sizes are class integrity") {
  const Berth berth;
  const std::string child = manifest_of("{}");
  FakeRegistry wrong_size;
  wrong_size.add("1", index_of(entry(test::sha256(child), child.size() + 1)), kIndexType);
  wrong_size.add("child", child);
  const auto sized = berth.run({"inspect", wrong_size.server.host() + "/a:1"});
  CHECK_MESSAGE(sized.status == 10, sized.err);
  FakeRegistry wrong_bytes;
  wrong_bytes.add("1", index_of(entry(test::sha256(child), child.size())), kIndexType);
  wrong_bytes.documents["manifests/" + test::sha256(child)] = manifest_of("[]");
  CHECK(berth.run({"inspect", wrong_bytes.server.host() + "/a:1"}).status == 10);
  FakeRegistry wrong_config;
  wrong_config.add("1", manifest_of(kConfig));
  wrong_config.documents["blobs/" + test::sha256(kConfig)] = std::string(kConfig.size(), ' ');
  CHECK(berth.run({"inspect", wrong_config.server.host() + "/a:1"}).status == 10);
}

TEST_CASE("inspect: an index of 10,000 manifests is one request and flat memory") {
  FakeRegistry fake;
  std::string entries;
  for (int i = 0; i < 10'000; ++i) {
    auto hex = std::to_string(i);
    hex.insert(0, 64 - hex.size(), '0');
    entries += (i == 0 ? "" : ",") + entry("sha256:" + hex, 500,
                                           R"(,"platform":{"os":"linux","architecture":"a)" +
                                               std::to_string(i) + R"("})");
  }
  fake.add("1", index_of(entries), kIndexType);
  const Berth berth;
  const auto text = berth.run({"inspect", fake.server.host() + "/a:1"});
  CHECK_MESSAGE(text.status == 0, text.err);
  CHECK(has(text.out, "linux/a9999"));
  CHECK(has(text.err, "the index has 10000 entries"));
  CHECK(text.peak_kib <= test::kMaxMemory);
  const auto json = berth.run({"inspect", fake.server.host() + "/a:1", "-o", "json"});
  CHECK(document_of(json).find("manifests")->as_array()->size() == 10'000);
  CHECK(fake.server.received().size() < 20);
}

TEST_CASE("inspect: hostile text of a registry is escaped") {
  FakeRegistry fake;
  const std::string config =
      R"({"os":"linux","architecture":"amd64","config":{"Cmd":["a\u001b[31m"],"Labels":{"k\u202e":"v\u0007"}}})";
  fake.add("1", manifest_of(config, R"(,"annotations":{"x\u001b]0;t":"y\u001b[2J"})"));
  fake.documents["blobs/" + test::sha256(config)] = config;
  const Berth berth;
  const auto text = berth.run({"inspect", fake.server.host() + "/a:1"});
  CHECK_MESSAGE(text.status == 0, text.err);
  CHECK_FALSE(has(text.out + text.err, "\x1b"));
  CHECK_FALSE(has(text.out, "\a"));
  CHECK_FALSE(has(text.out, "\u202e"));
}

TEST_CASE("inspect: an image that does not exist, and a name that is not registered") {
  const RealRegistry registry;
  const Berth berth;
  for (const char* command : {"inspect", "digest"}) {
    CHECK(code_of(berth.run({command, registry.host() + "/no/image:1", "-o", "json"})) ==
          "source.no-image");
    CHECK(berth.run({command, "alpine"}).status == 6);
    CHECK(berth.run({command, "./nothing"}).status == 6);
  }
}
