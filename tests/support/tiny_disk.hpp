// TinyDisk: a small file system of its own, for tests of full disks. Requires root.
#pragma once

#include <sys/mount.h>

#include <string>

#include "support/requirements.hpp"
#include "support/temp_dir.hpp"

namespace berth::test {

class TinyDisk {
 public:
  explicit TinyDisk(std::size_t bytes)
      : mounted_(::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0,
                         ("size=" + std::to_string(bytes)).c_str()) == 0) {}
  TinyDisk(const TinyDisk&) = delete;
  TinyDisk& operator=(const TinyDisk&) = delete;
  ~TinyDisk() {
    if (mounted_) ::umount2(directory_.path().c_str(), MNT_DETACH);
  }

  // Whether it could be mounted; otherwise the test is skipped, or fails if BERTH_REQUIRE_ALL_TESTS
  // is set.
  [[nodiscard]] bool usable() const {
    return require_machine(mounted_, "root, to mount a small file system");
  }
  [[nodiscard]] const std::string& path() const { return directory_.path(); }
  [[nodiscard]] std::string operator/(const std::string& name) const { return directory_ / name; }
  // Leaves no byte free.
  void fill() const {
    std::ofstream file(directory_ / "filler", std::ios::binary);
    const std::string piece(4096, 'f');
    while (file.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush()) {
    }
  }

 private:
  TempDir directory_;
  bool mounted_;
};

}  // namespace berth::test
