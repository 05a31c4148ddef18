// What the tests of uploads share: one destination at a MemoryRegistry.
#pragma once

#include <string>

#include "image/compressed_layer.hpp"
#include "memory_registry.hpp"
#include "oci/hasher.hpp"
#include "push/push.hpp"
#include "push/registry_destination.hpp"
#include "unit/registry/registry_test.hpp"

namespace berth::test {

using Log = std::vector<std::string>;

constexpr std::size_t kMiB = std::size_t{1} << 20U;

struct Uploads {
  explicit Uploads(MemoryRegistry& registry)
      : test(registry.server()),
        destination(
            push::registry_destination(test.client, "a/b", {}, test.cancellation, test.log)) {}

  // "uploaded", "reused", or the error's code.
  std::string put(const std::string& bytes) {
    http::MemorySource source(bytes);
    return described(destination->put_blob({oci::digest_of(bytes), bytes.size()}, source));
  }
  // The same for a layer that is compressed while it is uploaded; `compressed` becomes its size.
  std::string put_layer(const std::string& bytes) {
    image::CompressionPool pool(2);
    const image::RawLayer raw{oci::digest_of(bytes), bytes.size(), std::nullopt, "a.tar"};
    image::CompressedLayer layer(std::make_unique<http::MemorySource>(bytes), raw, pool, 2);
    const auto action = destination->put_layer(layer, layer, nullptr);
    if (action) compressed = layer.compressed_size();
    return described(action);
  }

  std::string described(const base::Result<push::Action>& action) {
    if (action) return *action == push::Action::reused ? "reused" : "uploaded";
    message = action.error().message();
    cause = action.error().cause();
    fix = action.error().fix();
    return action.error().code();
  }

  TestRegistryClient test;
  std::unique_ptr<push::Destination> destination;
  std::uint64_t compressed = 0;
  std::string message;  // of the last error
  std::string cause;
  std::string fix;
};

inline const std::string& large_blob() {
  static const std::string bytes = noise(5 * kMiB / 2, 1);
  return bytes;
}

inline std::string patch(std::size_t size) { return fmt::format("patch {}", size); }
inline std::string put(std::size_t size) { return fmt::format("put {}", size); }

}  // namespace berth::test
