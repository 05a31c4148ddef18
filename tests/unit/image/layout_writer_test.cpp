#include "image/layout_writer.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "base/json_parser.hpp"
#include "image/layout_fixture.hpp"
#include "image/layout_index.hpp"

using namespace berth;
using image::LayoutWriter;
using test::TempDir;

namespace {

// Yields `text`, then fails or ends.
class Body final : public http::BodySource {
 public:
  explicit Body(std::string text, bool fails = false) : text_(std::move(text)), fails_(fails) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return std::nullopt; }
  base::Result<std::size_t> read(std::span<std::byte> buffer) override {
    const auto count = std::min(buffer.size(), text_.size() - at_);
    if (count == 0 && fails_)
      return base::Error(base::ErrorClass::integrity, "test.broken", "broken");
    std::memcpy(buffer.data(), text_.data() + at_, count);
    at_ += count;
    return count;
  }
  bool rewind() override { return false; }

 private:
  std::string text_;
  bool fails_;
  std::size_t at_ = 0;
};

std::size_t blobs_in(const TempDir& directory) {
  return static_cast<std::size_t>(
      std::distance(boost::filesystem::directory_iterator(directory / "shelf/blobs/sha256"), {}));
}

oci::Descriptor manifest(const std::string& bytes) {
  return {
      std::string(oci::media_type::kOciManifest), oci::digest_of(bytes), bytes.size(), {}, {}, {}};
}

LayoutWriter open(const TempDir& directory, const base::Cancellation& cancellation) {
  return LayoutWriter::open(directory / "shelf", cancellation).value();
}

std::vector<image::LayoutEntry> entries_of(const TempDir& directory) {
  return image::read_layout_index(*image::directory_layout(directory / "shelf")).value();
}

}  // namespace

TEST_CASE("layout writer: blobs and entries are readable, and no other file is left") {
  const TempDir directory;
  base::Cancellation cancellation;
  auto writer = open(directory, cancellation);
  Body body(test::noise(3'000'000, 1));
  const auto blob = writer.add_blob(body, nullptr).value();
  CHECK(blob.digest.str() == test::sha256(test::noise(3'000'000, 1)));
  CHECK(writer.has_blob(blob.digest, 3'000'000).value());
  CHECK_FALSE(writer.has_blob(blob.digest, 1).value());
  CHECK_FALSE(writer.has_blob(oci::digest_of("x"), 1).value());
  CHECK(writer.verify_blob(blob.digest, blob.size).has_value());
  REQUIRE(writer.add_bytes("{}", oci::digest_of("{}")).has_value());
  CHECK(writer.read_manifest(manifest("{}")).value() == "{}");
  CHECK(blobs_in(directory) == 2);
  CHECK_FALSE(writer.read_entry("app:1").value().has_value());
  REQUIRE(writer.set_entry("app:1", manifest("{}")).has_value());
  CHECK(writer.read_entry("app:1").value()->digest == oci::digest_of("{}"));
}

TEST_CASE("layout writer: replaces an entry, and keeps the position and members of the others") {
  const TempDir directory;
  const test::Layout layout(directory, "shelf");
  auto foreign = layout.manifest({"x"}, oci::Platform{"linux", "arm64", "v8"});
  foreign.set("x-unknown", base::Json::array({1, "two"}));
  auto old = layout.manifest({"y"});
  old.set("annotations", base::Json::object({{std::string(image::kRefName), "app:1"}}));
  layout.write_index({foreign, old});
  base::Cancellation cancellation;
  auto writer = open(directory, cancellation);
  REQUIRE(writer.set_entry("app:2", manifest("two")).has_value());
  REQUIRE(writer.set_entry("app:1", manifest("one")).has_value());
  const auto entries = entries_of(directory);
  REQUIRE(entries.size() == 3);
  CHECK(entries[1].name == "app:2");
  CHECK(entries[2].descriptor.digest == oci::digest_of("one"));
  const auto document =
      base::parse_json(test::slurp(directory / "shelf/index.json"), "index").value();
  CHECK((*document.find("manifests")->as_array())[0] == foreign);
}

TEST_CASE("layout writer: any failure leaves no partial blob") {
  const TempDir directory;
  base::Cancellation cancellation;
  auto writer = open(directory, cancellation);
  const auto wanted = oci::digest_of("right");
  Body wrong("wrong");
  CHECK(writer.add_blob(wrong, &wanted).error().code() == "layout.blob");
  Body broken(test::noise(3'000'000, 1), true);
  CHECK(writer.add_blob(broken, nullptr).error().code() == "test.broken");
  cancellation.request(base::Cancellation::Reason::interrupt);
  Body late("right");
  CHECK(writer.add_blob(late, &wanted).error().error_class() == base::ErrorClass::interrupted);
  CHECK(blobs_in(directory) == 0);
}

TEST_CASE("layout writer: verification finds later damage") {
  const TempDir directory;
  base::Cancellation cancellation;
  auto writer = open(directory, cancellation);
  const auto digest = oci::digest_of("blob");
  CHECK(writer.verify_blob(digest, 4).error().code() == "layout.blob");
  for (const char* damaged : {"blub", "blo", "blobs", ""}) {
    CAPTURE(damaged);
    directory.write("shelf/blobs/sha256/" + std::string(digest.hex()), damaged);
    CHECK(writer.verify_blob(digest, 4).error().code() == "layout.blob");
    CHECK(writer.read_manifest(manifest("blob")).error().code() == "layout.blob");
  }
}

TEST_CASE("layout writer: does not change a directory with other content or of another version") {
  const TempDir directory;
  base::Cancellation cancellation;
  directory.write("home/letter", "dear");
  CHECK(LayoutWriter::open(directory / "home", cancellation).error().code() ==
        "layout.not-a-layout");
  directory.write("next/oci-layout", R"({"imageLayoutVersion":"2.0.0"})");
  CHECK(LayoutWriter::open(directory / "next", cancellation).error().code() ==
        "source.layout-version");
  CHECK_FALSE(boost::filesystem::exists(directory / "next/blobs"));
  auto writer = open(directory, cancellation);
  for (const char* broken : {"{", "[]", "{}", R"({"manifests":[{}]})"}) {
    directory.write("shelf/index.json", broken);
    CHECK(writer.set_entry("app:1", manifest("x")).error().code() == "source.layout");
    CHECK(test::slurp(directory / "shelf/index.json") == broken);
  }
  directory.write("shelf/index.json", R"({"manifests":null})");
  CHECK(writer.set_entry("app:1", manifest("x")).has_value());
}

TEST_CASE("layout writer: never writes an index that readers reject") {
  const TempDir directory;
  base::Cancellation cancellation;
  auto writer = open(directory, cancellation);
  const std::string name(image::kIndexLimit / 2, 'n');
  REQUIRE(writer.set_entry(name, manifest("x")).has_value());
  CHECK(writer.set_entry(name + "2", manifest("x")).error().code() == "layout.full");
  CHECK(entries_of(directory).size() == 1);
}

TEST_CASE("layout writer: parallel threads and processes lose no entry") {
  const TempDir directory;
  constexpr int kProcesses = 4;
  constexpr int kThreads = 3;
  constexpr int kEntries = 3;
  std::vector<int> children;
  for (int process = 0; process < kProcesses; ++process) {
    const int pid = ::fork();
    if (pid == 0) {
      base::Cancellation cancellation;
      auto writer = LayoutWriter::open(directory / "shelf", cancellation);
      bool good = writer.has_value();
      for (int entry = 0; good && entry < kEntries; ++entry)
        good = writer->set_entry(fmt::format("p{}:{}", process, entry), manifest("x")).has_value();
      ::_exit(good ? 0 : 1);
    }
    children.push_back(pid);
  }
  base::Cancellation cancellation;
  auto writer = open(directory, cancellation);
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread)
      threads.emplace_back([&, thread] {
        for (int entry = 0; entry < kEntries; ++entry)
          CHECK(writer.set_entry(fmt::format("t{}:{}", thread, entry), manifest("x")).has_value());
      });
  }
  for (const int pid : children) {
    int status = -1;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    CHECK(status == 0);
  }
  CHECK(entries_of(directory).size() == (kProcesses + kThreads) * kEntries);
}
