// Files of the person who runs berth, as far as PERMISSIONS names them ("file:~/.acme/*.json",
// "file:$ACME_CONFIG|~/.acme/config"). A Failure where it does not, and for what is no regular file of at most 1 MiB.
// Facts of the boundary: abi.h, "file/1".
#pragma once

#include <optional>
#include <string>

#include <berth/container_registry.hpp>
#include <berth/detail/tool.hpp>

namespace berth {

// The whole file; nothing: it is not there. `path` is absolute or begins with "~/".
inline std::optional<std::string> read_file(const Call& call, const std::string& path) {
  const detail::Tool<berth_file_1> tool(call, BERTH_FILE_1);
  const detail::Text bytes;
  const detail::Text why;
  const auto status = tool->read(tool.context(), detail::view(path), bytes.sink(), why.sink());
  return detail::found(status, why) ? std::optional<std::string>(bytes.str()) : std::nullopt;
}

}  // namespace berth
