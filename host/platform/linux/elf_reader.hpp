// Reads the parts of an ELF file, which may be malformed.
#pragma once

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/object_file.hpp"

namespace berth::platform {

// Reads a file that may be malformed. The first error is kept; after it, all parts are empty.
class ElfReader {
 public:
  ElfReader(int fd, ObjectFileError& error) : fd_(fd), error_(error) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) fail_with_errno();
    size_ = static_cast<std::uint64_t>(status.st_size);
  }

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] bool failed() const { return error_.kind != ObjectFileError::Kind::none; }
  void fail(ObjectFileError::Kind kind, std::string cause) {
    if (!failed()) error_ = {kind, std::move(cause), {}};
  }
  void malformed(std::string cause) { fail(ObjectFileError::Kind::malformed, std::move(cause)); }

  // Returns a part of the file; an error if it is not completely within the file.
  std::string part(std::uint64_t offset, std::uint64_t length) {
    if (failed()) return {};
    if (offset > size_ || length > size_ - offset) {
      malformed("it is truncated");
      return {};
    }
    std::string bytes(length, '\0');
    for (std::size_t done = 0; done < length;) {
      const auto count =
          ::pread(fd_, bytes.data() + done, length - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail_with_errno();
      if (count == 0) malformed("it is truncated");
      if (count <= 0) return {};
      done += static_cast<std::size_t>(count);
    }
    return bytes;
  }

 private:
  void fail_with_errno() {
    if (!failed())
      error_ = {ObjectFileError::Kind::unreadable, {}, {errno, std::generic_category()}};
  }

  int fd_;
  ObjectFileError& error_;
  std::uint64_t size_ = 0;
};

template <typename T>
T value_at(const std::string& bytes, std::size_t offset) {
  T value{};
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// Returns the offset in the file of an address in memory; std::nullopt if no segment has it.
inline std::optional<std::uint64_t> file_offset(const std::vector<Elf64_Phdr>& segments,
                                                std::uint64_t address) {
  for (const auto& segment : segments)
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz)
      return segment.p_offset + (address - segment.p_vaddr);
  return std::nullopt;
}

}  // namespace berth::platform
