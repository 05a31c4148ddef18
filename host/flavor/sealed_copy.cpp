#include "flavor/sealed_copy.hpp"

#include <vector>

#include "base/files.hpp"
#include "flavor/plugin_file.hpp"
#include "oci/hasher.hpp"
#include "platform/sealed_file.hpp"

namespace berth::flavor {

base::Result<platform::UniqueFd> sealed_copy(const std::string& path, const std::string& sha256) {
  BERTH_TRY(const auto file, open_plugin_file(path));
  std::error_code error;
  auto copy = platform::create_memory_file("berth-flavor", error);
  if (error) return base::file_error("copy", path, error.value());
  oci::Hasher hasher;
  std::vector<std::byte> buffer(std::size_t{1} << 18U);
  for (std::uint64_t at = 0;;) {
    BERTH_TRY(const auto count, base::read_at(file.get(), buffer, at, path));
    if (count == 0) break;
    const auto bytes = std::span<const std::byte>(buffer).first(count);
    hasher.update(bytes);
    BERTH_CHECK(base::write_all(copy.get(), bytes, "memory file"));
    at += count;
  }
  error = platform::seal(copy.get());
  if (error) return base::file_error("seal a copy of", path, error.value());
  if (hasher.finish().hex() == sha256) return copy;
  return base::Error(base::ErrorClass::trust, "flavor.changed", path + " changed while it was read")
      .fix("try again; berth flavor why " + path);
}

}  // namespace berth::flavor
