// Selection of one of several images.
#include "image/selection.hpp"

#include <doctest/doctest.h>

#include "image/layout_fixture.hpp"
#include "image/layout_index.hpp"
#include "image/ready_source.hpp"

using namespace berth;
using base::Json;
using image::Candidate;
using test::Layout;
using test::TempDir;

namespace {

base::Result<std::size_t> select(std::vector<Candidate> candidates, const std::string& selector,
                                 const std::vector<oci::Platform>& platforms = {}) {
  return image::select_image(candidates, selector, platforms, "x", [](Candidate&) {});
}

// The position, or the error's code.
std::string chosen(const std::vector<Candidate>& candidates, const std::string& selector,
                   const std::vector<oci::Platform>& platforms = {}) {
  const auto result = select(candidates, selector, platforms);
  return result ? std::to_string(*result) : result.error().code();
}

Candidate candidate(const std::string& identity, std::vector<std::string> names,
                    const std::string& platform = "", bool is_image = true) {
  Candidate result{identity, std::move(names)};
  if (!platform.empty()) result.platforms.push_back(oci::Platform::parse(platform).value());
  result.description = platform;
  result.is_image = is_image;
  return result;
}

const oci::Platform kArm64{"linux", "arm64", ""};

}  // namespace

TEST_CASE("selection: by name, by position, or the only image") {
  const std::vector<std::vector<std::string>> names{{"a:1", "a:latest"}, {}, {"b:1"}};
  CHECK(image::select_image(names, "a:latest", "x").value() == 0);
  CHECK(image::select_image(names, "b:1", "x").value() == 2);
  CHECK(image::select_image(names, "@1", "x").value() == 1);
  CHECK(image::select_image({{"only"}}, "", "x").value() == 0);
  CHECK(image::select_image({{"@7"}}, "@7", "x").value() == 0);

  const auto several = image::select_image(names, "", "x");
  CHECK(several.error().code() == "source.ambiguous");
  CHECK(several.error().error_class() == base::ErrorClass::usage);
  CHECK(several.error().cause() == "available: a:1, a:latest, @1, b:1");
  for (const char* missing : {"c:9", "@3", "@", "@-1", "@99999999999999999999", "@1x", "A:1"}) {
    CAPTURE(missing);
    const auto none = image::select_image(names, missing, "x");
    CHECK(none.error().code() == "source.no-image");
    CHECK(none.error().error_class() == base::ErrorClass::not_found);
    CHECK(none.error().cause() == "available: a:1, a:latest, @1, b:1");
  }
  CHECK(image::select_image(names, "a:latets", "x").error().fix() == "did you mean a:latest?");
  CHECK(image::select_image({}, "", "x").error().code() == "source.empty");
  CHECK(image::select_image({{"\x1b[31mred"}, {"b"}}, "", "x").error().cause().find('\x1b') ==
        std::string::npos);
  const std::vector<std::vector<std::string>> many(500,
                                                   std::vector<std::string>{std::string(500, 'n')});
  CHECK(image::select_image(many, "", "x").error().cause().size() < 10'000);
}

TEST_CASE(
    "selection: a name is compared as written, then as a reference, then as the tag of a full "
    "name") {
  const std::vector<Candidate> candidates{
      candidate("sha256:a", {"docker.io/library/web:1", "1"}),
      candidate("sha256:b", {"docker.io/library/db:latest", "latest"}),
      candidate("sha256:c", {"ghcr.io/acme/app:2.0"})};
  const std::pair<const char*, const char*> rows[] = {{"docker.io/library/web:1", "0"},
                                                      {"web:1", "0"},
                                                      {"library/web:1", "0"},
                                                      {"index.docker.io/library/web:1", "0"},
                                                      {"1", "0"},
                                                      {"db", "1"},
                                                      {"db:latest", "1"},
                                                      {"latest", "1"},
                                                      {"ghcr.io/acme/app:2.0", "2"},
                                                      {"2.0", "2"},
                                                      {"@2", "2"},
                                                      {"@sha256:b", "1"},
                                                      {"sha256:c", "2"},
                                                      {"web", "source.no-image"},
                                                      {"web:2", "source.no-image"},
                                                      {"acme/app:2.0", "source.no-image"},
                                                      {"ghcr.io/acme/app", "source.no-image"},
                                                      {"", "source.ambiguous"}};
  for (const auto& [captured, expected] : rows) {
    const auto selector = captured;
    CAPTURE(selector);
    CHECK(chosen(candidates, selector) == expected);
  }
}

TEST_CASE(
    "selection: two images of one name are ambiguous, their full names differ "
    "(docker/for-win#13903)") {
  const std::vector<Candidate> candidates{
      candidate("sha256:a", {"docker.io/library/web:latest", "latest"}),
      candidate("sha256:b", {"docker.io/library/db:latest", "latest"})};
  const auto ambiguous = select(candidates, "latest");
  REQUIRE_FALSE(ambiguous.has_value());
  CHECK(ambiguous.error().code() == "source.ambiguous");
  CHECK(ambiguous.error().message() == "2 images in x are named latest");
  CHECK(ambiguous.error().cause() ==
        "available: docker.io/library/web:latest, docker.io/library/db:latest");
  CHECK(ambiguous.error().fix() == "add :NAME to the source");
  CHECK(chosen(candidates, "db:latest") == "1");
  CHECK(chosen(candidates, "@0") == "0");
  // A suggestion must not come from an ambiguous name.
  CHECK(select(candidates, "latets").error().fix().empty());
  CHECK(select(candidates, "docker.io/library/dv:latest").error().fix() ==
        "did you mean docker.io/library/db:latest?");
}

TEST_CASE("selection: the same image twice is one image (docker/buildx#2952)") {
  const std::vector<Candidate> twice{candidate("sha256:a", {"docker.io/acme/app:1"}),
                                     candidate("sha256:a", {"docker.io/acme/app:latest"})};
  CHECK(chosen(twice, "") == "0");
  CHECK(chosen(twice, "latest") == "1");
  const std::vector<Candidate> same_name{candidate("sha256:a", {"1"}),
                                         candidate("sha256:a", {"1"})};
  CHECK(chosen(same_name, "1") == "0");
  auto three = twice;
  three.push_back(candidate("sha256:b", {"docker.io/acme/app:2"}));
  CHECK(select(three, "").error().message() == "x contains 2 images");
  CHECK(select(three, "").error().cause() ==
        "available: docker.io/acme/app:1, docker.io/acme/app:latest, docker.io/acme/app:2");
}

TEST_CASE("selection: skips artifacts next to images; platforms select among the images") {
  const std::vector<Candidate> signed_image{candidate("sha256:a", {}),
                                            candidate("sha256:b", {}, "", false)};
  CHECK(chosen(signed_image, "") == "0");
  CHECK(chosen(signed_image, "@1") == "1");
  CHECK(chosen({candidate("sha256:b", {}, "", false)}, "") == "0");

  const std::vector<Candidate> platforms{candidate("sha256:a", {"1"}, "linux/amd64"),
                                         candidate("sha256:b", {"1"}, "linux/arm64/v8")};
  CHECK(chosen(platforms, "", {kArm64}) == "1");
  CHECK(chosen(platforms, "1", {kArm64}) == "1");
  const auto ambiguous = select(platforms, "1");
  CHECK(ambiguous.error().code() == "source.ambiguous");
  CHECK(ambiguous.error().cause() == "available: 1 @0 (linux/amd64), 1 @1 (linux/arm64/v8)");
  CHECK(ambiguous.error().fix() ==
        "select one with --platform linux/amd64, or add :@0 to the source");
  CHECK(chosen(platforms, "1", {kArm64, {"linux", "amd64", ""}}) == "source.ambiguous");
}

TEST_CASE("selection: rejects a name that the only image does not have") {
  CHECK(select({candidate("sha256:a", {})}, "1.0").error().fix() ==
        "omit the name after the source to push the only image");
}

TEST_CASE("layout: lists the entries of an ambiguous selection") {
  const TempDir directory;
  const Layout layout(directory, "img");
  const auto image = layout.manifest({"a"});
  auto attestation = layout.manifest({"b"});
  attestation.set("annotations",
                  Json::object({{"vnd.docker.reference.digest", image.string_or("digest", "")}}));
  const auto config = layout.blob("{}", "application/vnd.example.config+json");
  const auto artifact = layout.blob(
      Json::object({{"schemaVersion", 2}, {"config", config}, {"layers", Json::array()}}).dump(),
      std::string(oci::media_type::kOciManifest));
  auto in_index = layout.manifest({"c"}, oci::Platform{"linux", "s390x", ""});
  const auto index = layout.index({in_index});
  layout.write_index({image, attestation, artifact, index, image});
  const auto several = image::layout_source(image::directory_layout(layout.path()), "", {});
  REQUIRE_FALSE(several.has_value());
  CHECK(several.error().message() == layout.path() + " contains 3 images");
  CHECK(several.error().cause() ==
        "available: @0 (linux/amd64), @2 (artifact of type application/vnd.example.config+json), "
        "@3 (index of "
        "linux/s390x)");
  CHECK(image::layout_source(image::directory_layout(layout.path()), "", {{"linux", "s390x", ""}})
            .has_value());
}

TEST_CASE("layout: index.json itself can be the index of one image (oras#1202, skopeo#2463)") {
  const TempDir directory;
  const Layout layout(directory, "img");
  const auto amd64 = layout.manifest({"amd64"}, oci::Platform{"linux", "amd64", ""});
  const auto arm64 = layout.manifest({"arm64"}, kArm64);
  layout.write_index({amd64, arm64});
  const auto open = [&](const std::string& selector, const std::vector<oci::Platform>& platforms) {
    return image::layout_source(image::directory_layout(layout.path()), selector, platforms);
  };
  const auto root = [](const image::Source& source) {
    return std::get<image::ReadyImage>(source.contents()).manifests.back().digest.str();
  };
  const auto whole = open("", {});
  REQUIRE(whole.has_value());
  CHECK(root(**whole) == test::sha256(test::slurp(layout.path() + "/index.json")));
  const auto& notices = std::get<image::ReadyImage>((*whole)->contents()).notices;
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].message ==
        "index.json itself is pushed, as the index of linux/amd64, linux/arm64");
  CHECK(root(**open("", {kArm64})) == arm64.string_or("digest", ""));
  CHECK(root(**open("@1", {})) == arm64.string_or("digest", ""));
  CHECK(root(**open("@" + amd64.string_or("digest", ""), {})) == amd64.string_or("digest", ""));
  CHECK(open("", {{"linux", "s390x", ""}}).error().code() == "source.no-platform");

  // Two images for one platform are two images.
  layout.write_index({amd64, layout.manifest({"other"}, oci::Platform{"linux", "amd64", ""})});
  CHECK(open("", {}).error().code() == "source.ambiguous");
  CHECK(open("", {{"linux", "amd64", ""}}).error().code() == "source.ambiguous");
}

TEST_CASE("layout: lists the entries of an ambiguous selection by platform as they are") {
  const TempDir directory;
  const Layout layout(directory, "img");
  const auto index_of = [&](const std::string& content) {
    return layout.index({layout.manifest({content}, oci::Platform{"linux", "s390x", ""}),
                         layout.manifest({content + "2"}, kArm64)});
  };
  layout.write_index({index_of("a"), index_of("b")});
  const auto several =
      image::layout_source(image::directory_layout(layout.path()), "", {{"linux", "s390x", ""}});
  REQUIRE_FALSE(several.has_value());
  CHECK(several.error().code() == "source.ambiguous");
  CHECK(
      several.error().cause() ==
      "available: @0 (index of linux/s390x, linux/arm64), @1 (index of linux/s390x, linux/arm64)");
}

TEST_CASE("layout: a digest names a manifest that index.json does not list (oras#883)") {
  const TempDir directory;
  const Layout layout(directory, "img");
  const auto child = layout.manifest({"a"});
  layout.write_index({layout.index({child})});
  const auto open = [&](const std::string& selector) {
    return image::layout_source(image::directory_layout(layout.path()), selector, {});
  };
  CHECK(std::get<image::ReadyImage>((*open("@" + child.string_or("digest", "")))->contents())
            .manifests.size() == 1);
  layout.write_index({});
  CHECK(open(child.string_or("digest", "")).has_value());
  CHECK(open("@" + test::sha256("other")).error().code() == "source.empty");
}
