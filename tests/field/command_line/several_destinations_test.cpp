// docker/build-push-action#154: the second registry refuses what the first one has already.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"

using namespace berth;
using test::Berth;

namespace {

std::size_t position(const std::string& text, const std::string& part) { return text.find(part); }

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

struct Image {
  Image() : digest(test::write_layout(directory, "img", "1", {"one"})) {}
  [[nodiscard]] std::string source() const { return "oci:" + (directory / "img") + ":1"; }
  test::TempDir directory;
  std::string digest;
};

}  // namespace

TEST_CASE(
    "field: every login is known to be valid before the first upload; a failure does not stop the "
    "others") {
  const Image image;
  const test::RealRegistry open;
  const test::RealRegistry closed({"alice", "secret"});
  const Berth berth;
  const auto pushed =
      berth.run({"push", image.source(), open.host() + "/app:1", closed.host() + "/app:1"});
  CHECK(pushed.status == 4);
  CHECK(pushed.out == open.host() + "/app@" + image.digest + "\n");
  const auto refused = position(pushed.err, "berth: cannot push " + closed.host() + "/app:1");
  const auto upload = position(pushed.err, "\npushing to " + open.host() + "/app:1");
  REQUIRE_MESSAGE(refused != std::string::npos, pushed.err);
  REQUIRE_MESSAGE(upload != std::string::npos, pushed.err);
  CHECK(refused < upload);
  CHECK(count(pushed.err, "cannot push") == 1);
  CHECK(position(pushed.err, "\npushing to " + closed.host()) == std::string::npos);
  CHECK(open.digest_seen_by_skopeo("app:1") == image.digest);
}

TEST_CASE("field: every finding is known before the first upload, and is printed once") {
  const Image image;
  const test::RealRegistry registry;
  const Berth berth;
  const auto first = berth.run({"flavor", "register", BERTH_TEST_PLUGINS "/asker.so", "--yes"});
  REQUIRE_MESSAGE(first.status == 0, first.err);
  for (const std::string name : {"one", "two"}) {
    const auto registered =
        berth.run({"registry", "register", name, "--flavor", "asker", "--uri",
                   registry.host() + "/" + name, "--set", "ask=granted pull,push"});
    REQUIRE_MESSAGE(registered.status == 0, registered.err);
  }
  const auto pushed = berth.run({"push", image.source(), "one/app:1", "two/app:1"});
  CHECK(pushed.status == 0);
  CHECK(count(pushed.err, "(asker.result)") == 2);
  const auto last = pushed.err.rfind("(asker.result)");
  CHECK(last < position(pushed.err, "\npushing to "));

  const auto json =
      berth.run({"push", "-q", "-o", "json", image.source(), "one/app:1", "two/app:1"});
  CHECK(count(json.out, "asker.result") == 2);
}

TEST_CASE(
    "field: a digest file that cannot be written is reported with the destination that was pushed "
    "to") {
  const Image image;
  const test::RealRegistry registry;
  const Berth berth;
  const auto pushed = berth.run({"push", "-q", "-o", "json", "--digest-file", "/dev/full",
                                 image.source(), registry.host() + "/app:1", "localhost:1/app:1"});
  const auto document = base::parse_json(pushed.out, "output");
  REQUIRE_MESSAGE(document.has_value(), pushed.out);
  CHECK(document->string_or("reference", "") == registry.host() + "/app:1");
  CHECK(document->string_or("digest_reference", "").starts_with(registry.host() + "/app@sha256:"));
}
