#include "platform/temporary_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace berth::platform {

UniqueFd create_unnamed_file(const std::string& directory, std::error_code& error) {
  error.clear();
  UniqueFd file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file) return file;
  // Some file systems do not support O_TMPFILE, such as those of older network servers.
  std::string name = directory + "/berth-XXXXXX";
  file = UniqueFd(::mkostemp(name.data(), O_CLOEXEC));
  if (file)
    ::unlink(name.c_str());
  else
    error.assign(errno, std::generic_category());
  return file;
}

}  // namespace berth::platform
