// Files of the user who runs berth. Permission "file:~/.acme/*.json" or
// "file:$ACME_CONFIG|~/.acme/config". ABI: abi.h, "file/1".
#pragma once

#include <optional>
#include <string>

#include <berth/container_registry.hpp>
#include <berth/detail/sdk_version.hpp>
#include <berth/detail/service.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {

// Reads a regular file of at most 1 MiB; `path` is absolute or starts with "~/". std::nullopt if it
// does not exist. Throws Failure without the permission, and if it cannot be read.
inline std::optional<std::string> read_file(const CallContext& call, const std::string& path) {
  const detail::Service<berth_file_1> service(call, BERTH_FILE_1);
  const detail::StringSink bytes;
  const detail::StringSink error;
  const auto status =
      service->read(service.context(), detail::view(path), bytes.sink(), error.sink());
  return service.found(status, error) ? std::optional<std::string>(bytes.str()) : std::nullopt;
}

}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
