// A plugin that misbehaves in a static constructor: BERTH_FAULT is "hang", "exit", "abort", or
// "differ" for a descriptor whose name differs from the note.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "by_hand.hpp"

namespace {

constexpr std::string_view kFault = BERTH_FAULT;

__attribute__((constructor)) void harm() {
  if (kFault == "hang")
    while (true) ::pause();
  if (kFault == "exit") std::exit(0);
  if (kFault == "abort") std::abort();
}

std::int32_t create(const berth_create_options*, void** flavor, const berth_sink*) {
  static int made;
  *flavor = &made;
  return BERTH_STATUS_OK;
}
void destroy(void*) {}
const void* query(void*, berth_string) { return nullptr; }
std::int32_t prepare(void*, const berth_call*, const berth_image*, const berth_sink*) {
  return BERTH_STATUS_OK;
}
std::int32_t push(void*, const berth_call*, const berth_image*, const berth_sink*,
                  const berth_sink*) {
  return BERTH_STATUS_OK;
}

constexpr const char* kLoaded =
    kFault == "differ" ? BY_HAND_METADATA("other") : BY_HAND_METADATA("early");

}  // namespace

BY_HAND_PLUGIN(BY_HAND_METADATA("early"), kLoaded)
