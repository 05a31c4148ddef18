// The functions and the descriptor of a plugin. Nothing here is for authors; container_registry.hpp includes
// it after its classes.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include <berth/detail/call.hpp>
#include <berth/detail/convert.hpp>
#include <berth/detail/note.hpp>

namespace berth {
namespace detail {

template <typename Class>
std::int32_t create(const berth_create_options* options, void** flavor, const berth_sink* error) noexcept {
  bool refused = false;
  const std::int32_t status = guarded(error, [&] {
    try {
      *flavor = PluginAccess::create<Class>(*options);
    } catch (const Failure&) {
      refused = true;
      throw;
    }
  });
  return refused ? BERTH_REFUSED : status;
}

template <typename Class>
void destroy(void* flavor) noexcept {
  delete static_cast<BaseContainerRegistry*>(flavor);
}

// The capability credentials/1 of a class that is a CredentialProvider.
template <typename Class>
std::int32_t credential(void* flavor, const berth_call* host, const berth_credential_question* asked,
                        const berth_credential_sink* sink, const berth_sink* error) noexcept {
  std::int32_t answer = BERTH_OK;
  const std::int32_t status = guarded(error, [&] {
    try {
      Call call = PluginAccess::call(*host);
      CredentialProvider& provider = *static_cast<Class*>(static_cast<BaseContainerRegistry*>(flavor));
      const Credential found =
          provider.credential(call, {copy(asked->host), copy(asked->repository), asked->refused != 0});
      if (found.is_none()) {
        answer = BERTH_NOT_FOUND;
        return write(error, found.from());
      }
      const berth_credential given{sizeof(berth_credential), found.kind(),    view(found.username()),
                                   view(found.secret()),     found.expires(), view(found.from())};
      sink->take(sink->context, &given);
    } catch (const Failure&) {
      answer = BERTH_REFUSED;
      throw;
    }
  });
  return answer != BERTH_OK ? answer : status;
}

// The capability explanations/1 of a class that is an ErrorExplainer.
template <typename Class>
std::int32_t explain(void* flavor, const berth_call* host, const berth_registry_error* asked, const berth_sink* cause,
                     const berth_sink* fix, const berth_sink* error) noexcept {
  bool found = false;
  const std::int32_t status = guarded(error, [&] {
    Call call = PluginAccess::call(*host);
    ErrorExplainer& explainer = *static_cast<Class*>(static_cast<BaseContainerRegistry*>(flavor));
    const auto explanation = explainer.explain(call, {copy(asked->code), copy(asked->words), copy(asked->repository)});
    if (!explanation) return;
    found = true;
    write(cause, explanation->cause);
    write(fix, explanation->fix);
  });
  return status == BERTH_OK && !found ? BERTH_NOT_FOUND : status;
}

template <typename Class>
const void* query(void*, berth_string id) noexcept {
  static_cast<void>(id);
  if constexpr (std::is_base_of<ErrorExplainer, Class>::value) {
    static constexpr berth_explanations_1 explanations{sizeof(berth_explanations_1), &explain<Class>};
    if (std::string_view(id.data, id.size) == BERTH_EXPLANATIONS_1) return &explanations;
  }
  if constexpr (std::is_base_of<CredentialProvider, Class>::value) {
    static constexpr berth_credentials_1 credentials{sizeof(berth_credentials_1), &credential<Class>};
    if (std::string_view(id.data, id.size) == BERTH_CREDENTIALS_1) return &credentials;
  }
  return nullptr;
}

template <typename Class>
std::int32_t prepare_image_push(void* flavor, const berth_call* host, const berth_image* image,
                                const berth_sink* error) noexcept {
  return guarded(error, [&] {
    Call call = PluginAccess::call(*host);
    static_cast<BaseContainerRegistry*>(flavor)->prepare_image_push(call, PluginAccess::image(*image));
  });
}

template <typename Class>
std::int32_t push_image(void* flavor, const berth_call* host, const berth_image* image, const berth_sink* digest,
                        const berth_sink* error) noexcept {
  return guarded(error, [&] {
    Call call = PluginAccess::call(*host);
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
  static_assert(is_flavor_name(Class::FLAVOR), "FLAVOR is a name of [a-z0-9][a-z0-9-]*, at most 63 characters");
  static_assert(!std::string_view(Class::VERSION).empty(), "VERSION is empty");
  return {sizeof(berth_plugin),       BERTH_ABI_MAJOR,   BERTH_ABI_MINOR, metadata,
          metadata_size<Class>(),     &create<Class>,    &destroy<Class>, &query<Class>,
          &prepare_image_push<Class>, &push_image<Class>};
}

}  // namespace detail
}  // namespace berth

// The note is a variable of its own section, so that it survives strip, LTO and --gc-sections.
#define BERTH_DETAIL_PLUGIN(CLASS)                                                                                   \
  namespace {                                                                                                        \
  alignas(4)                                                                                                         \
      __attribute__((section(".note.berth"), used)) constexpr auto berth_note = ::berth::detail::make_note<CLASS>(); \
  }                                                                                                                  \
  extern "C" {                                                                                                       \
  __attribute__((visibility("default"))) extern const ::berth_plugin berth_plugin_0;                                 \
  const ::berth_plugin berth_plugin_0 = ::berth::detail::make_plugin<CLASS>(berth_note.descriptor);                  \
  }
