// FileVersion: recognises a file whose content may have changed, without reading it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "platform/unique_fd.hpp"

namespace berth::platform {

struct FileVersion {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;     // in bytes
  std::int64_t modified = 0;  // nanoseconds since 1970
  std::int64_t changed = 0;   // of content or attributes; nanoseconds since 1970

  friend bool operator==(const FileVersion&, const FileVersion&) = default;
};

// std::nullopt: not a regular file, or one that no directory contains.
std::optional<FileVersion> version_of(const UniqueFd& file);

// Returns whether every later write changes the file's version. False until one tick of the file
// system's clock has passed since the last change (git calls such an entry "racily clean"), and on
// a read-only file system. Not detected: a store through a mapping whose page was already dirty; on
// tmpfs, a store through any mapping.
bool is_settled(const UniqueFd& file, const FileVersion& version);

// Identifies the time since the system was started; empty if unknown. Device numbers are only valid
// until the next one.
std::string boot_id();

}  // namespace berth::platform
