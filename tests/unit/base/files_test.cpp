#include "base/files.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>

#include "support/temp_dir.hpp"

using namespace berth::base;
using berth::test::slurp;
using berth::test::TempDir;

namespace {
std::size_t files_in(const std::string& folder) {
  return static_cast<std::size_t>(std::distance(boost::filesystem::directory_iterator(folder), {}));
}
}  // namespace

TEST_CASE("files: reading is bounded and names what is wrong") {
  const TempDir dir;
  dir.write("f", "12345");
  CHECK(read_file(dir / "f", 5).value() == "12345");
  CHECK(read_file(dir / "f", 4).error().code() == "file.too-large");
  CHECK(read_file(dir / "none", 4).error().error_class() == ErrorClass::not_found);
  CHECK(read_file(dir.path(), 4).error().error_class() == ErrorClass::disk);
  CHECK(read_file("/dev/zero", 4).error().code() == "file.special");
}

TEST_CASE("files: written whole, with its mode, making folders") {
  const TempDir dir;
  REQUIRE(write_file_atomically(dir / "a/b/c", "one", 0600).has_value());
  REQUIRE(write_file_atomically(dir / "a/b/c", "two", 0640).has_value());
  CHECK(slurp(dir / "a/b/c") == "two");
  struct stat info {};
  REQUIRE(::stat((dir / "a/b/c").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0640);
  CHECK(files_in(dir / "a/b") == 1);
}

TEST_CASE("files: a disk that is full leaves the old file and nothing beside it") {
  const TempDir dir;
  dir.write("f", "old");
  const int pid = ::fork();
  if (pid == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto written = write_file_atomically(dir / "f", std::string(10'000, 'x'), 0600);
    ::_exit(!written && written.error().error_class() == ErrorClass::disk ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  CHECK(status == 0);
  CHECK(slurp(dir / "f") == "old");
  CHECK(files_in(dir.path()) == 1);
}

TEST_CASE("files: a lock is exclusive, waited for within a limit, and ends when cancelled") {
  const TempDir dir;
  Cancellation cancellation;
  {
    const auto held = FileLock::acquire(dir / "lock", std::chrono::milliseconds(0), cancellation);
    REQUIRE(held.has_value());
    CHECK(FileLock::acquire(dir / "lock", std::chrono::milliseconds(20), cancellation).error().code() ==
          "lock.timeout");
    cancellation.request(Cancellation::Reason::interrupt);
    CHECK(FileLock::acquire(dir / "lock", std::chrono::hours(1), cancellation).error().exit_status() == 130);
  }
  Cancellation fresh;
  CHECK(FileLock::acquire(dir / "lock", std::chrono::milliseconds(0), fresh).has_value());
}

TEST_CASE("cancellation: the first reason wins and can be polled for") {
  Cancellation cancellation;
  CHECK_FALSE(cancellation.requested());
  cancellation.request(Cancellation::Reason::timeout);
  cancellation.request(Cancellation::Reason::terminate);
  CHECK(cancellation.error().exit_status() == 8);
}

TEST_CASE("files: a temporary file has no name") {
  const TempDir dir;
  const auto file = unlinked_file(dir.path());
  REQUIRE(file.has_value());
  CHECK(files_in(dir.path()) == 0);
}
