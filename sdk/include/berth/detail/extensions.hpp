// Internal: the extensions of a flavor class as functions of the C ABI. Included by
// container_registry.hpp after its classes.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include <berth/detail/call.hpp>
#include <berth/detail/convert.hpp>
#include <berth/detail/sdk_version.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {
namespace detail {

// Extension credentials/1 of a class that derives from CredentialProvider.
template <typename Class>
std::int32_t BERTH_CALL credential(void* flavor, const berth_call* host,
                                   const berth_credential_request* host_request,
                                   const berth_credential_sink* sink,
                                   const berth_sink* error) noexcept {
  const berth_credential_request request = known_part(*host_request);
  std::int32_t answer = BERTH_STATUS_OK;
  const std::int32_t status = guarded(host, error, [&] {
    try {
      CallContext call = PluginAccess::call(*host);
      CredentialProvider& provider =
          *static_cast<Class*>(static_cast<BaseContainerRegistry*>(flavor));
      const Credential found = provider.credential(
          call, {copy(request.host), copy(request.repository), request.previous_rejected != 0,
                 copy(request.username), request.accepted_kinds});
      if (!found.has_value()) {
        answer = BERTH_STATUS_NOT_FOUND;
        return write(error, found.source());
      }
      const berth_credential given{sizeof(berth_credential), found.kind(),
                                   view(found.username()),   view(found.secret()),
                                   found.expires_at(),       view(found.source())};
      sink->take(sink->context, &given);
    } catch (const Failure&) {
      answer = BERTH_STATUS_REFUSED;
      throw;
    }
  });
  return answer != BERTH_STATUS_OK ? answer : status;
}

inline RegistryError registry_error(const berth_registry_error& host_error) {
  const berth_registry_error error = known_part(host_error);
  return {copy(error.code), copy(error.message), copy(error.repository)};
}

template <typename Class>
std::int32_t BERTH_CALL is_expired(void* flavor, const berth_call* host,
                                   const berth_registry_error* rejection) noexcept {
  bool expired = false;
  guarded(nullptr, nullptr, [&] {
    CallContext call = PluginAccess::call(*host);
    CredentialProvider& provider =
        *static_cast<Class*>(static_cast<BaseContainerRegistry*>(flavor));
    expired = provider.is_expired(call, registry_error(*rejection));
  });
  return expired ? 1 : 0;
}

// Extension explanations/1 of a class that derives from ErrorExplainer.
template <typename Class>
std::int32_t BERTH_CALL explain(void* flavor, const berth_call* host,
                                const berth_registry_error* host_error, const berth_sink* cause,
                                const berth_sink* fix, const berth_sink* error) noexcept {
  bool found = false;
  const std::int32_t status = guarded(host, error, [&] {
    CallContext call = PluginAccess::call(*host);
    ErrorExplainer& explainer = *static_cast<Class*>(static_cast<BaseContainerRegistry*>(flavor));
    const auto explanation = explainer.explain(call, registry_error(*host_error));
    if (!explanation) return;
    found = true;
    write(cause, explanation->cause);
    write(fix, explanation->fix);
  });
  return status == BERTH_STATUS_OK && !found ? BERTH_STATUS_NOT_FOUND : status;
}

// Changes the rules that the flavor sets. The host may not have all fields.
inline void set_rules(const UploadRules& from, berth_upload_rules& rules) {
  const auto set = [](const auto& value, auto& field, bool host_has_it) {
    if (value && host_has_it) field = *value;
  };
  set(from.monolithic, rules.monolithic, BERTH_HAS(&rules, monolithic));
  set(from.allow_unknown_length, rules.allow_unknown_length,
      BERTH_HAS(&rules, allow_unknown_length));
  set(from.verify_range, rules.verify_range, BERTH_HAS(&rules, verify_range));
  set(from.max_chunk_size, rules.max_chunk_size, BERTH_HAS(&rules, max_chunk_size));
  set(from.min_chunk_size, rules.min_chunk_size, BERTH_HAS(&rules, min_chunk_size));
}

// Extension upload-rules/1 of a class that derives from UploadRulesProvider.
template <typename Class>
std::int32_t BERTH_CALL upload_rules(void* flavor, berth_upload_rules* rules,
                                     const berth_sink* error) noexcept {
  return guarded(nullptr, error, [&] {
    UploadRulesProvider& provider =
        *static_cast<Class*>(static_cast<BaseContainerRegistry*>(flavor));
    set_rules(provider.upload_rules(), *rules);
  });
}

template <typename Class>
const void* BERTH_CALL query(void*, berth_string id) noexcept {
  static_cast<void>(id);
  if constexpr (std::is_base_of<ErrorExplainer, Class>::value) {
    static constexpr berth_explanations_1 explanations{sizeof(berth_explanations_1),
                                                       &explain<Class>};
    if (std::string_view(id.data, id.size) == BERTH_EXPLANATIONS_1) return &explanations;
  }
  if constexpr (std::is_base_of<CredentialProvider, Class>::value) {
    static constexpr berth_credentials_1 credentials{sizeof(berth_credentials_1),
                                                     &credential<Class>, &is_expired<Class>};
    if (std::string_view(id.data, id.size) == BERTH_CREDENTIALS_1) return &credentials;
  }
  if constexpr (std::is_base_of<UploadRulesProvider, Class>::value) {
    static constexpr berth_upload_rules_1 rules{sizeof(berth_upload_rules_1), &upload_rules<Class>};
    if (std::string_view(id.data, id.size) == BERTH_UPLOAD_RULES_1) return &rules;
  }
  return nullptr;
}

}  // namespace detail
}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
