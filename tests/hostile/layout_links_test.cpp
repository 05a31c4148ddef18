// OCI layouts with links that lead out of them: as a source, and as a destination.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/directory_root.hpp"
#include "base/json_parser.hpp"
#include "http/memory_source.hpp"
#include "image/layout_reader.hpp"
#include "image/layout_writer.hpp"
#include "image/ready_source.hpp"
#include "oci/hasher.hpp"
#include "support/berth.hpp"
#include "support/images.hpp"
#include "unit/image/layout_fixture.hpp"

using namespace berth;
using test::Berth;
using test::slurp;
using test::TempDir;

namespace {

std::string drain(http::BodySource& stream) {
  std::string bytes;
  std::vector<std::byte> buffer(65536);
  while (true) {
    const auto count = stream.read(buffer).value();
    if (count == 0) return bytes;
    bytes.append(reinterpret_cast<const char*>(buffer.data()), count);
  }
}

base::Result<std::unique_ptr<image::Source>> open(const std::string& layout) {
  return image::layout_source(image::directory_layout(layout), "", {});
}

// The content of a layer's blob when it is opened, or the code of the error.
std::string first_layer(const std::string& layout) {
  const auto source = open(layout);
  if (!source) return source.error().code();
  for (const auto& blob : std::get<image::ReadyImage>((*source)->contents()).blobs) {
    if (blob.kind != image::BlobKind::layer) continue;
    auto stream = (*source)->open_blob(blob.descriptor);
    return stream ? drain(**stream) : stream.error().code();
  }
  return "no layer";
}

std::string layer_file(const std::string& layout, const std::string& layer) {
  return layout + "/blobs/sha256/" + test::sha256(layer).substr(7);
}

base::Json image_with(const test::Layout& layout, const std::string& layer) {
  return layout.manifest_of({layout.blob(layer, std::string(oci::media_type::kOciLayerGzip))});
}

void replace_by_link(const std::string& path, const std::string& target) {
  boost::filesystem::remove_all(path);
  REQUIRE(::symlink(target.c_str(), path.c_str()) == 0);
}

std::size_t entries_of(const std::string& directory) {
  return static_cast<std::size_t>(
      std::distance(boost::filesystem::directory_iterator(directory), {}));
}

std::string error_code(const test::CommandResult& result) {
  const auto document = base::parse_json(result.out, "the output");
  const auto* error = document ? document->find("error") : nullptr;
  return error != nullptr ? error->string_or("code", "") : "no error";
}

}  // namespace

TEST_CASE(
    "layout links: a blob behind a link out of the layout is verified before its first byte is "
    "returned") {
  const TempDir dir;
  test::Layout layout(dir, "img");
  const std::string layer(8'000'000, 'l');
  layout.write_index({image_with(layout, layer)});
  const auto blob = layer_file(layout.path(), layer);
  REQUIRE(first_layer(layout.path()) == layer);

  // An unrelated file of the same size.
  replace_by_link(blob, dir.write("outside/secret", std::string(layer.size(), 's')));
  const auto source = open(layout.path()).value();
  const auto& blobs = std::get<image::ReadyImage>(source->contents()).blobs;
  const auto opened = source->open_blob(blobs.back().descriptor);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code() == "source.blob");

  // The blob itself, in the store of a build system.
  replace_by_link(blob, dir.write("outside/store", layer));
  CHECK(first_layer(layout.path()) == layer);
  replace_by_link(blob, "../../../outside/store");
  CHECK(first_layer(layout.path()) == layer);
  replace_by_link(layout.path() + "/blobs/sha256", dir / "outside");
  CHECK(first_layer(layout.path()) == "source.missing");
}

TEST_CASE("layout links: a file that changes after verification fails") {
  const TempDir dir;
  test::Layout layout(dir, "img");
  const std::string layer(3'000'000, 'l');
  layout.write_index({image_with(layout, layer)});
  const auto target = dir.write("outside", layer);
  replace_by_link(layer_file(layout.path(), layer), target);
  const auto source = open(layout.path()).value();
  auto stream =
      source->open_blob(std::get<image::ReadyImage>(source->contents()).blobs.back().descriptor)
          .value();
  // The link and the name point elsewhere now: the stream reads the verified file.
  boost::filesystem::rename(target, dir / "moved");
  dir.write("outside", std::string(layer.size(), 's'));
  CHECK(drain(*stream) == layer);
}

TEST_CASE("layout links: links within the layout are followed") {
  const TempDir dir;
  test::Layout layout(dir, "img");
  layout.write_index({image_with(layout, "layer")});
  const auto blob = layer_file(layout.path(), "layer");
  boost::filesystem::create_directories(layout.path() + "/rootfs/a");
  boost::filesystem::rename(blob, layout.path() + "/rootfs/a/layer.tar");
  // Like the layouts of debuerreotype.
  replace_by_link(blob, "../../rootfs/a/layer.tar");
  CHECK(first_layer(layout.path()) == "layer");
  replace_by_link(blob, "../.././rootfs/a/../a//layer.tar");
  CHECK(first_layer(layout.path()) == "layer");
  boost::filesystem::rename(layout.path() + "/index.json", layout.path() + "/rootfs/index.json");
  replace_by_link(layout.path() + "/index.json", "rootfs/index.json");
  CHECK(first_layer(layout.path()) == "layer");
  boost::filesystem::rename(layout.path() + "/blobs", layout.path() + "/data");
  replace_by_link(layout.path() + "/blobs", "data");
  CHECK(first_layer(layout.path()) == "layer");
  // The layout itself may be behind a link.
  replace_by_link(dir / "link", layout.path());
  CHECK(first_layer(dir / "link") == "layer");
}

TEST_CASE(
    "layout links: an index.json outside of the layout is read, but never uploaded as an index") {
  const TempDir dir;
  test::Layout layout(dir, "img");
  const auto amd = layout.manifest({"a"}, oci::Platform{"linux", "amd64", ""});
  const auto arm = layout.manifest({"b"}, oci::Platform{"linux", "arm64", ""});
  layout.write_index({amd, arm});
  const auto image = open(layout.path());
  REQUIRE_MESSAGE(image, image.error().message());
  boost::filesystem::rename(layout.path() + "/index.json", dir / "index.json");
  replace_by_link(layout.path() + "/index.json", "../index.json");
  CHECK(open(layout.path()).error().code() == "source.ambiguous");
}

TEST_CASE("layout links: writing never leaves the destination") {
  const Berth berth;
  const auto& home = berth.home();
  test::write_layout(home, "img", "1", {"x"});
  const auto outside = home / "outside";
  const auto push = [&](const std::string& layout, const std::string& image = "app:1") {
    return berth.run({"push", "oci:" + (home / "img"), image, "--flavor", "layout", "--uri",
                      "oci:" + (home / layout), "-o", "json"});
  };
  REQUIRE(push("good").status == 0);
  for (const std::string name : {"blobs", "blobs/sha256", "index.json", "oci-layout"}) {
    CAPTURE(name);
    boost::filesystem::remove_all(outside);
    boost::filesystem::create_directories(outside + "/sha256");
    home.write("outside/file",
               name == "oci-layout" ? R"({"imageLayoutVersion":"1.0.0"})" : R"({"manifests":[]})");
    const auto before = slurp(outside + "/file");
    const auto layout = "bad-" + name.substr(0, 5) + std::to_string(name.size());
    boost::filesystem::create_directories((home / layout) + "/blobs");
    const bool is_file = name.find("blobs") == std::string::npos;
    replace_by_link(home / layout + "/" + name, is_file ? outside + "/file" : outside);
    const auto pushed = push(layout);
    CHECK(pushed.status == 11);
    CHECK(error_code(pushed) == "layout.link");
    CHECK(entries_of(outside) == 2);
    CHECK(entries_of(outside + "/sha256") == 0);
    CHECK(slurp(outside + "/file") == before);
  }

  // Links inside of the layout are kept, and one in the place of a blob is replaced.
  boost::filesystem::create_directories(home / "inside/data/sha256");
  replace_by_link(home / "inside/blobs", "data");
  CHECK(push("inside").status == 0);
  CHECK(entries_of(home / "inside/data/sha256") == 3);
  const auto blob =
      boost::filesystem::directory_iterator(home / "good/blobs/sha256")->path().string();
  const auto bytes = slurp(blob);
  boost::filesystem::rename(blob, outside + "/moved");
  replace_by_link(blob, outside + "/moved");
  CHECK(push("good", "app:2").status == 0);
  CHECK_FALSE(boost::filesystem::is_symlink(blob));
  CHECK(slurp(blob) == bytes);
  CHECK(slurp(outside + "/moved") == bytes);
}

TEST_CASE("layout links: a directory that is replaced by a link during a write is not left") {
  const TempDir dir;
  const base::Cancellation cancellation;
  auto writer = image::LayoutWriter::open(dir / "layout", cancellation).value();
  boost::filesystem::create_directories(dir / "outside/sha256");
  REQUIRE(::symlink((dir / "outside").c_str(), (dir / "layout/other").c_str()) == 0);
  std::atomic<bool> done = false;
  std::thread exchanger([&] {
    constexpr unsigned kExchange = 2;  // RENAME_EXCHANGE
    while (!done)
      ::syscall(SYS_renameat2, AT_FDCWD, (dir / "layout/blobs").c_str(), AT_FDCWD,
                (dir / "layout/other").c_str(), kExchange);
  });
  int written = 0;
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    const auto text = std::to_string(i);
    const auto added = writer.add_bytes(text, oci::digest_of(text));
    if (added) ++written;
    if (!added && added.error().code() == "layout.link") ++refused;
  }
  done = true;
  exchanger.join();
  CHECK(written > 0);
  CHECK(refused > 0);
  CHECK(entries_of(dir / "outside/sha256") == 0);
}

TEST_CASE("directory root: opens only paths below it") {
  const TempDir dir;
  dir.write("root/a/b/file", "inside");
  dir.write("outside", "outside");
  const auto link = [&](const std::string& name, const std::string& target) {
    REQUIRE(::symlink(target.c_str(), (dir / "root/" + name).c_str()) == 0);
  };
  link("direct", "a/b/file");
  link("chain", "direct");
  link("up", "a/../a/b/../b/file");
  link("directory", "a");
  link("a/back", "../a/b");
  link("parent", "..");
  link("out", "../outside");
  link("hidden", "a/b/../../../outside");
  link("absolute", dir / "root/a/b/file");
  link("loop", "loop");
  link("dangling", "nowhere");
  link("slash", "a/b/");
  const auto root = base::DirectoryRoot::open(dir / "root").value();
  const auto read = [&](const std::string& name) {
    const auto file = root.open_for_reading(name);
    if (!file) return file.error().code();
    char buffer[16];
    const auto count = ::read(file->get(), buffer, sizeof buffer);
    return std::string(buffer, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  };
  const std::pair<const char*, const char*> cases[] = {
      {"a/b/file", "inside"},
      {"./a//b/./file", "inside"},
      {"direct", "inside"},
      {"chain", "inside"},
      {"up", "inside"},
      {"directory/b/file", "inside"},
      {"a/back/file", "inside"},
      {"slash/file", "inside"},
      {"a/../a/b/file", "inside"},
      {"out", "file.outside"},
      {"hidden", "file.outside"},
      {"absolute", "file.outside"},
      {"parent/outside", "file.outside"},
      {"../outside", "file.outside"},
      {"..", "file.outside"},
      {"dangling", "file.missing"},
      {"none/file", "file.missing"},
  };
  for (const auto& [name, expected] : cases) {
    const std::string shown = name;
    CAPTURE(shown);
    CHECK(read(name) == expected);
  }
  CHECK(root.open_for_reading("loop").error().error_class() == base::ErrorClass::disk);
  CHECK(root.open_for_reading("a").error().error_class() == base::ErrorClass::disk);
  CHECK(root.open_for_reading("a/b/file/x").error().error_class() == base::ErrorClass::disk);
  CHECK(root.make_directories("new/deep").has_value());
  CHECK(boost::filesystem::is_directory(dir / "root/new/deep"));
  CHECK(root.make_directories("directory/c").has_value());
  CHECK(boost::filesystem::is_directory(dir / "root/a/c"));
  CHECK(root.make_directories("parent/x").error().code() == "file.outside");
  CHECK_FALSE(boost::filesystem::exists(dir / "x"));
}
