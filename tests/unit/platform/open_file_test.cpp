// Files without names, immutable files, paths, events.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "platform/event.hpp"
#include "platform/open_file.hpp"
#include "platform/sealed_file.hpp"
#include "platform/special_paths.hpp"
#include "platform/temporary_file.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using test::TempDir;

TEST_CASE("event: stays readable once set") {
  platform::Event event;
  pollfd wait{event.fd(), POLLIN, 0};
  CHECK(::poll(&wait, 1, 0) == 0);
  for (int i = 0; i < 2; ++i) event.set();
  for (int i = 0; i < 2; ++i) CHECK(::poll(&wait, 1, 0) == 1);
}

TEST_CASE("temporary file: can be read and written, and has no name") {
  const TempDir dir;
  std::error_code error;
  const auto file = platform::create_unnamed_file(dir.path(), error);
  REQUIRE_FALSE(error);
  CHECK(::pwrite(file.get(), "x", 1, 0) == 1);
  char byte = 0;
  CHECK(::pread(file.get(), &byte, 1, 0) == 1);
  CHECK(boost::filesystem::is_empty(dir.path()));
  CHECK_FALSE(platform::create_unnamed_file(dir / "missing", error));
  CHECK(error == std::errc::no_such_file_or_directory);
}

TEST_CASE("sealed file: no descriptor can change it") {
  std::error_code error;
  const auto file = platform::create_memory_file("test", error);
  REQUIRE_FALSE(error);
  REQUIRE(::write(file.get(), "abc", 3) == 3);
  REQUIRE_FALSE(platform::seal(file.get()));
  const platform::UniqueFd copy(::dup(file.get()));
  CHECK(::pwrite(copy.get(), "x", 1, 0) < 0);
  CHECK(::ftruncate(copy.get(), 1) != 0);
  CHECK(::ftruncate(copy.get(), 9) != 0);
  CHECK(platform::seal(-1) == std::errc::bad_file_descriptor);
}

TEST_CASE("open file: its path has no links") {
  const TempDir dir;
  dir.write("file", "x");
  boost::filesystem::create_symlink("file", dir / "link");
  const platform::UniqueFd file(::open((dir / "link").c_str(), O_RDONLY | O_CLOEXEC));
  CHECK(platform::path_of_open_file(file.get()) ==
        boost::filesystem::canonical(dir / "file").string());
  CHECK(platform::path_of_open_file(-1).empty());
}

TEST_CASE(
    "open file: a directory is opened without permission to read it, and not through a link") {
  const TempDir dir;
  boost::filesystem::create_directories(dir / "directory");
  boost::filesystem::create_symlink("directory", dir / "link");
  dir.write("file", "x");
  ::chmod((dir / "directory").c_str(), 0111);
  std::error_code error;
  const auto root = platform::open_directory(dir.path(), error);
  REQUIRE_FALSE(error);
  CHECK(platform::open_directory_at(root.get(), "directory", error));
  CHECK_FALSE(error);
  for (const char* name : {"link", "file", "missing"}) {
    CHECK_FALSE(platform::open_directory_at(root.get(), name, error));
    CHECK(error);
  }
  CHECK(platform::open_directory(dir / "link", error));
  ::chmod((dir / "directory").c_str(), 0755);
}

TEST_CASE("open file: recognises the null device") {
  struct stat status {};
  REQUIRE(::stat("/dev/null", &status) == 0);
  CHECK(platform::is_null_device(status));
  REQUIRE(::stat("/dev/zero", &status) == 0);
  CHECK_FALSE(platform::is_null_device(status));
}

TEST_CASE("special paths: standard output, and the directories of the kernel") {
  for (const char* path : {"-", "/dev/stdout", "/dev/fd/1"})
    CHECK(platform::is_standard_output(path));
  for (const char* path : {"stdout", "./-", "/dev/stderr"})
    CHECK_FALSE(platform::is_standard_output(path));
  CHECK(platform::is_kernel_path("/dev/tty"));
  CHECK_FALSE(platform::is_kernel_path("/home/dev/file"));
}
