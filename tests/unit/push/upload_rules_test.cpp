// The requests of a push with upload rules, to registries that refuse all others.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <mutex>

#include "image/compressed_layer.hpp"
#include "oci/hasher.hpp"
#include "push/registry_destination.hpp"
#include "unit/registry/registry_test.hpp"

using namespace berth;
using push::Action;
using registry::BlobUploadRules;
using test::http_answer;
using test::Received;
using test::Scripted;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20U;

// The restrictions of a registry.
struct Restrictions {
  bool length = false;       // requires Content-Length
  std::size_t largest = 0;   // refuses larger requests
  std::size_t smallest = 0;  // refuses smaller PATCHes, except the last, and announces that size
  bool one_patch = false;
  std::uint64_t short_ranges = 0;  // the number of responses whose Range is one byte too short
};

// Accepts uploads only within these restrictions, and records the requests.
class StrictRegistry {
 public:
  explicit StrictRegistry(const Restrictions& restrictions)
      : restrictions_(restrictions),
        server_([this](const Received& request) { return answer(request); }) {}

  // "PATCH 1048576 0-1048575", "PUT 0": those that carry a blob or close its session, in order.
  [[nodiscard]] std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  [[nodiscard]] bool has(const std::string& bytes) const {
    const std::lock_guard lock(mutex_);
    return stored_.count(test::sha256(bytes)) != 0;
  }
  [[nodiscard]] const test::ScriptedServer& server() const { return server_; }

 private:
  Scripted answer(const Received& request) {
    const std::lock_guard lock(mutex_);
    if (request.method == "POST") return open(request);
    if (request.method == "DELETE") return {http_answer(204)};
    if (request.method != "PATCH" && request.method != "PUT") return {http_answer(200, "{}")};
    requests_.push_back(fmt::format("{} {}", request.method, request.body.size()));
    if (const auto range = request.header("content-range"); !range.empty())
      requests_.back() += " " + range;
    if (restrictions_.length && request.header("content-length").empty()) return {http_answer(411)};
    if (restrictions_.largest != 0 && request.body.size() > restrictions_.largest)
      return {http_answer(416)};
    return request.method == "PATCH" ? append(request) : close(request);
  }

  Scripted open(const Received& request) {
    const auto mount = request.target.find("?mount=");
    if (mount != std::string::npos && stored_.count(request.target.substr(mount + 7, 71)) != 0)
      return {http_answer(201)};
    session_.clear();
    patches_ = 0;
    ended_ = false;
    return {http_answer(
        202, "",
        fmt::format("Location: /up\r\nOCI-Chunk-Min-Length: {}\r\n", restrictions_.smallest))};
  }

  Scripted append(const Received& request) {
    const auto range = request.header("content-range");
    const auto place =
        fmt::format("{}-{}", session_.size(), session_.size() + request.body.size() - 1);
    if (!range.empty() && range != place) return {http_answer(416)};
    if (ended_ || (restrictions_.one_patch && patches_ > 0)) return {http_answer(400)};
    ended_ = request.body.size() < restrictions_.smallest;
    ++patches_;
    session_ += request.body;
    const bool is_short = restrictions_.short_ranges > 0;
    if (is_short) --restrictions_.short_ranges;
    return {http_answer(
        202, "",
        fmt::format("Location: /up\r\nRange: 0-{}\r\n", session_.size() - (is_short ? 2 : 1)))};
  }

  Scripted close(const Received& request) {
    const auto bytes = session_ + request.body;
    if (request.target != "/up?digest=" + test::sha256(bytes))
      return {http_answer(400, R"({"errors":[{"code":"DIGEST_INVALID"}]})")};
    stored_[test::sha256(bytes)] = bytes;
    return {http_answer(201)};
  }

  Restrictions restrictions_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::map<std::string, std::string> stored_;
  std::string session_;
  int patches_ = 0;
  bool ended_ = false;  // after a chunk that may only be the last
  test::ScriptedServer server_;
};

// One destination at such a registry.
struct RuledPush {
  RuledPush(const StrictRegistry& to, const BlobUploadRules& rules)
      : test(to.server()),
        destination(push::registry_destination(test.client, "a/b", {.rules = rules},
                                               test.cancellation, test.log)) {}

  // "uploaded", "reused", or the error's code.
  std::string put_blob(const std::string& bytes) {
    http::MemorySource source(bytes);
    return outcome_of(destination->put_blob({oci::digest_of(bytes), bytes.size()}, source));
  }
  std::string put_layer(const std::string& bytes) {
    image::CompressionPool pool(2);
    const image::RawLayer raw{oci::digest_of(bytes), bytes.size(), std::nullopt, "a.tar"};
    image::CompressedLayer layer(std::make_unique<http::MemorySource>(bytes), raw, pool, 2);
    const auto action = destination->put_layer(layer, layer, nullptr);
    if (action) compressed = layer.compressed_size();
    return outcome_of(action);
  }
  static std::string outcome_of(const base::Result<Action>& action) {
    if (!action) return action.error().code();
    return *action == Action::reused ? "reused" : "uploaded";
  }

  test::TestRegistryClient test;
  std::unique_ptr<push::Destination> destination;
  std::uint64_t compressed = 0;
};

const std::string& large() {
  static const std::string bytes = test::noise(5 * kMiB / 2, 1);
  return bytes;
}

using Took = std::vector<std::string>;

}  // namespace

TEST_CASE("upload rules: by default streams blobs and sends small ones in the closing request") {
  const StrictRegistry registry({.one_patch = true});
  RuledPush pushed(registry, {});
  CHECK(pushed.put_blob("small") == "uploaded");
  CHECK(pushed.put_blob(large()) == "uploaded");
  CHECK(pushed.put_layer(large()) == "uploaded");
  CHECK(registry.requests() == Took{"PUT 5", fmt::format("PATCH {}", large().size()), "PUT 0",
                                    fmt::format("PATCH {}", pushed.compressed), "PUT 0"});
}

TEST_CASE(
    "upload rules: every request has a length, and existence is checked before a layer is sent") {
  const StrictRegistry registry({.length = true, .one_patch = true});
  RuledPush without_rules(registry, {});
  CHECK(without_rules.put_layer(large()) == "uploaded");
  CHECK(registry.requests() == Took{fmt::format("PATCH {}", without_rules.compressed),
                                    fmt::format("PUT {}", without_rules.compressed)});
  for (const bool monolithic : {false, true}) {
    const StrictRegistry strict({.length = true, .one_patch = true});
    RuledPush pushed(strict, {.monolithic = monolithic, .allow_unknown_length = false});
    CHECK(pushed.put_blob("small") == "uploaded");
    CHECK(pushed.put_blob(large()) == "uploaded");
    CHECK(strict.has(large()));
    CHECK(pushed.put_layer(large()) == "uploaded");
    const Took once{"PUT 5", fmt::format("PUT {}", large().size()),
                    fmt::format("PUT {}", pushed.compressed)};
    CHECK(strict.requests() == once);
    CHECK(pushed.put_layer(large()) == "reused");
    CHECK(strict.requests() == once);
    CHECK(pushed.compressed > 2 * kMiB);
  }
}

TEST_CASE("upload rules: chunks have at most max_chunk_size, each with its range") {
  const StrictRegistry registry({.length = true, .largest = kMiB});
  CHECK(RuledPush(registry, {.allow_unknown_length = false}).put_blob(large()) ==
        "push.blob-refused");
  const StrictRegistry strict({.length = true, .largest = kMiB});
  RuledPush pushed(strict, {.allow_unknown_length = false, .max_chunk_size = kMiB});
  CHECK(pushed.put_blob("small") == "uploaded");
  CHECK(pushed.put_blob(large()) == "uploaded");
  CHECK(pushed.put_blob(large().substr(0, 2 * kMiB)) == "uploaded");
  const Took two{"PATCH 1048576 0-1048575", "PATCH 1048576 1048576-2097151"};
  Took expected{"PUT 5"};
  expected.insert(expected.end(), two.begin(), two.end());
  expected.insert(expected.end(), {"PATCH 524288 2097152-2621439", "PUT 0"});
  expected.insert(expected.end(), two.begin(), two.end());
  expected.push_back("PUT 0");
  CHECK(strict.requests() == expected);
  CHECK(pushed.put_layer(large()) == "uploaded");
  CHECK(strict.requests().size() == expected.size() + 4);
}

TEST_CASE("upload rules: max_chunk_size also applies to small blobs") {
  const std::string bytes = test::noise(100'000, 2);
  const StrictRegistry strict({.largest = 65'536});
  CHECK(RuledPush(strict, {.max_chunk_size = 65'536}).put_blob(bytes) == "uploaded");
  CHECK(strict.requests() == Took{"PATCH 65536 0-65535", "PATCH 34464 65536-99999", "PUT 0"});
}

TEST_CASE("upload rules: chunks have at least the minimum size of flavor and registry") {
  const std::string bytes = test::noise(10 * kMiB, 3);
  const Took nine{fmt::format("PATCH {} 0-{}", 9 * kMiB, 9 * kMiB - 1),
                  fmt::format("PATCH {} {}-{}", kMiB, 9 * kMiB, 10 * kMiB - 1), "PUT 0"};
  const StrictRegistry asks({.smallest = 9 * kMiB});
  CHECK(RuledPush(asks, {.max_chunk_size = 20 * kMiB}).put_blob(bytes) == "uploaded");
  CHECK(asks.requests() == nine);
  const StrictRegistry silent({});
  CHECK(RuledPush(silent, {.max_chunk_size = 20 * kMiB, .min_chunk_size = 9 * kMiB})
            .put_blob(bytes) == "uploaded");
  CHECK(silent.requests() == nine);
  // Chunks are kept in memory, so they have at most 32 MiB, whatever the minimum of the registry.
  const StrictRegistry greedy({.smallest = 40 * kMiB});
  CHECK(RuledPush(greedy, {.max_chunk_size = 100 * kMiB}).put_blob(test::noise(33 * kMiB, 4)) ==
        "uploaded");
  CHECK(greedy.requests() == Took{"PATCH 33554432 0-33554431", "PATCH 1048576 33554432-34603007",
                                  fmt::format("PUT {}", 33 * kMiB)});
  const StrictRegistry usual({});
  CHECK(RuledPush(usual, {.max_chunk_size = 20 * kMiB}).put_blob(bytes) == "uploaded");
  CHECK(usual.requests().front() == "PATCH 8388608 0-8388607");
}

TEST_CASE("upload rules: verify_range sends the blob again if Range is too short") {
  for (const std::uint64_t max_chunk_size : {std::uint64_t{0}, std::uint64_t{kMiB}}) {
    CAPTURE(max_chunk_size);
    const StrictRegistry short_once({.short_ranges = 1});
    CHECK(RuledPush(short_once, {.verify_range = true, .max_chunk_size = max_chunk_size})
              .put_blob(large()) == "uploaded");
    CHECK(short_once.requests().size() == (max_chunk_size != 0 ? 5 : 3));

    const StrictRegistry always_short({.short_ranges = 100});
    CHECK(RuledPush(always_short, {.max_chunk_size = max_chunk_size}).put_blob(large()) ==
          "uploaded");
    CHECK(always_short.requests().size() == (max_chunk_size != 0 ? 4 : 2));
  }
}

TEST_CASE("upload rules: verify_range rejects an invalid Range") {
  const std::string blob(1'000'000, 'b');
  const auto error_of = [&](const std::string& range) {
    test::ScriptedServer server([&](const Received& request) {
      const bool patch = request.method == "PATCH";
      const int status = request.method == "PUT" ? 201 : request.method == "DELETE" ? 204 : 202;
      return Scripted{http_answer(status, "", "Location: /up\r\n" + (patch ? range : ""))};
    });
    test::TestRegistryClient test(server);
    const auto destination = push::registry_destination(
        test.client, "a/b", {.rules = {.verify_range = true}}, test.cancellation, test.log);
    http::MemorySource source(blob);
    auto sent = destination->put_blob({oci::digest_of(blob), blob.size()}, source);
    if (sent) return std::string("none");
    CHECK(sent.error().code() == "push.blob-range");
    CHECK(sent.error().error_class() == base::ErrorClass::integrity);
    return sent.error().cause();
  };
  CHECK(error_of("Range: 0-999999\r\n") == "none");
  CHECK(error_of("Range: bytes=0-999999\r\n") == "none");
  CHECK(error_of("Range: 0-1\r\n") == "sent 1000000 bytes; its Range header confirms 2");
  CHECK(error_of("Range: 0-1000000\r\n") ==
        "sent 1000000 bytes; its Range header confirms 1000001");
  CHECK(error_of("Range: all\r\n") == "sent 1000000 bytes; its response has no Range header");
  CHECK(error_of("") == "sent 1000000 bytes; its response has no Range header");
}
