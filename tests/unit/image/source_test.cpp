// Parsing of sources, and opening of archives.
#include "image/source.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <thread>

#include "base/file_io.hpp"
#include "image/archive_file.hpp"
#include "image/open_source.hpp"
#include "support/images.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using image::SourceSpec;
using image::Transport;
using test::TempDir;

namespace {

// The resources for opening a source, in an environment with only these variables.
struct Machine {
  base::Cancellation cancellation;
  base::SilentLog log;
  std::map<std::string, std::string> variables{};
  [[nodiscard]] image::SourceContext context() {
    return {cancellation,
            log,
            [this](std::string_view name) {
              const auto found = variables.find(std::string(name));
              return found == variables.end() ? std::nullopt : std::optional(found->second);
            },
            {}};
  }
};

base::Result<image::ArchiveFile> open_file(const std::string& file) {
  Machine machine;
  return image::open_archive(file, "docker-archive", machine.context());
}

base::Result<std::string> content_of(const std::string& file) {
  BERTH_TRY(const auto archive, open_file(file));
  std::string text(1U << 20U, '\0');
  BERTH_TRY(const auto count,
            base::read_at(archive.file->get(), std::as_writable_bytes(std::span(text)), 0, file));
  return text.substr(0, count);
}

// Reads `file` as standard input.
std::string code_of_input(const platform::UniqueFd& input, std::string* content = nullptr) {
  const platform::UniqueFd saved(::dup(0));
  ::dup2(input.get(), 0);
  const auto read = content_of("-");
  ::dup2(saved.get(), 0);
  if (read && content != nullptr) *content = *read;
  return read ? "" : read.error().code();
}

}  // namespace

TEST_CASE("source: parses references like containers-transports(5)") {
  const std::string kDigest = "@sha256:" + std::string(64, 'a');
  const std::string kByDigest = "oci:dir" + kDigest;  // like oras and regctl
  struct {
    const char* text;
    Transport transport;
    const char* location;
    const char* selector;
  } const good[] = {
      {"oci:dir", Transport::oci, "dir", ""},
      {"oci:/a/b:1.2", Transport::oci, "/a/b", "1.2"},
      {"oci:dir:team/app:1", Transport::oci, "dir", "team/app:1"},
      {"oci:dir:@3", Transport::oci, "dir", "@3"},
      {kByDigest.c_str(), Transport::oci, "dir", kDigest.c_str()},
      {"oci:dir@1", Transport::oci, "dir@1", ""},
      {"oci-archive:a.tar:1", Transport::oci_archive, "a.tar", "1"},
      {"oci-archive:-", Transport::oci_archive, "-", ""},
      {"docker-archive:a.tar", Transport::docker_archive, "a.tar", ""},
      {"docker-archive:a.tar:demo/app:1", Transport::docker_archive, "a.tar", "demo/app:1"},
      {"docker-archive:-:localhost:5000/app:1", Transport::docker_archive, "-",
       "localhost:5000/app:1"},
      {"docker-daemon:app:1", Transport::docker_daemon, "app:1", ""},
      {"app:1", Transport::docker_daemon, "app:1", ""},
      {"localhost:5000/app", Transport::docker_daemon, "localhost:5000/app", ""},
      {"ocix:dir", Transport::docker_daemon, "ocix:dir", ""},
      {"oci", Transport::docker_daemon, "oci", ""},
      {"docker://ghcr.example/a/b:1", Transport::docker, "ghcr.example/a/b:1", ""},
  };
  for (const auto& one : good) {
    CAPTURE(one.text);
    const auto spec = SourceSpec::parse(one.text);
    REQUIRE(spec.has_value());
    CHECK(spec->transport == one.transport);
    CHECK(spec->location == one.location);
    CHECK(spec->selector == one.selector);
    CHECK(spec->text == one.text);
  }
  const std::pair<const char*, const char*> bad[] = {
      {"", "source.incomplete"},
      {"docker-daemon:", "source.incomplete"},
      {"oci:", "source.incomplete"},
      {"oci::tag", "source.incomplete"},
      {"oci-archive:", "source.incomplete"},
      {"docker-archive::x", "source.incomplete"},
      {"docker:app", "source.docker"},
      {"docker://https://app", "reference.scheme"},
  };
  for (const auto& one : bad) {
    CAPTURE(one.first);
    const auto spec = SourceSpec::parse(one.first);
    REQUIRE_FALSE(spec.has_value());
    CHECK(spec.error().code() == one.second);
    CHECK(spec.error().error_class() == base::ErrorClass::usage);
    CHECK_FALSE(spec.error().fix().empty());
  }
  CHECK(image::has_transport("oci:x"));
  CHECK_FALSE(image::has_transport("oci"));
  CHECK_FALSE(image::has_transport("app:oci"));
}

TEST_CASE("archive: a plain file, a gzipped one and a pipe yield the same bytes") {
  const TempDir directory;
  const std::string bytes = test::noise(700'000, 1);
  CHECK(content_of(directory.write("plain", bytes)).value() == bytes);
  CHECK(content_of(directory.write("gzipped", test::gzip(bytes))).value() == bytes);
  CHECK(content_of(directory.write("two members", test::gzip(bytes) + test::gzip("x"))).value() ==
        bytes + "x");
  CHECK(content_of(directory.write("empty", "")).error().code() == "source.empty-file");
  for (const std::string& sent : {bytes, test::gzip(bytes)}) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const platform::UniqueFd read_end(ends[0]);
    std::jthread writer([&, write_end = platform::UniqueFd(ends[1])] {
      // One byte is not enough to detect gzip.
      CHECK(::write(write_end.get(), sent.data(), 1) == 1);
      CHECK(base::write_all(write_end.get(), std::as_bytes(std::span(sent).subspan(1)), "pipe")
                .has_value());
    });
    std::string content;
    CHECK(code_of_input(read_end, &content).empty());
    CHECK(content == bytes);
  }
}

TEST_CASE("archive: reads a file on standard input in place, from its current offset") {
  const TempDir directory;
  const auto file = base::open_for_reading(directory.write("f", "0123456789")).value();
  std::string content;
  CHECK(code_of_input(file, &content).empty());
  CHECK(content == "0123456789");
  REQUIRE(::lseek(file.get(), 4, SEEK_SET) == 4);
  CHECK(code_of_input(file, &content).empty());
  CHECK(content == "456789");
}

TEST_CASE("archive: rejects other files with a near miss") {
  const TempDir directory;
  const std::string zipped = test::gzip(test::noise(100'000, 1));
  for (const std::size_t cut : {std::size_t{50'000}, zipped.size() - 2}) {
    const auto archive = open_file(directory.write("cut.gz", zipped.substr(0, cut)));
    REQUIRE(archive.has_value());
    CHECK(archive->truncated == "its gzip stream is incomplete");
  }
  CHECK(content_of(directory.write("cut.gz", zipped.substr(0, 5))).error().code() ==
        "source.truncated");
  std::string broken = zipped;
  broken[broken.size() - 7] = static_cast<char>(broken[broken.size() - 7] ^ 1);
  CHECK(content_of(directory.write("broken.gz", broken)).error().code() == "source.not-gzip");
  CHECK(content_of(directory.path()).error().code() == "file.special");
  CHECK(content_of("/dev/zero").error().code() == "file.special");
  directory.write("image.tar", "x");
  const auto missing = content_of(directory / "imaeg.tar");
  CHECK(missing.error().error_class() == base::ErrorClass::not_found);
  CHECK(missing.error().fix() == "did you mean " + (directory / "image.tar") + "?");
  CHECK(content_of(directory / "nowhere/image.tar").error().fix().empty());
  CHECK(code_of_input(base::open_for_reading(directory / "broken.gz").value()) ==
        "source.not-gzip");
}

TEST_CASE("archive: waiting for a pipe's writer can be cancelled") {
  const TempDir directory;
  REQUIRE(::mkfifo((directory / "pipe").c_str(), 0600) == 0);
  Machine machine;
  machine.cancellation.request(base::Cancellation::Reason::interrupt);
  CHECK(image::open_archive(directory / "pipe", "oci-archive", machine.context())
            .error()
            .error_class() == base::ErrorClass::interrupted);
}
