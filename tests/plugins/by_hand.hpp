// A plugin written only against abi.h, including its note: for everything that the C++ header
// prevents.
#pragma once

#include <berth/abi.h>

#include <cstdint>
#include <cstring>

namespace by_hand {

inline berth_string text(const char* value) { return {value, std::strlen(value)}; }
inline void put(const berth_sink* sink, const char* value) {
  sink->write(sink->context, text(value));
}

}  // namespace by_hand

// Metadata of a plugin with a name of five letters, and no settings but `what`: FLAVOR and VERSION
// and SETTINGS.
#define BY_HAND_SETTINGS "{\"properties\":{\"what\":{\"type\":\"string\"}}}"
#define BY_HAND_METADATA(NAME5) \
  "\0\0\0\0\0\0\0\0"            \
  "\1\0\5\0\0\0" NAME5          \
  "\2\0\5\0\0\0"                \
  "1.0.0"                       \
  "\4\0\51\0\0\0" BY_HAND_SETTINGS

// The note, and the descriptor of the functions create, destroy, query, prepare and push.
#define BY_HAND_PLUGIN(NOTE, DESCRIPTOR_BYTES)                                                \
  namespace {                                                                                 \
  struct Note {                                                                               \
    std::uint32_t owner_size, size, type;                                                     \
    char owner[8];                                                                            \
    char metadata[sizeof(NOTE)];                                                              \
  };                                                                                          \
  alignas(4) __attribute__((section(".note.berth"), used)) const Note note = {                \
      sizeof(BERTH_NOTE_OWNER), sizeof(NOTE) - 1, BERTH_NOTE_TYPE, BERTH_NOTE_OWNER, {NOTE}}; \
  }                                                                                           \
  extern "C" {                                                                                \
  __attribute__((visibility("default"))) extern const berth_plugin berth_plugin_0;            \
  const berth_plugin berth_plugin_0 = {sizeof(berth_plugin),                                  \
                                       BERTH_ABI_MAJOR,                                       \
                                       0, /* any host of this major version */                \
                                       reinterpret_cast<const uint8_t*>(DESCRIPTOR_BYTES),    \
                                       sizeof(NOTE) - 1,                                      \
                                       create,                                                \
                                       destroy,                                               \
                                       query,                                                 \
                                       prepare,                                               \
                                       push};                                                 \
  }
