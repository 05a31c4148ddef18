// Which repositories blobs are mounted from, and what the digest cache remembers of them.
#include "push/blob_locations.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <boost/filesystem.hpp>

#include "push/checked_record.hpp"
#include "push/fakes.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using push::BlobLocations;
using push::DigestCache;
using test::FakeSource;
namespace fs = boost::filesystem;

namespace {

const std::string kHost = "r.example:5000";
const std::vector<std::string> kImageLayers{"one", "two", "three"};

// An image in a registry.
class RemoteImage final : public image::Source {
 public:
  RemoteImage(std::string host, std::string repository)
      : inner_(test::ready_image(kImageLayers)),
        location_{std::move(host), std::move(repository)} {}
  [[nodiscard]] const image::Contents& contents() const override { return inner_->contents(); }
  base::Result<std::unique_ptr<http::BodySource>> open_blob(const oci::Descriptor& blob) override {
    return inner_->open_blob(blob);
  }
  base::Result<std::unique_ptr<http::BodySource>> open_layer(std::size_t index) override {
    return inner_->open_layer(index);
  }
  [[nodiscard]] std::optional<image::RegistryLocation> registry_location() const override {
    return location_;
  }

 private:
  std::unique_ptr<FakeSource> inner_;
  image::RegistryLocation location_;
};

std::vector<push::BlobResult> results(const std::vector<std::string>& blobs) {
  std::vector<push::BlobResult> all;
  for (const auto& blob : blobs) all.push_back({.digest = oci::digest_of(blob)});
  return all;
}

struct Mounts {
  test::TempDir directory;
  base::SilentLog log;
  DigestCache cache{directory / "cache", log};
  BlobLocations locations{cache};

  // The repository of each blob of the image that a push to `repository` mounts: config and layers.
  std::vector<std::string> of(const std::string& repository, const image::Source& source) {
    auto plan = push::plan_push(source.contents(), push::ManifestForm::docker);
    push::add_mounts({kHost, repository}, source, locations, plan);
    std::vector<std::string> from;
    for (const auto& blob : plan.blobs) from.push_back(blob.mount_from.value_or("-"));
    return from;
  }
  std::vector<std::string> of(const std::string& repository) {
    return of(repository, *test::ready_image(kImageLayers));
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("blob locations: a blob is mounted from the repository that has most of the image") {
  Mounts mounts;
  CHECK(mounts.of("team/new") == Names{"-", "-", "-", "-"});
  mounts.locations.add(kHost, "team/base", results({"one", "two"}));
  mounts.locations.add(kHost, "team/other", results({"one"}));
  mounts.locations.add("other.example", "team/three", results({"three"}));
  CHECK(mounts.of("team/new") == Names{"-", "team/base", "team/base", "-"});
}

TEST_CASE("blob locations: nothing is mounted where the repository itself was seen to have it") {
  Mounts mounts;
  mounts.locations.add(kHost, "team/base", results({"one", "two"}));
  mounts.locations.add(kHost, "team/new", results({"one"}));
  CHECK(mounts.of("team/new") == Names{"-", "-", "team/base", "-"});
}

TEST_CASE("blob locations: every blob of a source on the same registry is mounted from there") {
  Mounts mounts;
  CHECK(mounts.of("team/new", RemoteImage(kHost, "team/old")) ==
        Names{"team/old", "team/old", "team/old", "team/old"});
  CHECK(mounts.of("team/old", RemoteImage(kHost, "team/old")) == Names{"-", "-", "-", "-"});
  CHECK(mounts.of("team/new", RemoteImage("other.example", "team/old")) ==
        Names{"-", "-", "-", "-"});
}

TEST_CASE("blob locations: layers whose blob is not known yet are not mounted") {
  Mounts mounts;
  mounts.locations.add(kHost, "team/base", results({"one", "{}"}));
  CHECK(mounts.of("team/new", *test::raw_image({"one"})) == Names{"team/base", "-"});
}

TEST_CASE("blob locations: later processes find them in the cache, the latest first, bounded") {
  Mounts mounts;
  for (int i = 0; i < 10; ++i)
    mounts.locations.add(kHost, "team/app" + std::to_string(i), results({"one"}));
  mounts.locations.add(kHost, "team/app7", results({"one"}));
  const auto digest = oci::digest_of("one");
  CHECK(DigestCache(mounts.directory / "cache", mounts.log).find_repositories(kHost, digest) ==
        Names{"team/app7", "team/app9", "team/app8", "team/app6"});
  CHECK(mounts.cache.find_repositories("other.example", digest).empty());
  CHECK(mounts.cache.find_repositories(kHost, oci::digest_of("two")).empty());
}

TEST_CASE("blob locations: without a cache, what this process has seen is used") {
  base::SilentLog log;
  DigestCache none("", log);
  BlobLocations locations(none);
  locations.add(kHost, "team/base", results({"one"}));
  CHECK(locations.find(kHost, oci::digest_of("one")) == Names{"team/base"});
  CHECK(BlobLocations(none).find(kHost, oci::digest_of("one")).empty());
}

TEST_CASE(
    "blob locations: a record that is damaged, of another blob or with other names is not used") {
  Mounts mounts;
  mounts.locations.add(kHost, "team/base", results({"one"}));
  const auto digest = oci::digest_of("one");
  const auto blobs = mounts.directory / "cache/blobs";
  std::string record;
  for (fs::recursive_directory_iterator it(blobs), end; it != end; ++it)
    if (fs::is_regular_file(it->path())) record = it->path().string();
  const std::string good = test::slurp(record);
  const auto finds = [&](const std::string& text) {
    mounts.directory.write(fs::relative(record, mounts.directory.path()).string(), text);
    ::chmod(record.c_str(), 0600);
    return !DigestCache(mounts.directory / "cache", mounts.log)
                .find_repositories(kHost, digest)
                .empty();
  };
  REQUIRE(finds(good));
  for (std::size_t size = 0; size < good.size(); ++size) CHECK_FALSE(finds(good.substr(0, size)));
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string changed = good;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    CHECK_FALSE(finds(changed));
  }
  const std::string name = fs::path(record).filename().string();
  const std::string parent = fs::path(record).parent_path().string();
  const std::string line = "blob " + digest.str() + " " + kHost;
  const auto written = [&](const std::vector<std::string>& lines) {
    REQUIRE(push::write_record(parent, name, "blob", lines, 64));
    return mounts.cache.find_repositories(kHost, digest);
  };
  CHECK(written({line, "team/base&mount=sha256:1", "Team/base", "", "team/good"}) ==
        Names{"team/good"});
  CHECK(written({"blob " + digest.str() + " other.example", "team/base"}).empty());
  CHECK(written({}).empty());
}
