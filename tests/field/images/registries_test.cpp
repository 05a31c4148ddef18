// Unusual registries as sources: other content types, schema 1, attestations that are not served.
#include "base/json_parser.hpp"
#include "field/images/bench.hpp"

using namespace berth;
using base::Json;
using test::bench;
using test::digest_of;
using test::mentions;
using test::Received;
using test::Scripted;
using test::ScriptedServer;

namespace {

// Serves the blobs of a layout as blobs and as manifests, with the given content type.
class LayoutServer {
 public:
  explicit LayoutServer(const test::Layout& layout) : layout_(layout) {}
  std::map<std::string, std::string> types;  // by digest; others: none
  std::string tag;                           // the digest that "t" points to

  [[nodiscard]] std::string source() const { return "docker://" + server_.host() + "/old/app:t"; }

 private:
  Scripted respond(const Received& request) const {
    if (request.target == "/v2/") return {test::http_answer(200, "{}")};
    const auto slash = request.target.rfind('/');
    const auto name = request.target.substr(slash + 1);
    const auto digest = name == "t" ? tag : name;
    const bool is_manifest = mentions(request.target, "/manifests/");
    const auto type = types.find(digest);
    if (is_manifest != (type != types.end())) return {test::http_answer(404, "{}")};
    const auto body = test::slurp(layout_.blob_path(digest));
    if (body.empty()) return {test::http_answer(404, "{}")};
    const auto content_type = type != types.end() ? type->second : "application/octet-stream";
    const auto headers = (content_type.empty() ? "" : "Content-Type: " + content_type + "\r\n") +
                         "Docker-Content-Digest: " + digest + "\r\n";
    if (request.method == "HEAD")
      return {"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
              headers + "\r\n"};
    return {test::http_answer(200, body, headers)};
  }

  const test::Layout& layout_;
  ScriptedServer server_{[this](const Received& request) { return respond(request); }};
};

}  // namespace

TEST_CASE(
    "field: a manifest is served with another content type (pulp_container#1147, spegel#172)") {
  auto& b = bench();
  const auto layout = b.layout("content types");
  const auto image = layout.manifest({"a"});
  const auto index =
      layout.blob(R"({"schemaVersion":2,"manifests":[)" + image.dump() + "]}", test::kOciIndex);
  LayoutServer server(layout);
  server.tag = digest_of(index);
  server.types[digest_of(image)] = "application/json";
  for (const char* type :
       {"application/json", "text/plain; charset=utf-8", "application/octet-stream", "",
        "application/vnd.oci.image.index.v1+json"}) {
    CAPTURE(type);
    server.types[digest_of(index)] = type;
    b.check_stored(b.push(server.source()), digest_of(index));
  }
}

TEST_CASE(
    "field: Docker schema 1 in a registry (skopeo#959, containers/image#1005, "
    "go-containerregistry#732)") {
  auto& b = bench();
  const auto layout = b.layout("schema 1");
  const auto old = layout.blob(
      R"({"schemaVersion":1,"name":"old/app","tag":"t","fsLayers":[],"history":[]})", "");
  LayoutServer server(layout);
  server.tag = digest_of(old);
  for (const char* type :
       {"application/vnd.docker.distribution.manifest.v1+prettyjws",
        "application/vnd.docker.distribution.manifest.v1+json", "application/json"}) {
    CAPTURE(type);
    server.types[digest_of(old)] = type;
    const auto refused = b.push(server.source());
    b.check_refused(refused, test::kValidation);
    CHECK(mentions(refused.error("message"), "schema 1"));
    CHECK(mentions(refused.error("fix"), "skopeo copy --format v2s2"));
  }
}

TEST_CASE(
    "field: attestations that the registry lists and does not serve (openshift/oc-mirror#1526)") {
  auto& b = bench();
  const auto layout = b.layout("not served");
  const auto amd64 = test::with_platform(layout.manifest({"amd64"}), "linux", "amd64");
  const auto arm64 = test::with_platform(layout.manifest({"arm64"}), "linux", "arm64");
  const auto about = test::attestation_of(layout, amd64);
  const auto index = layout.index({amd64, arm64, about});
  LayoutServer server(layout);
  server.tag = digest_of(index);
  for (const auto& document : {amd64, arm64})
    server.types[digest_of(document)] = test::kOciManifest;
  server.types[digest_of(index)] = test::kOciIndex;
  const auto refused = b.push(server.source());
  b.check_refused(refused, test::kNotFound);
  CHECK(mentions(refused.error("cause"), "attestation " + digest_of(about).substr(0, 19)));
  CHECK(refused.error("fix") ==
        "select the available platforms: --platform linux/amd64,linux/arm64");
  const auto pushed = b.push(server.source(), {"--platform", "linux/amd64,linux/arm64"});
  REQUIRE_MESSAGE(pushed.result.status == 0, pushed.result.out);
  CHECK(mentions(pushed.finding("source.attestations"), "the source does not have it"));
  CHECK(test::parse_json(b.manifest(pushed)).find("manifests")->as_array()->size() == 2);
}

TEST_CASE("field: the content of a digest is verified in its own algorithm") {
  auto& b = bench();
  const auto layout = b.layout("by digest");
  const auto image = layout.manifest({"a"});
  LayoutServer server(layout);
  const auto bytes = test::slurp(layout.blob_path(digest_of(image)));
  const auto other = oci::digest_of("other", oci::Algorithm::sha512).str();
  server.types[other] = test::kOciManifest;
  b.directory.write("by digest/blobs/sha256/" + other.substr(7), bytes);
  const auto source = server.source();
  const auto refused = b.push(source.substr(0, source.rfind(':')) + "@" + other);
  b.check_refused(refused, test::kIntegrity);
  CHECK(refused.error("code") == "registry.manifest-digest");
}
