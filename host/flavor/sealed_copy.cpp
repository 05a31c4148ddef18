#include "flavor/sealed_copy.hpp"

#include <optional>
#include <vector>

#include "base/file_io.hpp"
#include "flavor/plugin_file.hpp"
#include "oci/hasher.hpp"
#include "platform/sealed_file.hpp"

namespace berth::flavor {

base::Result<platform::UniqueFd> sealed_copy(const Candidate& candidate) {
  const auto& path = candidate.path;
  BERTH_TRY(const auto file, open_plugin_file(path));
  std::error_code error;
  auto copy = platform::create_memory_file("berth-flavor", error);
  if (error) return base::file_error("copy", path, error.value());
  std::optional<oci::Hasher> hasher;
  if (!candidate.sha256.empty()) hasher.emplace();
  std::vector<std::byte> buffer(std::size_t{1} << 18U);
  for (std::uint64_t at = 0;;) {
    BERTH_TRY(const auto count, base::read_at(file.get(), buffer, at, path));
    if (count == 0) break;
    const auto bytes = std::span<const std::byte>(buffer).first(count);
    if (hasher) hasher->update(bytes);
    BERTH_CHECK(base::write_all(copy.get(), bytes, "memory file"));
    at += count;
  }
  error = platform::seal(copy.get());
  if (error) return base::file_error("seal a copy of", path, error.value());
  if (!hasher) {
    BERTH_CHECK(check_version(file, path, candidate.version));
    return copy;
  }
  if (hasher->finish().hex() == candidate.sha256) return copy;
  return base::Error(base::ErrorClass::trust, "flavor.changed", path + " changed while it was read")
      .fix("try again; berth flavor why " + path);
}

}  // namespace berth::flavor
