// The flavor layout: images in a directory, read back by skopeo.
#include <doctest/doctest.h>

#include <boost/filesystem.hpp>

#include "support/berth.hpp"
#include "support/images.hpp"

using namespace berth;
using test::Berth;
using test::TempDir;

namespace {

std::string skopeo_digest(const std::string& layout, const std::string& name) {
  const auto seen = test::run_command(
      {"skopeo", "inspect", "--format", "{{.Digest}}", "oci:" + layout + ":" + name});
  return seen.out.substr(0, seen.out.find('\n'));
}

int partial_files(const std::string& directory) {
  int count = 0;
  for (boost::filesystem::recursive_directory_iterator it(directory), end; it != end; ++it)
    if (it->path().filename().string().find("partial") != std::string::npos) ++count;
  return count;
}

}  // namespace

TEST_CASE("layout: stores images of several names, which skopeo reads") {
  const TempDir directory;
  const Berth berth;
  const auto first = test::write_layout(directory, "one", "1", {"one"});
  const auto second = test::write_layout(directory, "two", "1", {"two"});
  berth.register_registry("shelf", "layout", "oci:" + (directory / "shelf"));
  const auto pushed = berth.run({"push", "oci:" + (directory / "one"), "shelf/team/app:1"});
  CHECK_MESSAGE(pushed.status == 0, pushed.err);
  CHECK(berth.run({"push", "oci:" + (directory / "two"), "shelf/team/app:2"}).status == 0);
  CHECK(skopeo_digest(directory / "shelf", "team/app:1") == first);
  CHECK(skopeo_digest(directory / "shelf", "team/app:2") == second);
  CHECK(berth.run({"push", "oci:" + (directory / "two"), "shelf/team/app:1"}).status == 0);
  CHECK(skopeo_digest(directory / "shelf", "team/app:1") == second);
  CHECK(partial_files(directory / "shelf") == 0);
}

TEST_CASE("layout: stores a docker archive in an unregistered directory") {
  const TempDir directory;
  const Berth berth;
  const auto file =
      directory.write("a.tar", test::docker_archive({"one", test::noise(2'000'000, 3)}).tar());
  const auto pushed = berth.run({"push", "docker-archive:" + file, "--flavor", "layout", "--uri",
                                 "oci:" + (directory / "shelf"), "/app:1"});
  CHECK_MESSAGE(pushed.status == 0, pushed.err);
  CHECK(pushed.out == "oci:" + (directory / "shelf") + "/app@" +
                          skopeo_digest(directory / "shelf", "app:1") + "\n");
}

TEST_CASE("layout: verification finds a damaged blob in the directory") {
  const TempDir directory;
  const Berth berth;
  const std::string content = test::noise(100'000, 4);
  test::write_layout(directory, "img", "1", {content});
  berth.register_registry("shelf", "layout", "oci:" + (directory / "shelf"));
  REQUIRE(berth.run({"push", "oci:" + (directory / "img"), "shelf/app:1"}).status == 0);
  const auto layer = test::sha256(test::gzip(test::tar_of({{"file", content}}))).substr(7);
  auto bytes = test::slurp(directory / ("shelf/blobs/sha256/" + layer));
  bytes[5000] ^= 1;
  directory.write("shelf/blobs/sha256/" + layer, bytes);
  CHECK(berth.run({"push", "oci:" + (directory / "img"), "shelf/app:2"}).status == 10);
}

TEST_CASE("layout: refuses a directory with other content and leaves it unchanged") {
  const TempDir directory;
  const Berth berth;
  test::write_layout(directory, "img", "1", {"one"});
  directory.write("home/letter.txt", "dear");
  const auto refused = berth.run({"push", "oci:" + (directory / "img"), "--flavor", "layout",
                                  "--uri", "oci:" + (directory / "home"), "/app:1"});
  CHECK(refused.status == 11);
  CHECK_FALSE(boost::filesystem::exists(directory / "home/oci-layout"));
}
