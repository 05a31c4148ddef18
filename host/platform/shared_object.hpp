// Loads shared objects from open files.
#pragma once

#include <string>

namespace berth::platform {

// Loads the shared object that is open in `fd`, which may be a file of create_memory_file(), and
// runs its constructors. Returns the handle for dlsym(3); `nullptr` on failure, with the dynamic
// loader's message in `error`.
void* load_shared_object(int fd, std::string& error);

}  // namespace berth::platform
