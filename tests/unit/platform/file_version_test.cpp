// When a file is recognised as unchanged.
#include "platform/file_version.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>

#include "support/temp_dir.hpp"

using namespace berth;
using test::TempDir;

namespace {

platform::UniqueFd opened(const std::string& path) {
  return platform::UniqueFd(::open(path.c_str(), O_RDONLY));
}

// Waits until the clock of file times has moved on: for a file system whose times are that clock's.
void next_tick() {
  timespec begin{};
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &begin);
  do ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  while (now.tv_sec == begin.tv_sec && now.tv_nsec == begin.tv_nsec);
}

void set_modified(const std::string& path, const timespec& time) {
  const timespec times[2]{time, time};
  ::utimensat(AT_FDCWD, path.c_str(), times, 0);
}

}  // namespace

TEST_CASE(
    "file version: differs after a write, a replacement, and a write whose times were restored") {
  const TempDir directory;
  const std::string path = directory.write("file", "one");
  const auto file = opened(path);
  const auto version = platform::version_of(file);
  REQUIRE(version);
  CHECK(version->size == 3);
  CHECK(platform::version_of(file) == version);
  struct stat before {};
  ::stat(path.c_str(), &before);
  next_tick();
  directory.write("file", "two");
  set_modified(path, before.st_mtim);
  CHECK_FALSE(platform::version_of(file) == version);
  CHECK(platform::version_of(file)->modified == version->modified);
  directory.write("new", "one");
  set_modified(directory / "new", before.st_mtim);
  ::rename((directory / "new").c_str(), path.c_str());
  CHECK_FALSE(platform::version_of(opened(path)) == version);
}

TEST_CASE("file version: is not settled in the tick of its last change") {
  const TempDir directory;
  const std::string path = directory.write("file", "one");
  const auto file = opened(path);
  CHECK_FALSE(platform::is_settled(file, *platform::version_of(file)));
  // A file of the past is settled, unless its attributes changed now: a restored time hides
  // nothing.
  set_modified(path, {1'000'000'000, 0});
  CHECK_FALSE(platform::is_settled(file, *platform::version_of(file)));
}

TEST_CASE(
    "file version: a file that a write in the same tick leaves with its version was not settled") {
  const TempDir directory;
  const std::string path = directory.write("file", "one");
  const platform::UniqueFd file(::open(path.c_str(), O_RDWR));
  bool seen = false;
  // Kernels since 6.13 give a file a finer time if its last one was read: then no write goes
  // unseen.
  for (int round = 0; round < 1000 && !seen; ++round) {
    REQUIRE(::pwrite(file.get(), "one", 3, 0) == 3);
    const auto version = platform::version_of(file);
    const bool settled = platform::is_settled(file, *version);
    REQUIRE(::pwrite(file.get(), "two", 3, 0) == 3);
    seen = platform::version_of(file) == version;
    if (seen) CHECK_FALSE(settled);
  }
  CHECK_MESSAGE(true, (seen ? "seen" : "this kernel distinguishes writes in one tick"));
}

TEST_CASE("file version: pipes, devices and files without a name have none") {
  CHECK_FALSE(platform::version_of(opened("/dev/null")));
  const TempDir directory;
  const std::string path = directory.write("file", "one");
  const auto file = opened(path);
  ::unlink(path.c_str());
  CHECK_FALSE(platform::version_of(file));
  CHECK_FALSE(platform::version_of(platform::UniqueFd()));
}

TEST_CASE("file version: the boot ID is the same twice") {
  CHECK_FALSE(platform::boot_id().empty());
  CHECK(platform::boot_id() == platform::boot_id());
}
