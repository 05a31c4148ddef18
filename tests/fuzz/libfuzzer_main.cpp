// One target as a libFuzzer program. BERTH_FUZZ_TARGET is its function.
// Source: llvm.org/docs/LibFuzzer.html
#include <cstddef>
#include <cstdint>

#include "fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  berth::fuzz::BERTH_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
