// Landlock with one rule: /dev/urandom may be read, because random_device of libc++ opens it. All
// other file accesses are denied, and so are TCP, abstract Unix sockets and signals to other
// processes. Open files stay usable. The sealed memory file of the plugin is not on a file system
// that Landlock restricts.
// Source: kernel documentation, userspace-api/landlock. The structures are defined here, because
// the headers of Debian 12 have only the first two versions of the interface.
#pragma once

namespace berth::platform {

// Restricts the files of this process. Returns whether the restriction is in force.
bool restrict_files();

}  // namespace berth::platform
