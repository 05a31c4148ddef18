// What the digest cache returns, and that it never returns what another program or a crash left
// there.
#include "push/digest_cache.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <thread>

#include <boost/filesystem.hpp>

#include "oci/hasher.hpp"
#include "push/checked_record.hpp"
#include "support/images.hpp"
#include "support/requirements.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using push::DigestCache;
using test::TempDir;
namespace fs = boost::filesystem;

namespace {

const std::string kEncoder = "gzip isa-l 2.30.0 x86-64 level 2";
const push::CompressedBlob kBlob{oci::digest_of("compressed"), 10};

std::vector<std::string> files_below(const std::string& directory) {
  std::vector<std::string> files;
  for (fs::recursive_directory_iterator it(directory), end; it != end; ++it)
    if (fs::is_regular_file(it->path())) files.push_back(it->path().string());
  return files;
}

bool finds_layer(const std::string& directory) {
  base::SilentLog log;
  return DigestCache(directory, log).find_layer(oci::digest_of("layer"), kEncoder).has_value();
}

}  // namespace

TEST_CASE("digest cache: returns the blob of a layer for the encoder that made it") {
  const TempDir root;
  base::SilentLog log;
  DigestCache cache(root / "cache", log);
  const auto layer = oci::digest_of("layer");
  CHECK_FALSE(cache.find_layer(layer, kEncoder));
  cache.store_layer(layer, kEncoder, kBlob);
  const auto found = DigestCache(root / "cache", log).find_layer(layer, kEncoder);
  REQUIRE(found);
  CHECK(found->digest == kBlob.digest);
  CHECK(found->size == 10);
  CHECK_FALSE(cache.find_layer(layer, kEncoder + " other"));
  CHECK_FALSE(cache.find_layer(oci::digest_of("other"), kEncoder));
  CHECK_FALSE(cache.find_layer(oci::digest_of("layer", oci::Algorithm::sha512), kEncoder));
}

TEST_CASE("digest cache: returns the layers of an archive only for the version that was verified") {
  const TempDir root;
  base::SilentLog log;
  DigestCache cache(root / "cache", log);
  const platform::FileVersion version{
      .device = 1, .inode = 2, .size = 3, .modified = 4, .changed = 5};
  const auto one = oci::digest_of("one");
  cache.store_archive(version, {{one, 512, std::nullopt}, {oci::digest_of("two"), 1024, kBlob}});
  const auto layers = cache.find_archive(version);
  REQUIRE(layers.size() == 2);
  CHECK(layers[0].diff_id == one);
  CHECK(layers[0].offset == 512);
  CHECK_FALSE(layers[0].stored);
  REQUIRE(layers[1].stored);
  CHECK(layers[1].stored->digest == kBlob.digest);
  for (auto other : {&platform::FileVersion::size, &platform::FileVersion::inode,
                     &platform::FileVersion::device}) {
    auto changed = version;
    ++(changed.*other);
    CHECK(cache.find_archive(changed).empty());
  }
  for (auto other : {&platform::FileVersion::modified, &platform::FileVersion::changed}) {
    auto changed = version;
    ++(changed.*other);
    CHECK(cache.find_archive(changed).empty());
  }
}

TEST_CASE(
    "digest cache: returns an image by its config if all its layers are known and none was "
    "compressed") {
  const TempDir root;
  base::SilentLog log;
  DigestCache cache(root / "cache", log);
  const std::string config = R"({"architecture":"arm64","os":"linux"})";
  const auto id = oci::digest_of(config);
  image::RawImage image{.config = config, .config_digest = id, .platform = {}, .layers = {}};
  image.layers.push_back({.diff_id = oci::digest_of("one"), .size = 3});
  cache.store_image(image);
  CHECK_FALSE(cache.find_image(id.str(), kEncoder));
  cache.store_layer(oci::digest_of("one"), kEncoder, kBlob);
  const auto found = cache.find_image(id.str(), kEncoder);
  REQUIRE(found);
  CHECK(found->config == config);
  CHECK(found->platform.architecture == "arm64");
  REQUIRE(found->layers.size() == 1);
  CHECK(found->layers[0].diff_id == oci::digest_of("one"));
  CHECK(found->layers[0].size == 3);
  CHECK_FALSE(cache.find_image("sha256:1", kEncoder));
  image.config += " ";
  image.config_digest = oci::digest_of(image.config);
  image.layers[0].compression = image::Compression::gzip;
  cache.store_image(image);
  CHECK_FALSE(cache.find_image(image.config_digest.str(), kEncoder));
}

TEST_CASE("digest cache: a record that is truncated, changed, foreign or newer is not used") {
  const TempDir root;
  base::SilentLog log;
  const std::string directory = root / "cache";
  DigestCache(directory, log).store_layer(oci::digest_of("layer"), kEncoder, kBlob);
  const auto files = files_below(directory);
  REQUIRE(files.size() == 1);
  const std::string good = test::slurp(files.front());
  REQUIRE(finds_layer(directory));
  const auto put = [&](const std::string& text) {
    root.write(fs::relative(files.front(), root.path()).string(), text);
    ::chmod(files.front().c_str(), 0600);
  };
  for (std::size_t size = 0; size < good.size(); ++size) {
    put(good.substr(0, size));
    CHECK_FALSE(finds_layer(directory));
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string changed = good;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    put(changed);
    CHECK_FALSE(finds_layer(directory));
  }
  put(good + "more\n");
  CHECK_FALSE(finds_layer(directory));
  put(good);
  CHECK(finds_layer(directory));
  // A record of another layer, copied over this one.
  DigestCache(root / "other", log).store_layer(oci::digest_of("another"), kEncoder, kBlob);
  put(test::slurp(files_below(root / "other").front()));
  CHECK_FALSE(finds_layer(directory));
}

// What released versions wrote: later ones read it.
TEST_CASE("digest cache: reads the records that 0.1 wrote") {
  const TempDir root;
  base::SilentLog log;
  const std::string directory = root / "digests";
  fs::copy(BERTH_VECTORS "/digests-0.1", directory, fs::copy_options::recursive);
  const DigestCache cache(directory, log);
  const std::string encoder =
      "gzip isa-l 2.30.0 x86-64 level 2 chunk 1048576 probe 384aec1276f37848";
  const auto layer =
      oci::Digest::parse("sha256:b6328059697b30030461a252c75678edab184e04f7ab272ec21871915034a1aa");
  const auto blob = cache.find_layer(*layer, encoder);
  REQUIRE(blob);
  CHECK(blob->digest.str() ==
        "sha256:65e4e83023c3cd303637c45f2fece904793c511759d67a755032a1aecf624279");
  CHECK(blob->size == 197);
  const auto image = cache.find_image(
      "sha256:03f23671d5e94639ba4d3ade72f6e6a6558760e5665890f96956aad04e3260b7", encoder);
  REQUIRE(image);
  CHECK(image->platform.architecture == "amd64");
  REQUIRE(image->layers.size() == 1);
  CHECK(image->layers[0].diff_id == *layer);
  CHECK(image->layers[0].size == 20480);
}

TEST_CASE("digest cache: a record of a newer version is neither used nor changed") {
  const TempDir root;
  base::SilentLog log;
  const std::string directory = root / "cache";
  DigestCache(directory, log).store_layer(oci::digest_of("layer"), kEncoder, kBlob);
  const auto file = files_below(directory).front();
  const auto old = test::slurp(file);
  const auto put = [&](const std::string& version) {
    auto body = old.substr(0, old.rfind("sha256 "));
    body.replace(body.find(" 1\n"), 3, " " + version + "\n");
    const auto text = body + test::sha256(body).replace(0, 7, "sha256 ") + "\n";
    root.write(fs::relative(file, root.path()).string(), text);
    ::chmod(file.c_str(), 0600);
    return text;
  };
  for (const std::string version : {"2", "10", "4294967295"}) {
    const auto newer = put(version);
    CHECK_FALSE(finds_layer(directory));
    DigestCache(directory, log).store_layer(oci::digest_of("layer"), kEncoder, kBlob);
    CHECK(test::slurp(file) == newer);
    CHECK(files_below(directory).size() == 1);
  }
  // What is not a version is replaced.
  for (const std::string version : {"0", "x", ""}) {
    put(version);
    CHECK_FALSE(finds_layer(directory));
    DigestCache(directory, log).store_layer(oci::digest_of("layer"), kEncoder, kBlob);
    CHECK(test::slurp(file) == old);
  }
}

TEST_CASE("digest cache: what other users can change is not used") {
  const TempDir root;
  base::SilentLog log;
  const std::string directory = root / "cache";
  DigestCache(directory, log).store_layer(oci::digest_of("layer"), kEncoder, kBlob);
  const std::string file = files_below(directory).front();
  ::chmod(file.c_str(), 0666);
  CHECK_FALSE(finds_layer(directory));
  ::chmod(file.c_str(), 0600);
  CHECK(finds_layer(directory));
  ::chmod(directory.c_str(), 0777);
  CHECK_FALSE(finds_layer(directory));
  ::chmod(directory.c_str(), 0700);
  fs::rename(file, file + ".real");
  fs::create_symlink(file + ".real", file);
  CHECK_FALSE(finds_layer(directory));
}

TEST_CASE(
    "digest cache: below a directory of another user, or behind a link that leads nowhere, it is "
    "not used") {
  if (!test::require_machine(test::is_root(), "root, to create files of another user")) return;
  const TempDir root;
  base::SilentLog log;
  fs::create_directory(root / "foreign");
  fs::create_directory(root / "foreign/below");
  REQUIRE(::chown((root / "foreign").c_str(), 65534, 65534) == 0);
  for (const std::string name :
       {"foreign/digests", "foreign/below/digests", "foreign/below/a/b/digests"}) {
    CAPTURE(name);
    DigestCache(root / name, log).store_layer(oci::digest_of("layer"), kEncoder, kBlob);
    CHECK_FALSE(fs::exists(root / name));
  }
  fs::create_symlink("gone", root / "link");
  DigestCache(root / "link", log).store_layer(oci::digest_of("layer"), kEncoder, kBlob);
  CHECK_FALSE(fs::exists(root / "gone"));
}

TEST_CASE("digest cache: a directory that another user creates while a push runs is not written") {
  if (!test::require_machine(test::is_root(), "root, to create files of another user")) return;
  const TempDir root;
  base::SilentLog log;
  DigestCache cache(root / "berth/digests", log);
  fs::create_directory(root / "berth");
  fs::create_directory(root / "berth/digests");
  REQUIRE(::chown((root / "berth/digests").c_str(), 65534, 65534) == 0);
  cache.store_layer(oci::digest_of("layer"), kEncoder, kBlob);
  CHECK(files_below(root / "berth/digests").empty());
}

TEST_CASE("digest cache: making room deletes nothing but records of this user") {
  const TempDir root;
  const std::string directory = root / "records";
  fs::create_directory(directory);
  fs::create_directory(root / "victim");
  for (int i = 0; i < 20; ++i) root.write("victim/f" + std::to_string(i), "x");
  fs::create_symlink(root / "victim", root / "link");
  for (int i = 0; i < 20; ++i)
    push::write_record(root / "link", std::to_string(i), "layer", {"x"}, 4);
  for (int i = 0; i < 20; ++i) CHECK(fs::exists(root / ("victim/f" + std::to_string(i))));
}

TEST_CASE("digest cache: a directory that cannot be created or written loses nothing") {
  const TempDir root;
  base::SilentLog log;
  root.write("file", "not a directory");
  for (const std::string& directory : {root / "file/below", std::string()}) {
    DigestCache cache(directory, log);
    cache.store_layer(oci::digest_of("layer"), kEncoder, kBlob);
    CHECK_FALSE(cache.find_layer(oci::digest_of("layer"), kEncoder));
  }
}

TEST_CASE("digest cache: records are bounded; the oldest make room") {
  const TempDir root;
  const std::string directory = root / "records";
  for (int i = 0; i < 20; ++i)
    REQUIRE(push::write_record(directory, std::to_string(i), "layer", {"x"}, 8));
  CHECK(files_below(directory).size() <= 8);
  CHECK(push::read_record(directory + "/19", "layer"));
  CHECK_FALSE(push::read_record(directory + "/19", "archive"));
}

TEST_CASE("digest cache: parallel writers leave one valid record") {
  const TempDir root;
  base::SilentLog log;
  const std::string directory = root / "cache";
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 8; ++i)
      writers.emplace_back([&] {
        DigestCache cache(directory, log);
        for (int round = 0; round < 20; ++round)
          cache.store_layer(oci::digest_of("layer"), kEncoder, kBlob);
      });
  }
  CHECK(finds_layer(directory));
  CHECK(files_below(directory).size() == 1);
}
