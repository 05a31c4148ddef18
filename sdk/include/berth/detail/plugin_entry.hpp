// Internal: the functions and the descriptor of a plugin. Included by container_registry.hpp after
// its classes.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include <berth/detail/call.hpp>
#include <berth/detail/convert.hpp>
#include <berth/detail/extensions.hpp>
#include <berth/detail/note.hpp>

namespace berth {
namespace detail {

template <typename Class>
std::int32_t create(const berth_create_options* host_options, void** flavor,
                    const berth_sink* error) noexcept {
  const berth_create_options options = known_part(*host_options);
  bool refused = false;
  const std::int32_t status = guarded(nullptr, error, [&] {
    try {
      *flavor = PluginAccess::create<Class>(options);
    } catch (const Failure& failure) {
      refused = true;
      write(options.fix, failure.fix());
      write(options.code, failure.code());
      throw;
    }
  });
  return refused ? BERTH_STATUS_REFUSED : status;
}

template <typename Class>
void destroy(void* flavor) noexcept {
  delete static_cast<BaseContainerRegistry*>(flavor);
}

template <typename Class>
std::int32_t prepare_image_push(void* flavor, const berth_call* host, const berth_image* image,
                                const berth_sink* error) noexcept {
  return guarded(host, error, [&] {
    CallContext call = PluginAccess::call(*host);
    static_cast<BaseContainerRegistry*>(flavor)->prepare_image_push(call,
                                                                    PluginAccess::image(*image));
  });
}

template <typename Class>
std::int32_t push_image(void* flavor, const berth_call* host, const berth_image* image,
                        const berth_sink* digest, const berth_sink* error) noexcept {
  return guarded(host, error, [&] {
    CallContext call = PluginAccess::call(*host);
    static_cast<BaseContainerRegistry*>(flavor)->push_image(call, PluginAccess::image(*image));
    if (call.pushed()) write(digest, *call.pushed());
  });
}

constexpr bool is_flavor_name(std::string_view name) {
  if (name.empty() || name.size() > 63 || name[0] == '-') return false;
  for (const char c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  return true;
}

template <typename Class>
constexpr berth_plugin make_plugin(const std::uint8_t* metadata) {
  static_assert(std::is_base_of<BaseContainerRegistry, Class>::value,
                "a flavor derives from berth::BaseContainerRegistry");
  static_assert(is_flavor_name(Class::FLAVOR),
                "FLAVOR is a name of [a-z0-9][a-z0-9-]*, at most 63 characters");
  static_assert(!std::string_view(Class::VERSION).empty(), "VERSION is empty");
  return {sizeof(berth_plugin),
          BERTH_ABI_MAJOR,
          min_host_minor_of<Class>::value,
          metadata,
          metadata_size<Class>(),
          &create<Class>,
          &destroy<Class>,
          &query<Class>,
          &prepare_image_push<Class>,
          &push_image<Class>};
}

}  // namespace detail
}  // namespace berth

// The note is a variable in its own section, so that strip, LTO and --gc-sections keep it. The
// descriptor points to a copy: patchelf moves notes without changing pointers to them.
#define BERTH_DETAIL_PLUGIN(CLASS)                                                                 \
  namespace {                                                                                      \
  constexpr auto berth_metadata = ::berth::detail::make_metadata<CLASS>();                         \
  alignas(4) __attribute__((section(".note.berth"), used)) constexpr auto berth_note =             \
      ::berth::detail::make_note(berth_metadata);                                                  \
  }                                                                                                \
  extern "C" {                                                                                     \
  __attribute__((visibility("default"))) extern const ::berth_plugin berth_plugin_0;               \
  const ::berth_plugin berth_plugin_0 = ::berth::detail::make_plugin<CLASS>(berth_metadata.bytes); \
  }
