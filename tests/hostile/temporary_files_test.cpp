// Temporary files: without a name, for their owner only, wherever TMPDIR leads.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/file_io.hpp"
#include "support/berth.hpp"
#include "support/images.hpp"

using namespace berth;
using test::TempDir;

namespace {

bool is_empty(const std::string& directory) {
  return boost::filesystem::directory_iterator(directory) ==
         boost::filesystem::directory_iterator();
}

}  // namespace

TEST_CASE(
    "temporary files: no name and mode 0600, also in a world-writable directory without the sticky "
    "bit") {
  const TempDir dir;
  for (const mode_t mode : {0700, 01777, 0777}) {
    CAPTURE(mode);
    REQUIRE(::chmod(dir.path().c_str(), mode) == 0);
    const auto file = base::unlinked_file(dir.path()).value();
    struct stat status {};
    REQUIRE(::fstat(file.get(), &status) == 0);
    CHECK(status.st_nlink == 0);
    CHECK((status.st_mode & 07777) == 0600);
    CHECK(status.st_uid == ::geteuid());
    CHECK(is_empty(dir.path()));
  }
}

TEST_CASE("temporary files: a TMPDIR that is not a directory is reported and does not block") {
  const TempDir dir;
  dir.write("file", "");
  REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
  REQUIRE(::symlink("nowhere", (dir / "dangling").c_str()) == 0);
  for (const char* name : {"file", "pipe", "dangling", "none"}) {
    CAPTURE(name);
    const auto made = base::unlinked_file(dir / name);
    REQUIRE_FALSE(made);
    CHECK(made.error().message().find(dir / name) != std::string::npos);
  }
}

TEST_CASE(
    "temporary files: an archive from a pipe leaves no file in TMPDIR, and follows no link there") {
  const test::Berth berth;
  const auto& home = berth.home();
  home.write("victim", "untouched");
  boost::filesystem::create_directories(home / "tmp");
  REQUIRE(::chmod((home / "tmp").c_str(), 0777) == 0);
  // Names that a careless program would use.
  for (const char* name : {"berth-XXXXXX", "berth", "berth.tmp", "berth-spool"})
    REQUIRE(::symlink("../victim", (home / "tmp/" + name).c_str()) == 0);
  test::CommandOptions options;
  options.environment = {{"TMPDIR", home / "tmp"}};
  options.input =
      test::gzip(test::docker_archive({test::tar_of({{"f", test::noise(300'000, 1)}})}).tar());
  const auto pushed = berth.run({"push", "docker-archive:-", "app:1", "--flavor", "layout", "--uri",
                                 "oci:" + (home / "shelf")},
                                options);
  CHECK_MESSAGE(pushed.status == 0, pushed.err);
  CHECK(test::slurp(home / "victim") == "untouched");
  CHECK(std::distance(boost::filesystem::directory_iterator(home / "tmp"), {}) == 4);
}
