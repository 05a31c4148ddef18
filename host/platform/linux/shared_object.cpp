#include "platform/shared_object.hpp"

#include <dlfcn.h>

namespace berth::platform {

void* load_shared_object(int fd, std::string& error) {
  void* handle = ::dlopen(("/proc/self/fd/" + std::to_string(fd)).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle != nullptr) return handle;
  const char* message = ::dlerror();
  error = message != nullptr ? message : "unknown error";
  return nullptr;
}

}  // namespace berth::platform
