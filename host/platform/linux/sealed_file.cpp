// Source: memfd_create(2).
#include "platform/sealed_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>

namespace berth::platform {

UniqueFd create_memory_file(const char* name, std::error_code& error) {
  UniqueFd file(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  error = file ? std::error_code() : std::error_code(errno, std::generic_category());
  return file;
}

std::error_code seal(int memory_file) {
  const bool sealed = ::fcntl(memory_file, F_ADD_SEALS,
                              F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0;
  return sealed ? std::error_code() : std::error_code(errno, std::generic_category());
}

}  // namespace berth::platform
