// The digest cache with a real registry: what the second push of an archive sends, and that a
// changed archive is found.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>

#include <boost/filesystem.hpp>

#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"

using namespace berth;
using test::Berth;
using test::RealRegistry;
using test::TempDir;
namespace fs = boost::filesystem;

namespace {

const std::string kOne = test::tar_of({{"one", test::noise(400'000, 1)}});
const std::string kTwo = test::tar_of({{"two", test::noise(300'000, 2)}});

struct CacheBench {
  TempDir directory;
  RealRegistry registry;
  Berth berth;

  test::CommandResult push(const std::string& tag, const std::vector<std::string>& options = {}) {
    std::vector<std::string> arguments{"push", "docker-archive:" + directory / "app.tar",
                                       registry.host() + "/cached/app:" + tag};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return berth.run(arguments);
  }
  void write_archive(const std::vector<std::string>& layers) {
    directory.write("app.tar", test::docker_archive(layers).tar());
  }
};

// Waits until a file that is written now has older times than the clock: then a push may recognise
// it again.
void settle(const std::string& path) {
  struct stat status {};
  ::stat(path.c_str(), &status);
  timespec resolution{};
  timespec now{};
  ::clock_getres(CLOCK_REALTIME_COARSE, &resolution);
  const auto nanoseconds = [](const timespec& time) {
    return time.tv_sec * 1'000'000'000L + time.tv_nsec;
  };
  do ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  while (nanoseconds(now) <= nanoseconds(status.st_ctim) + 2 * nanoseconds(resolution));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE(
    "digest cache: the same archive is not compressed again, and its digest is the same without "
    "the cache") {
  CacheBench bench;
  bench.write_archive({kOne, kTwo});
  settle(bench.directory / "app.tar");
  const auto first = bench.push("1");
  REQUIRE_MESSAGE(first.status == 0, first.err);
  CHECK(contains(first.err, "uploaded 3 blobs"));
  const auto second = bench.push("1");
  REQUIRE_MESSAGE(second.status == 0, second.err);
  CHECK(second.out == first.out);
  CHECK(contains(second.err, "uploaded 0 blobs"));
  const auto other = bench.push("2");
  CHECK(other.out == first.out);
  CHECK(contains(other.err, "uploaded 0 blobs"));
  const auto without = bench.push("3", {"--no-cache"});
  CHECK(without.out == first.out);
  CHECK(contains(without.err, "uploaded 2 blobs"));
}

TEST_CASE(
    "digest cache: an archive that was rewritten, also with its time restored, is read again") {
  for (const bool restore : {false, true}) {
    CAPTURE(restore);
    CacheBench bench;
    bench.write_archive({kOne, kTwo});
    const std::string path = bench.directory / "app.tar";
    settle(path);
    REQUIRE(bench.push("1").status == 0);
    struct stat before {};
    ::stat(path.c_str(), &before);
    // One byte of the second layer, in place.
    std::string bytes = test::slurp(path);
    const auto at = bytes.find(kTwo.substr(1024, 64)) + 10;
    const char changed = static_cast<char>(bytes[at] ^ 1);
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    REQUIRE(::pwrite(file, &changed, 1, static_cast<off_t>(at)) == 1);
    ::close(file);
    const timespec times[2]{before.st_atim, before.st_mtim};
    if (restore) REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
    const auto second = bench.push("1");
    CHECK(second.status != 0);
    CHECK(contains(second.err, "(integrity)"));
    CHECK(contains(second.err, "is damaged"));
  }
}

TEST_CASE("digest cache: an archive that is rewritten at once is read again") {
  CacheBench bench;
  const std::string path = bench.directory / "app.tar";
  const auto good = test::docker_archive({kOne, kTwo}).tar();
  auto bad = good;
  bad[bad.find(kTwo.substr(1024, 64)) + 10] ^= 1;
  for (int round = 0; round < 10; ++round) {
    bench.directory.write("app.tar", good);
    REQUIRE(bench.push("1").status == 0);
    bench.directory.write("app.tar", bad);
    CHECK(bench.push("1").status != 0);
  }
}

TEST_CASE("digest cache: a registry that lost its blobs gets them again, with the same digest") {
  CacheBench bench;
  bench.write_archive({kOne, kTwo});
  settle(bench.directory / "app.tar");
  const auto first = bench.push("1");
  REQUIRE(first.status == 0);
  RealRegistry other;
  const auto second = bench.berth.run(
      {"push", "docker-archive:" + bench.directory / "app.tar", other.host() + "/a:1"});
  REQUIRE_MESSAGE(second.status == 0, second.err);
  CHECK(contains(second.err, "uploaded 3 blobs"));
  CHECK(second.out.substr(second.out.find('@')) == first.out.substr(first.out.find('@')));
}

TEST_CASE(
    "digest cache: records that are truncated or foreign, and a directory that cannot be written, "
    "change nothing") {
  CacheBench bench;
  bench.write_archive({kOne, kTwo});
  settle(bench.directory / "app.tar");
  const auto first = bench.push("1");
  REQUIRE(first.status == 0);
  const std::string cache = bench.berth.home() / "cache/berth";
  for (fs::recursive_directory_iterator it(cache), end; it != end; ++it)
    if (fs::is_regular_file(it->path())) fs::resize_file(it->path(), fs::file_size(it->path()) / 2);
  const auto truncated = bench.push("1");
  CHECK(truncated.status == 0);
  CHECK(truncated.out == first.out);
  fs::remove_all(cache);
  bench.directory.write("file", "");
  fs::create_symlink("/dev/full", cache);
  const auto unwritable = bench.push("1");
  CHECK(unwritable.status == 0);
  CHECK(unwritable.out == first.out);
}

TEST_CASE("digest cache: a directory that other users can change is named and not used") {
  CacheBench bench;
  bench.write_archive({kOne});
  REQUIRE(bench.push("1").status == 0);
  const std::string cache = bench.berth.home() / "cache/berth/digests";
  ::chmod(cache.c_str(), 0777);
  const auto pushed = bench.push("2");
  CHECK(pushed.status == 0);
  CHECK(contains(pushed.err, "the digest cache is not used"));
}
