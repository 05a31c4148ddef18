#include "flavor/examine_plugin.hpp"

#include <fmt/format.h>

#include "flavor/plugin_file.hpp"
#include "flavor/trust.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;

// Reads the metadata; of a plugin for another version of berth, its name.
base::Result<void> read_into(Candidate& candidate, int fd) {
  auto metadata = read_metadata(fd, candidate.path);
  if (!metadata) {
    if (metadata.error().code() == "flavor.incompatible")
      candidate.identity = read_identity(fd, candidate.path);
    return std::move(metadata).error();
  }
  candidate.metadata = std::move(*metadata);
  return {};
}

}  // namespace

base::Result<void> examine(Candidate& candidate, bool trusted) {
  BERTH_TRY(const auto file, open_plugin_file(candidate.path));
  candidate.version = platform::version_of(file).value_or(platform::FileVersion());
  BERTH_CHECK(read_into(candidate, file.get()));
  if (!trusted) BERTH_CHECK(check_trust(file.get(), candidate.path));
  return {};
}

base::Result<void> examine_pinned(Candidate& candidate, const Pin& pin) {
  BERTH_TRY(const auto file, open_plugin_file(candidate.path));
  candidate.version = platform::version_of(file).value_or(platform::FileVersion());
  BERTH_TRY(candidate.sha256, hash_plugin_file(file.get(), candidate.path));
  if (candidate.sha256 != pin.sha256)
    return Error(ErrorClass::trust, "flavor.changed",
                 candidate.path + " changed since it was registered")
        .cause(fmt::format("its SHA-256 is {}, registered with {}", candidate.sha256, pin.sha256))
        .fix("berth flavor register " + candidate.path);
  return read_into(candidate, file.get());
}

base::Result<void> examine_development(Candidate& candidate, const Pin& pin) {
  candidate.development = true;
  BERTH_CHECK(examine(candidate, false));
  return check_development(candidate.path, *candidate.metadata, pin.flavor, pin.permissions);
}

}  // namespace berth::flavor
