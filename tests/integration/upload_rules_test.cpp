// Upload rules of a flavor, from its setting to a real registry: the requests, and that the image
// is the same.
#include <doctest/doctest.h>

#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"

using namespace berth;
using test::Berth;
using test::RealRegistry;
using test::TempDir;

namespace {

struct RulesBench {
  TempDir directory;
  RealRegistry registry;
  Berth berth;
  std::string archive = directory.write(
      "a.tar",
      test::docker_archive({"small", test::noise(3'000'000, 1), test::noise(1'000'000, 2)}).tar());

  // A push with the upload rules `what`, and every request in the log. Without the cache, which
  // would mount the blobs of the push before.
  [[nodiscard]] test::CommandResult push(const std::string& to, const std::string& what) const {
    return berth.run({"push", "-vv", "--no-cache", "--flavor-path", BERTH_TEST_PLUGINS, "--flavor",
                      "ruler", "--uri", registry.host(), "--set", "what=" + what,
                      "docker-archive:" + archive, registry.host() + "/" + to});
  }
};

std::ptrdiff_t requests(const test::CommandResult& result, const std::string& method) {
  std::ptrdiff_t count = 0;
  const std::string part = "method=" + method + " ";
  for (auto at = result.err.find(part); at != std::string::npos; at = result.err.find(part, at + 1))
    ++count;
  return count;
}

std::string digest_of(const test::CommandResult& result) {
  const auto at = result.out.find("@sha256:");
  return at == std::string::npos ? result.out + result.err : result.out.substr(at + 1, 71);
}

}  // namespace

TEST_CASE(
    "upload rules: a real registry stores the same image streamed, with lengths, and in chunks") {
  const RulesBench bench;
  const auto streamed = bench.push("streamed/a:1", "range");
  REQUIRE_MESSAGE(streamed.status == 0, streamed.err);
  CHECK(requests(streamed, "PATCH") == 3);
  CHECK(bench.registry.digest_seen_by_skopeo("streamed/a:1") == digest_of(streamed));

  const auto sized = bench.push("sized/a:1", "no-length");
  CHECK(digest_of(sized) == digest_of(streamed));
  CHECK(requests(sized, "PATCH") == 0);
  CHECK(requests(sized, "POST") == 4);
  CHECK(bench.registry.digest_seen_by_skopeo("sized/a:1") == digest_of(streamed));
  const auto again = bench.push("sized/a:2", "monolithic no-length");
  CHECK(digest_of(again) == digest_of(streamed));
  CHECK(requests(again, "PUT") == 1);  // the manifest

  // 3,000,000 and 1,000,000 incompressible bytes, and a few.
  const auto chunked = bench.push("chunked/a:1", "largest=500000 range");
  CHECK(digest_of(chunked) == digest_of(streamed));
  CHECK(requests(chunked, "PATCH") == 7 + 3 + 1);
  CHECK(bench.registry.digest_seen_by_skopeo("chunked/a:1") == digest_of(streamed));
  CHECK(bench.registry.open_uploads() == 0);
}

TEST_CASE("upload rules: contradictory rules are a plugin error before anything is uploaded") {
  const RulesBench bench;
  const auto bad = bench.push("a/b:1", "largest=65536 smallest=65537");
  CHECK(bad.status == 12);
  CHECK(test::is_error_of_class(bad, "plugin"));
  CHECK_MESSAGE(
      bad.err.find("the smallest chunk has 65537 bytes, the largest 65536") != std::string::npos,
      bad.err);
  CHECK(requests(bad, "POST") == 0);
}
