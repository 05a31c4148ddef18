// Pushes with the digest cache: what is not read, not compressed and not sent, and that wrong bytes
// are still found.
#include "push/known_layers.hpp"

#include <doctest/doctest.h>

#include "push/fakes.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using test::FakeDestination;
using test::FakeSource;

namespace {

// An archive whose layers count how often they are opened.
class FakeArchive final : public image::Source {
 public:
  explicit FakeArchive(std::unique_ptr<FakeSource> source) : source(std::move(source)) {}
  [[nodiscard]] const image::Contents& contents() const override { return source->contents(); }
  base::Result<std::unique_ptr<http::BodySource>> open_blob(const oci::Descriptor& blob) override {
    return source->open_blob(blob);
  }
  base::Result<std::unique_ptr<http::BodySource>> open_layer(std::size_t index) override {
    ++opened;
    return source->open_layer(index);
  }
  [[nodiscard]] std::optional<platform::FileVersion> settled_version() const override {
    return version;
  }

  std::unique_ptr<FakeSource> source;
  std::optional<platform::FileVersion> version;
  std::atomic<int> opened{0};
};

const platform::FileVersion kVersion{
    .device = 1, .inode = 2, .size = 3, .modified = 4, .changed = 5};
const std::vector<std::string> kLayers{test::noise(300'000, 1), test::noise(200'000, 2)};

struct Pushes {
  base::Result<push::Report> run(FakeArchive& archive, FakeDestination& destination) {
    archive.opened = 0;
    push::DigestCache cache(directory / "cache", log);
    auto plan = push::plan_push(archive.contents(), push::ManifestForm::docker, encoding);
    push::add_known_layers(archive, push::find_known_layers(archive, cache, encoding), plan);
    push::Options options{.tags = {"1"}, .cache = &cache};
    push::PushSource source(archive);
    return push::push({.plan = plan,
                       .source = source,
                       .destination = destination,
                       .options = options,
                       .progress = progress,
                       .cancellation = cancellation,
                       .log = log});
  }

  image::Encoding encoding = {};
  test::TempDir directory;
  test::CountingProgress progress;
  base::Cancellation cancellation;
  base::SilentLog log;
};

FakeArchive archive(const std::vector<std::string>& layers = kLayers) {
  return FakeArchive(test::raw_image(layers));
}

// What a destination reports to have after a push.
void keep_all(FakeDestination& destination) {
  for (const auto& [digest, bytes] : destination.stored) destination.present[digest] = 1;
}

}  // namespace

TEST_CASE(
    "digest cache: an unchanged archive and an unchanged tag take one request, and no layer is "
    "read") {
  Pushes pushes;
  auto first = archive();
  first.version = kVersion;
  FakeDestination destination;
  const auto pushed = pushes.run(first, destination);
  REQUIRE(pushed);
  CHECK(first.opened == 2);
  const auto requests = destination.events().size();
  const auto again = pushes.run(first, destination);
  REQUIRE(again);
  CHECK(again->digest == pushed->digest);
  CHECK(first.opened == 0);
  CHECK(again->bytes_uploaded == 0);
  CHECK(again->blobs.size() == pushed->blobs.size());
  CHECK(destination.events().size() == requests + 1);
  CHECK(destination.events().back() == "resolve 1");
}

TEST_CASE(
    "digest cache: a changed archive is read and verified, and only its new layer is compressed") {
  Pushes pushes;
  auto first = archive();
  first.version = kVersion;
  FakeDestination destination;
  REQUIRE(pushes.run(first, destination));
  keep_all(destination);
  const std::string fresh = test::noise(100'000, 3);
  auto second = archive({kLayers[0], fresh});
  second.version = kVersion;
  second.version->changed = 6;
  REQUIRE(pushes.run(second, destination));
  CHECK(second.opened == 2);
  CHECK(destination.events("layer").size() == 3);
  auto third = archive({kLayers[0], fresh});  // of no file
  REQUIRE(pushes.run(third, destination));
  CHECK(third.opened == 2);
  CHECK(destination.events("layer").size() == 3);
}

TEST_CASE(
    "digest cache: a layer that no longer matches its diff ID is found, and nothing is tagged") {
  for (const bool same_tag : {true, false}) {
    Pushes pushes;
    auto first = archive();
    FakeDestination destination;
    REQUIRE(pushes.run(first, destination));
    keep_all(destination);
    if (!same_tag) destination.names.clear();
    auto damaged = archive();
    damaged.source->layers[1][1000] ^= 1;
    const auto pushed = pushes.run(damaged, destination);
    REQUIRE_FALSE(pushed);
    CHECK(pushed.error().code() == "source.layer");
    CHECK(pushed.error().error_class() == base::ErrorClass::integrity);
    CHECK(destination.names.empty() == !same_tag);
  }
}

TEST_CASE("digest cache: the layers of every image of one archive stay verified") {
  Pushes pushes;
  FakeArchive one(test::raw_image({kLayers[0]}));
  FakeArchive two(test::raw_image({kLayers[1]}));
  one.version = two.version = kVersion;
  FakeDestination destination;
  REQUIRE(pushes.run(one, destination));
  REQUIRE(pushes.run(two, destination));
  base::SilentLog log;
  CHECK(push::DigestCache(pushes.directory / "cache", log).find_archive(kVersion).size() == 2);
}

TEST_CASE("digest cache: a layer that the destination lost is compressed and uploaded again") {
  Pushes pushes;
  auto first = archive();
  first.version = kVersion;
  FakeDestination destination;
  const auto pushed = pushes.run(first, destination);
  REQUIRE(pushed);
  FakeDestination empty;
  const auto again = pushes.run(first, empty);
  REQUIRE(again);
  CHECK(again->digest == pushed->digest);
  CHECK(empty.stored == destination.stored);
  FakeDestination silent;  // does not report what it has
  silent.on_event = [](const std::string& event) -> base::Result<void> {
    if (event.starts_with("has blob"))
      return base::Error(base::ErrorClass::denied, "registry.denied", "no");
    return {};
  };
  REQUIRE(pushes.run(first, silent));
  CHECK(silent.stored == destination.stored);
}

TEST_CASE("digest cache: a blob that is not the layer's is replaced by what compression makes") {
  Pushes pushes;
  auto first = archive();
  FakeDestination destination;
  const auto pushed = pushes.run(first, destination);
  REQUIRE(pushed);
  auto known =
      push::find_known_layers(first, push::DigestCache(pushes.directory / "cache", pushes.log));
  auto plan = push::plan_push(first.contents(), push::ManifestForm::docker);
  for (auto& [diff_id, layer] : known) layer.blob->digest = oci::digest_of("wrong");
  push::add_known_layers(first, known, plan);
  FakeDestination other;
  push::Options options{.tags = {"1"}};
  push::PushSource source(first);
  const auto again = push::push({.plan = plan,
                                 .source = source,
                                 .destination = other,
                                 .options = options,
                                 .progress = pushes.progress,
                                 .cancellation = pushes.cancellation,
                                 .log = pushes.log});
  REQUIRE(again);
  CHECK(again->digest == pushed->digest);
}

TEST_CASE(
    "digest cache: an image that a registry accepted in the other form is sent as without the "
    "cache") {
  Pushes pushes;
  auto first = archive();
  first.version = kVersion;
  FakeDestination destination;
  destination.on_event = [](const std::string& event) -> base::Result<void> {
    if (event.starts_with("manifest") && event.find("docker.distribution") != std::string::npos)
      return base::Error(base::ErrorClass::validation, "push.manifest-refused", "unsupported");
    return {};
  };
  const auto pushed = pushes.run(first, destination);
  REQUIRE(pushed);
  CHECK(pushed->form == push::ManifestForm::oci);
  keep_all(destination);
  const auto again = pushes.run(first, destination);
  REQUIRE(again);
  CHECK(again->form == push::ManifestForm::oci);
  CHECK(again->digest == pushed->digest);
  CHECK(destination.events("layer").size() == 2);
}

TEST_CASE("digest cache: a requested form is sent although the tag has the other one") {
  Pushes pushes;
  auto first = archive();
  first.version = kVersion;
  FakeDestination destination;
  const auto pushed = pushes.run(first, destination);
  REQUIRE(pushed);
  keep_all(destination);
  push::DigestCache cache(pushes.directory / "cache", pushes.log);
  auto plan = push::plan_push(first.contents(), push::ManifestForm::oci);
  push::add_known_layers(first, push::find_known_layers(first, cache), plan);
  push::Options options{.tags = {"1"}, .fixed_form = true, .cache = &cache};
  push::PushSource source(first);
  const auto again = push::push({.plan = plan,
                                 .source = source,
                                 .destination = destination,
                                 .options = options,
                                 .progress = pushes.progress,
                                 .cancellation = pushes.cancellation,
                                 .log = pushes.log});
  REQUIRE(again);
  CHECK(again->form == push::ManifestForm::oci);
  CHECK_FALSE(again->digest == pushed->digest);
}

TEST_CASE(
    "digest cache: a damaged layer with the diff ID of a verified one in the same file is found") {
  Pushes pushes;
  auto first = archive();
  first.version = kVersion;
  FakeDestination destination;
  REQUIRE(pushes.run(first, destination));
  keep_all(destination);
  auto other = archive();
  other.version = kVersion;
  std::get<image::RawImage>(other.source->image).layers[1].offset = 4096;
  other.source->layers[1][1000] ^= 1;
  const auto pushed = pushes.run(other, destination);
  REQUIRE_FALSE(pushed);
  CHECK(pushed.error().code() == "source.layer");
}

TEST_CASE("digest cache: each encoder finds only its own blobs") {
  Pushes pushes;
  auto image = archive();
  image.version = kVersion;
  FakeDestination destination;
  std::vector<std::string> digests;
  for (const auto& encoding :
       {image::Encoding{}, image::Encoding{.codec = image::Codec::gzip_small},
        image::Encoding{.codec = image::Codec::zstd},
        image::Encoding{.codec = image::Codec::keep}}) {
    CAPTURE(static_cast<int>(encoding.codec));
    pushes.encoding = encoding;
    const auto first = pushes.run(image, destination);
    REQUIRE(first);
    CHECK(std::find(digests.begin(), digests.end(), first->digest.str()) == digests.end());
    digests.push_back(first->digest.str());
    CHECK(image.opened == 2);
    CHECK(first->form == (encoding.codec == image::Codec::zstd ? push::ManifestForm::oci
                                                               : push::ManifestForm::docker));
    const auto again = pushes.run(image, destination);
    REQUIRE(again);
    CHECK(again->digest == first->digest);
    CHECK(image.opened == 0);
    for (const auto& blob : first->blobs) CHECK(destination.stored.contains(blob.digest.str()));
  }
  for (const auto& layer : kLayers) CHECK(destination.stored.at(test::sha256(layer)) == layer);
}

TEST_CASE("digest cache: a gzip layer of a verified archive is not taken for its zstd blob") {
  Pushes pushes;
  auto image = archive({test::gzip(kLayers[0])});
  auto& layer = std::get<image::RawImage>(image.source->image).layers[0];
  layer.diff_id = oci::digest_of(kLayers[0]);
  layer.compression = image::Compression::gzip;
  image.version = kVersion;
  FakeDestination destination;
  REQUIRE(pushes.run(image, destination));
  CHECK(destination.stored.contains(test::sha256(test::gzip(kLayers[0]))));
  pushes.encoding = {.codec = image::Codec::zstd};
  const auto pushed = pushes.run(image, destination);
  REQUIRE(pushed);
  CHECK(pushed->blobs[1].digest != oci::digest_of(test::gzip(kLayers[0])));
  CHECK(destination.stored.at(pushed->blobs[1].digest.str()).starts_with("\x28\xb5\x2f\xfd"));
}

TEST_CASE(
    "push: zstd is never sent with a Docker manifest, also if the destination refuses OCI's") {
  Pushes pushes;
  pushes.encoding = {.codec = image::Codec::zstd};
  auto image = archive();
  FakeDestination destination;
  destination.on_event = [](const std::string& event) -> base::Result<void> {
    if (!event.starts_with("manifest ")) return {};
    return base::Error(base::ErrorClass::server, "push.manifest-refused", "unsupported media type");
  };
  const auto pushed = pushes.run(image, destination);
  REQUIRE_FALSE(pushed);
  CHECK(pushed.error().code() == "push.manifest-refused");
  for (const auto& event : destination.events("manifest "))
    CHECK(event.find(oci::media_type::kDockerManifest) == std::string::npos);
}
