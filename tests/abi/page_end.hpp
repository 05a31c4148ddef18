// Puts structs before a page that may not be read or written, so that an access beyond their end
// ends the process.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace berth::test {

// Returns `size` bytes, a multiple of 8, whose end is the end of an accessible page. Never freed.
inline void* before_page_end(std::size_t size) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t usable = (size + page - 1) / page * page;
  void* pages =
      ::mmap(nullptr, usable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) std::abort();
  char* end = static_cast<char*>(pages) + usable;
  if (::mprotect(end, page, PROT_NONE) != 0) std::abort();
  return end - size;
}

// Returns a copy of the first `size` bytes of an object.
template <typename T>
T* at_page_end(const T& object, std::size_t size = sizeof(T)) {
  return static_cast<T*>(std::memcpy(before_page_end(size), &object, size));
}

}  // namespace berth::test
