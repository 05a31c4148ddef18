#include "base/file_io.hpp"

#include <doctest/doctest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <thread>

#include "support/temp_dir.hpp"

using namespace berth::base;
using berth::test::slurp;
using berth::test::TempDir;

namespace {
std::size_t files_in(const std::string& directory) {
  return static_cast<std::size_t>(
      std::distance(boost::filesystem::directory_iterator(directory), {}));
}
}  // namespace

TEST_CASE("files: reading is limited and reports the failing path") {
  const TempDir dir;
  dir.write("f", "12345");
  CHECK(read_file(dir / "f", 5).value() == "12345");
  CHECK(read_file(dir / "f", 4).error().code() == "file.too-large");
  CHECK(read_file(dir / "none", 4).error().error_class() == ErrorClass::not_found);
  CHECK(read_file(dir.path(), 4).error().error_class() == ErrorClass::disk);
  CHECK(read_file("/dev/zero", 4).error().code() == "file.special");
}

TEST_CASE("files: reads an allowed pipe to its end within the same limits") {
  const TempDir dir;
  REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
  for (const std::size_t limit : {std::size_t{5}, std::size_t{4}}) {
    std::thread writer([&] { dir.write("pipe", "12345"); });
    const auto read = read_file(dir / "pipe", limit, Pipes::allowed);
    writer.join();
    CHECK(read.has_value() == (limit == 5));
    CHECK((read ? *read : read.error().code()) == (limit == 5 ? "12345" : "file.too-large"));
  }
}

TEST_CASE("files: does not block on an unexpected pipe, and only briefly on one without a writer") {
  const TempDir dir;
  REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
  CHECK(open_for_reading(dir / "pipe").error().code() == "file.special");
  CHECK(read_file(dir / "pipe", 4).error().code() == "file.special");
  const auto waited = read_file(dir / "pipe", 4, Pipes::allowed);
  CHECK(waited.error().code() == "file.no-writer");
  CHECK(waited.error().error_class() == ErrorClass::stall);
  CHECK(read_file("/dev/null", 4).value().empty());
}

TEST_CASE("files: opens only regular files, also through symbolic links") {
  const TempDir dir;
  dir.write("f", "1");
  REQUIRE(::symlink("f", (dir / "good").c_str()) == 0);
  REQUIRE(::symlink("nowhere", (dir / "dangling").c_str()) == 0);
  REQUIRE(::symlink("loop", (dir / "loop").c_str()) == 0);
  CHECK(open_for_reading(dir / "good").has_value());
  CHECK(open_for_reading(dir / "dangling").error().code() == "file.missing");
  CHECK(open_for_reading(dir / "loop").error().error_class() == ErrorClass::disk);
  CHECK(open_for_reading(dir / "f/below").error().error_class() == ErrorClass::disk);
  CHECK(open_for_reading("").error().code() == "file.missing");
  CHECK(open_for_reading(dir / std::string(5000, 'x')).error().error_class() == ErrorClass::disk);
}

TEST_CASE("files: reading at an offset stops at the end") {
  const TempDir dir;
  const auto file = open_for_reading(dir.write("f", "12345")).value();
  std::array<std::byte, 4> bytes{};
  CHECK(read_at(file.get(), bytes, 0, "f").value() == 4);
  CHECK(read_at(file.get(), bytes, 3, "f").value() == 2);
  CHECK(static_cast<char>(bytes[1]) == '5');
  CHECK(read_at(file.get(), bytes, 5, "f").value() == 0);
  CHECK(read_at(file.get(), bytes, 1U << 30U, "f").value() == 0);
  CHECK(read_at(-1, bytes, 0, "f").error().error_class() == ErrorClass::disk);
}

TEST_CASE("files: writes atomically with the mode, and creates directories") {
  const TempDir dir;
  REQUIRE(write_file_atomically(dir / "a/b/c", "one", 0600).has_value());
  REQUIRE(write_file_atomically(dir / "a/b/c", "two", 0640).has_value());
  CHECK(slurp(dir / "a/b/c") == "two");
  struct stat info {};
  REQUIRE(::stat((dir / "a/b/c").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0640);
  CHECK(files_in(dir / "a/b") == 1);
}

TEST_CASE("files: a full disk keeps the old file and leaves no temporary file") {
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

TEST_CASE("files: a failed replacement leaves no temporary file") {
  const TempDir dir;
  dir.write("directory/inside", "x");
  CHECK(write_file_atomically(dir / "directory", "new", 0600).error().error_class() ==
        ErrorClass::disk);
  CHECK(files_in(dir.path()) == 1);
  dir.write("file", "x");
  CHECK_FALSE(write_file_atomically(dir / "file/below", "new", 0600).has_value());
  CHECK(slurp(dir / "file") == "x");
  CHECK_FALSE(write_file_atomically(dir / (std::string(300, 'x')), "new", 0600).has_value());
  CHECK(files_in(dir.path()) == 2);
}

TEST_CASE("files: removes leftovers of killed writers, but not files in use or of others") {
  const TempDir dir;
  dir.write("f.berth-new-abcdef", "half");
  dir.write("f.backup", "mine");
  dir.write("g.berth-new-abcdef", "half of another");
  const auto alive = open_for_reading(dir.write("f.berth-new-ghijkl", "being written")).value();
  REQUIRE(::flock(alive.get(), LOCK_EX) == 0);
  REQUIRE(write_file_atomically(dir / "f", "new", 0600).has_value());
  CHECK(slurp(dir / "f") == "new");
  CHECK(slurp(dir / "f.berth-new-abcdef").empty());
  CHECK(slurp(dir / "f.backup") == "mine");
  CHECK(slurp(dir / "g.berth-new-abcdef") == "half of another");
  CHECK(slurp(dir / "f.berth-new-ghijkl") == "being written");
}

TEST_CASE("files: replaces a symbolic link and does not change its target") {
  const TempDir dir;
  dir.write("foreign", "theirs");
  REQUIRE(::symlink("foreign", (dir / "f").c_str()) == 0);
  REQUIRE(write_file_atomically(dir / "f", "ours", 0600).has_value());
  CHECK(slurp(dir / "foreign") == "theirs");
  CHECK(slurp(dir / "f") == "ours");
}

TEST_CASE("files: concurrent readers see one complete version or the other") {
  const TempDir dir;
  const std::string versions[] = {std::string(100'000, 'a'), std::string(50'000, 'b')};
  REQUIRE(write_file_atomically(dir / "f", versions[0], 0600).has_value());
  std::thread writer([&] {
    for (int i = 0; i < 50; ++i)
      CHECK(write_file_atomically(dir / "f", versions[i % 2], 0600).has_value());
  });
  for (int i = 0; i < 200; ++i) {
    const auto read = read_file(dir / "f", 1U << 20U).value();
    CHECK((read == versions[0] || read == versions[1]));
  }
  writer.join();
}

TEST_CASE("files: a lock does not follow a link") {
  const TempDir dir;
  dir.write("foreign", "x");
  REQUIRE(::symlink("foreign", (dir / "lock").c_str()) == 0);
  Cancellation cancellation;
  CHECK(FileLock::acquire(dir / "lock", std::chrono::milliseconds(0), cancellation)
            .error()
            .error_class() == ErrorClass::disk);
}

TEST_CASE("files: a lock is exclusive, has a timeout, and can be cancelled") {
  const TempDir dir;
  Cancellation cancellation;
  {
    const auto held = FileLock::acquire(dir / "lock", std::chrono::milliseconds(0), cancellation);
    REQUIRE(held.has_value());
    CHECK(FileLock::acquire(dir / "lock", std::chrono::milliseconds(20), cancellation)
              .error()
              .code() == "lock.timeout");
    cancellation.request(Cancellation::Reason::interrupt);
    CHECK(FileLock::acquire(dir / "lock", std::chrono::hours(1), cancellation)
              .error()
              .exit_status() == 130);
  }
  Cancellation fresh;
  CHECK(FileLock::acquire(dir / "lock", std::chrono::milliseconds(0), fresh).has_value());
}

TEST_CASE("cancellation: keeps the first reason and can be polled") {
  Cancellation cancellation;
  CHECK_FALSE(cancellation.requested());
  cancellation.request(Cancellation::Reason::timeout);
  cancellation.request(Cancellation::Reason::terminate);
  CHECK(cancellation.error().exit_status() == 8);
}

TEST_CASE("cancellation: wakes all waiters, and each reason has its status") {
  using Reason = Cancellation::Reason;
  for (const auto& [reason, status] :
       {std::pair(Reason::interrupt, 130), std::pair(Reason::terminate, 143),
        std::pair(Reason::timeout, 8)}) {
    Cancellation cancellation;
    CHECK_FALSE(cancellation.wait_for(std::chrono::milliseconds(0)));
    std::thread other([&cancellation, wanted = reason] { cancellation.request(wanted); });
    CHECK(cancellation.wait_for(std::chrono::minutes(1)));
    CHECK(cancellation.wait_for(std::chrono::minutes(1)));
    other.join();
    CHECK(cancellation.reason() == reason);
    CHECK(cancellation.error().exit_status() == status);
  }
}

TEST_CASE("files: a temporary file has no name") {
  const TempDir dir;
  const auto file = unlinked_file(dir.path());
  REQUIRE(file.has_value());
  CHECK(files_in(dir.path()) == 0);
}

TEST_CASE("files: opens an output file like a shell redirection") {
  const TempDir dir;
  Cancellation cancellation;
  auto write = [&](const std::string& path, std::string_view bytes) {
    auto file = OutputFile::open(path);
    return file ? file->write(bytes, cancellation) : Result<void>(std::move(file).error());
  };
  dir.write("old", "longer than the new one");
  struct stat before {};
  struct stat after {};
  REQUIRE(::stat((dir / "old").c_str(), &before) == 0);
  CHECK(write(dir / "old", "new").has_value());
  REQUIRE(::stat((dir / "old").c_str(), &after) == 0);
  CHECK(slurp(dir / "old") == "new");
  CHECK(before.st_ino == after.st_ino);
  CHECK(write(dir / "a/b/new", "x").has_value());
  CHECK(slurp(dir / "a/b/new") == "x");
  for (const char* target : {"old", "not-yet"}) {
    boost::filesystem::create_symlink(dir / target, dir / "link");
    CHECK(write(dir / "link", "linked").has_value());
    CHECK(boost::filesystem::is_symlink(dir / "link"));
    CHECK(slurp(dir / target) == "linked");
    boost::filesystem::remove(dir / "link");
  }
  CHECK(write("/dev/null", "x").has_value());
  CHECK(write("/dev/full", "x").error().cause() == "no space left on device");
  CHECK(OutputFile::open(dir.path()).error().error_class() == ErrorClass::disk);
}

TEST_CASE("files: an output pipe waits for its reader or for cancellation") {
  const TempDir dir;
  REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
  Cancellation cancellation;
  {
    std::string read;
    std::thread reader([&] { read = slurp(dir / "pipe"); });
    CHECK(OutputFile::open(dir / "pipe")->write("text", cancellation).has_value());
    reader.join();
    CHECK(read == "text");
  }
  cancellation.request(Cancellation::Reason::interrupt);
  CHECK(OutputFile::open(dir / "pipe")->write("text", cancellation).error().exit_status() == 130);
}
