// OCI layouts as sources: the index, the content of an image, platforms, and broken layouts.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include "base/json_parser.hpp"
#include "image/layout_fixture.hpp"
#include "image/layout_index.hpp"
#include "image/ready_source.hpp"

using namespace berth;
using base::ErrorClass;
using image::ReadyImage;
using test::Layout;
using test::TempDir;

namespace {

base::Result<std::unique_ptr<image::Source>> open(
    const Layout& layout, const std::string& selector = "",
    const std::vector<oci::Platform>& platforms = {}) {
  return image::layout_source(image::directory_layout(layout.path()), selector, platforms);
}

const ReadyImage& image_of(const image::Source& source) {
  return std::get<ReadyImage>(source.contents());
}

std::string code_of(const Layout& layout, const std::string& selector = "",
                    const std::vector<oci::Platform>& platforms = {}) {
  const auto source = open(layout, selector, platforms);
  return source ? "" : source.error().code();
}

const oci::Platform kAmd{"linux", "amd64", ""};
const oci::Platform kArm{"linux", "arm64", "v8"};
const oci::Platform kMips{"linux", "mips64", ""};

}  // namespace

TEST_CASE("layout index: rejects an index.json that is broken, missing or of another version") {
  const TempDir directory;
  const std::pair<const char*, const char*> bad_index[] = {
      {"", "source.layout"},
      {"{", "source.layout"},
      {"[]", "source.layout"},
      {"{}", "source.layout"},
      {R"({"manifests":{}})", "source.layout"},
      {R"({"manifests":[{}]})", "source.layout"},
      {R"({"manifests":[{"digest":"sha256:zz","size":1}]})", "source.layout"},
      {R"({"manifests":[]})", "source.empty"},
      {R"({"manifests":null})", "source.empty"},
      {R"({"manifests":[{"digest":"blake3:0123456789abcdef0123456789abcdef","size":1}]})",
       "descriptor.algorithm"},
  };
  for (const auto& one : bad_index) {
    CAPTURE(one.first);
    const Layout layout(directory, "broken");
    directory.write("broken/index.json", one.first);
    CHECK(code_of(layout) == one.second);
  }
  const Layout layout(directory, "version");
  layout.write_index({layout.manifest({"a"})});
  directory.write("version/oci-layout", R"({"imageLayoutVersion":"2.0.0"})");
  CHECK(code_of(layout) == "source.layout-version");
  CHECK(open(layout).error().error_class() == ErrorClass::validation);
  directory.write("no index/oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  const auto none = open(Layout::at(directory, "no index"));
  CHECK(none.error().code() == "source.no-layout");
  CHECK(none.error().error_class() == ErrorClass::not_found);
}

TEST_CASE("layout index: does not require the file oci-layout") {
  const TempDir directory;
  const Layout layout(directory, "img");
  layout.write_index({layout.manifest({"a"})});
  for (const std::string& marker :
       {std::string(), std::string("{}"), std::string("{"),
        std::string(R"({"imageLayoutVersion":1})"),
        std::string(R"({"imageLayoutVersion":"1.1.0"})"), std::string(5'000, ' ')}) {
    const auto shown = marker.substr(0, 40);
    CAPTURE(shown);
    directory.write("img/oci-layout", marker);
    CHECK(code_of(layout).empty());
  }
  boost::filesystem::remove(directory / "img/oci-layout");
  CHECK(code_of(layout).empty());
}

TEST_CASE("layout source: selects one of several images by name") {
  const TempDir directory;
  const Layout layout(directory, "img");
  auto first = layout.manifest({"one"});
  auto second = layout.manifest({"two"});
  auto third = layout.manifest({"three"});
  first.set("annotations", base::Json::object({{std::string(image::kRefName), "1"}}));
  second.set(
      "annotations",
      base::Json::object({{std::string(image::kContainerdName), "docker.io/library/app:2"}}));
  layout.write_index({first, second, third});
  CHECK(image_of(**open(layout, "1")).manifests.back().digest.str() ==
        first.string_or("digest", ""));
  CHECK(image_of(**open(layout, "docker.io/library/app:2")).manifests.back().digest.str() ==
        second.string_or("digest", ""));
  CHECK(image_of(**open(layout, "@2")).manifests.back().digest.str() ==
        third.string_or("digest", ""));
  const std::string kThree =
      "available: 1 (linux/amd64), docker.io/library/app:2 (linux/amd64), @2 (linux/amd64)";
  const auto several = open(layout);
  CHECK(several.error().code() == "source.ambiguous");
  CHECK(several.error().cause() == kThree);
  const auto none = open(layout, "9");
  CHECK(none.error().error_class() == ErrorClass::not_found);
  CHECK(none.error().cause() == "available: 1, docker.io/library/app:2, @2");
}

TEST_CASE("layout source: lists each blob once, manifests before their index, no foreign layers") {
  const TempDir directory;
  const Layout layout(directory, "img");
  const auto shared = layout.blob("shared", std::string(oci::media_type::kOciLayerGzip));
  auto foreign =
      layout.blob("windows", "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip");
  boost::filesystem::remove(layout.blob_path(foreign.string_or("digest", "")));
  const auto one = layout.manifest_of({shared, shared, foreign, layout.blob("a", "application/x")});
  const auto two = layout.manifest_of({layout.blob("b", ""), shared});
  const auto root = layout.index({one, two, one});
  layout.write_index({root});
  const auto source = open(layout).value();
  const auto& image = image_of(*source);
  REQUIRE(image.manifests.size() == 3);
  CHECK(image.manifests[0].digest.str() == one.string_or("digest", ""));
  CHECK(image.manifests[1].digest.str() == two.string_or("digest", ""));
  CHECK(image.manifests[2].digest.str() == root.string_or("digest", ""));
  CHECK(image.manifests[2].bytes == test::slurp(layout.blob_path(root.string_or("digest", ""))));
  CHECK(image.blobs.size() == 4);  // the config, shared, a, b
  for (const auto& blob : image.blobs) CHECK(source->open_blob(blob.descriptor).has_value());
}

TEST_CASE("layout source: platforms select from an index, and each requested one must exist") {
  const TempDir directory;
  const Layout layout(directory, "img");
  const auto amd = layout.manifest({"amd"}, kAmd);
  const auto arm = layout.manifest({"arm"}, kArm);
  const auto attestation = layout.manifest({"proof"}, oci::Platform{"unknown", "unknown", ""});
  const auto root = layout.index({amd, arm, attestation});
  layout.write_index({root});
  CHECK(image_of(**open(layout)).manifests.size() == 4);

  const auto arm_only = open(layout, "", {kArm}).value();
  REQUIRE(image_of(*arm_only).manifests.size() == 1);
  CHECK(image_of(*arm_only).manifests[0].digest.str() == arm.string_or("digest", ""));
  CHECK(image_of(**open(layout, "", {{"linux", "arm64", ""}})).manifests.size() == 1);

  const auto both = open(layout, "", {kAmd, kArm}).value();
  REQUIRE(image_of(*both).manifests.size() == 3);
  const auto& reduced = image_of(*both).manifests.back();
  CHECK(reduced.digest == oci::digest_of(reduced.bytes));
  const auto document = base::parse_json(reduced.bytes, "index").value();
  REQUIRE(document.find("manifests")->as_array()->size() == 2);
  CHECK((*document.find("manifests")->as_array())[1] == arm);
  CHECK(document.string_or("mediaType", "") == oci::media_type::kOciIndex);

  const auto none = open(layout, "", {kAmd, kMips});
  CHECK(none.error().code() == "source.no-platform");
  CHECK(none.error().cause() == "available: linux/amd64, linux/arm64");
  CHECK(code_of(layout, "", {{"linux", "arm64", "v7"}}) == "source.no-platform");
}

TEST_CASE("layout source: a single manifest has the platform of its config") {
  const TempDir directory;
  const Layout layout(directory, "img");
  layout.write_index({layout.manifest({"a"})});
  CHECK(code_of(layout, "", {kAmd}).empty());
  CHECK(code_of(layout, "", {kArm}) == "source.no-platform");
}

TEST_CASE("layout source: follows nested indexes up to a limit") {
  const TempDir directory;
  const Layout layout(directory, "img");
  auto root = layout.manifest({"a"});
  for (int depth = 0; depth < 4; ++depth) root = layout.index({root});
  layout.write_index({root});
  CHECK(image_of(**open(layout)).manifests.size() == 5);
  layout.write_index({layout.index({root})});
  CHECK(code_of(layout) == "source.too-deep");
}

TEST_CASE("layout source: rejects inconsistent manifests and descriptors") {
  const TempDir directory;
  const Layout layout(directory, "img");
  const auto good = layout.manifest({"a"});
  const auto with = [&](const char* key, base::Json value) {
    auto entry = good;
    entry.set(key, std::move(value));
    layout.write_index({entry});
    return code_of(layout);
  };
  CHECK(with("size", 5) == "source.blob");
  CHECK(with("digest", test::sha256("other")) == "source.missing");
  CHECK(with("mediaType", std::string(oci::media_type::kOciIndex)) == "manifest.media-type");
  directory.write("img/blobs/sha256/" + test::sha256("other").substr(7), "not other");
  CHECK(with("digest", test::sha256("other")) == "source.blob");
  const auto large = layout.blob(std::string(oci::kManifestLimit + 1, ' '),
                                 std::string(oci::media_type::kOciManifest));
  layout.write_index({large});
  CHECK(code_of(layout) == "source.too-large");

  auto layer = layout.blob("layer", "application/x");
  auto longer = layer;
  longer.set("size", 6);
  layout.write_index({layout.index({layout.manifest_of({layer}), layout.manifest_of({longer})})});
  CHECK(code_of(layout) == "source.blob");
}

TEST_CASE(
    "layout source: rejects blobs that are missing, irregular or of another size when they are "
    "opened") {
  const TempDir directory;
  const Layout layout(directory, "img");
  const auto layer = layout.blob("layer", "application/x");
  layout.write_index({layout.manifest_of({layer})});
  const auto source = open(layout).value();
  const auto& blob = image_of(*source).blobs.back().descriptor;
  const auto path = layout.blob_path(blob.digest.str());
  CHECK(source->open_blob(blob).has_value());
  boost::filesystem::resize_file(path, 3);
  CHECK(source->open_blob(blob).error().code() == "source.blob");
  CHECK(source->open_blob(blob).error().message().find(directory.path()) != std::string::npos);
  boost::filesystem::remove(path);
  CHECK(source->open_blob(blob).error().code() == "source.missing");
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK(source->open_blob(blob).error().code() == "file.special");
}
