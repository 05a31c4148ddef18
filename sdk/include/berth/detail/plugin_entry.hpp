// Internal: the functions and the descriptor of a plugin. Included by container_registry.hpp after
// its classes.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include <berth/detail/call.hpp>
#include <berth/detail/check_class.hpp>
#include <berth/detail/check_members.hpp>
#include <berth/detail/convert.hpp>
#include <berth/detail/extensions.hpp>
#include <berth/detail/note.hpp>
#include <berth/detail/sdk_version.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {
namespace detail {

template <typename Class>
std::int32_t BERTH_CALL create(const berth_create_options* host_options, void** flavor,
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
void BERTH_CALL destroy(void* flavor) noexcept {
  delete static_cast<BaseContainerRegistry*>(flavor);
}

template <typename Class>
std::int32_t BERTH_CALL prepare_image_push(void* flavor, const berth_call* host,
                                           const berth_image* image,
                                           const berth_sink* error) noexcept {
  return guarded(host, error, [&] {
    CallContext call = PluginAccess::call(*host);
    static_cast<BaseContainerRegistry*>(flavor)->prepare_image_push(call,
                                                                    PluginAccess::image(*image));
  });
}

template <typename Class>
std::int32_t BERTH_CALL push_image(void* flavor, const berth_call* host, const berth_image* image,
                                   const berth_sink* digest, const berth_sink* error) noexcept {
  return guarded(host, error, [&] {
    CallContext call = PluginAccess::call(*host);
    static_cast<BaseContainerRegistry*>(flavor)->push_image(call, PluginAccess::image(*image));
    if (call.pushed()) write(digest, *call.pushed());
  });
}

template <typename Class>
constexpr berth_plugin make_plugin(const std::uint8_t* metadata) {
  static_assert(std::is_base_of<BaseContainerRegistry, Class>::value,
                "a flavor derives from berth::BaseContainerRegistry");
  static_assert(check_overrides<Class, BaseContainerRegistry>(), "see the messages above");
  check_members<Class>();
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
}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth

// The note is a variable in its own section, so that strip, LTO and --gc-sections keep it. The
// descriptor points to a copy: patchelf moves notes without changing pointers to them.
#define BERTH_DETAIL_PLUGIN(CLASS)                                                           \
  namespace {                                                                                \
  constexpr auto berth_metadata = ::berth::detail::make_metadata<CLASS>();                   \
  BERTH_NOTE_SECTION constexpr auto berth_note = ::berth::detail::make_note(berth_metadata); \
  }                                                                                          \
  extern "C" {                                                                               \
  BERTH_EXPORT extern const ::berth_plugin BERTH_PLUGIN_NAME;                                \
  const ::berth_plugin BERTH_PLUGIN_NAME =                                                   \
      ::berth::detail::make_plugin<CLASS>(berth_metadata.bytes);                             \
  }
