// Requirements of tests on the machine. If one is missing, the test prints SKIPPED and is skipped;
// with BERTH_REQUIRE_ALL_TESTS set (as .ci/run does) it fails instead.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace berth::test {

// True if `available`; otherwise prints SKIPPED on standard error, or exits the test program with a
// failure.
inline bool require_machine(bool available, const std::string& what) {
  if (available) return true;
  std::fprintf(stderr, "SKIPPED: this test needs %s\n", what.c_str());
  if (std::getenv("BERTH_REQUIRE_ALL_TESTS") != nullptr) std::_Exit(1);
  return false;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

// The largest resident set allowed for a push, in KiB; larger under sanitizers.
inline constexpr long kMaxMemory = kSanitized ? 1024 * 1024 : 64 * 1024;

inline bool is_root() { return ::geteuid() == 0; }

}  // namespace berth::test
