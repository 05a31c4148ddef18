// Files of the person who runs berth, as far as PERMISSIONS names them ("file:~/.acme/*.json",
// "file:$ACME_CONFIG|~/.acme/config"). A Failure where it does not, and for what is no regular file of at most 1 MiB.
// Facts of the boundary: abi.h, "file/1".
#pragma once

#include <optional>
#include <string>

#include <berth/container_registry.hpp>
#include <berth/detail/service.hpp>

namespace berth {

// The whole file; nothing: it is not there. `path` is absolute or begins with "~/".
inline std::optional<std::string> read_file(const CallContext& call, const std::string& path) {
  const detail::Service<berth_file_1> service(call, BERTH_FILE_1);
  const detail::StringSink bytes;
  const detail::StringSink error;
  const auto status = service->read(service.context(), detail::view(path), bytes.sink(), error.sink());
  return detail::found(status, error) ? std::optional<std::string>(bytes.str()) : std::nullopt;
}

}  // namespace berth
