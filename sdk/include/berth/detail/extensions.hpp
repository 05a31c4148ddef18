// Internal: the extensions of a flavor class as functions of the C ABI. Included by
// container_registry.hpp after its classes.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include <berth/detail/call.hpp>
#include <berth/detail/convert.hpp>

namespace berth {
namespace detail {

// Extension credentials/1 of a class that derives from CredentialProvider.
template <typename Class>
std::int32_t credential(void* flavor, const berth_call* host,
                        const berth_credential_request* request, const berth_credential_sink* sink,
                        const berth_sink* error) noexcept {
  std::int32_t answer = BERTH_STATUS_OK;
  const std::int32_t status = guarded(host, error, [&] {
    try {
      CallContext call = PluginAccess::call(*host);
      CredentialProvider& provider =
          *static_cast<Class*>(static_cast<BaseContainerRegistry*>(flavor));
      const Credential found = provider.credential(
          call, {copy(request->host), copy(request->repository), request->previous_rejected != 0,
                 request->size >= sizeof *request ? copy(request->username) : ""});
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

template <typename Class>
std::int32_t is_expired(void* flavor, const berth_call* host,
                        const berth_registry_error* rejection) noexcept {
  bool expired = false;
  guarded(nullptr, nullptr, [&] {
    CallContext call = PluginAccess::call(*host);
    CredentialProvider& provider =
        *static_cast<Class*>(static_cast<BaseContainerRegistry*>(flavor));
    expired = provider.is_expired(
        call, {copy(rejection->code), copy(rejection->message), copy(rejection->repository)});
  });
  return expired ? 1 : 0;
}

// Extension explanations/1 of a class that derives from ErrorExplainer.
template <typename Class>
std::int32_t explain(void* flavor, const berth_call* host,
                     const berth_registry_error* registry_error, const berth_sink* cause,
                     const berth_sink* fix, const berth_sink* error) noexcept {
  bool found = false;
  const std::int32_t status = guarded(host, error, [&] {
    CallContext call = PluginAccess::call(*host);
    ErrorExplainer& explainer = *static_cast<Class*>(static_cast<BaseContainerRegistry*>(flavor));
    const auto explanation =
        explainer.explain(call, {copy(registry_error->code), copy(registry_error->message),
                                 copy(registry_error->repository)});
    if (!explanation) return;
    found = true;
    write(cause, explanation->cause);
    write(fix, explanation->fix);
  });
  return status == BERTH_STATUS_OK && !found ? BERTH_STATUS_NOT_FOUND : status;
}

// Extension upload-rules/1 of a class that derives from UploadRulesProvider.
template <typename Class>
std::int32_t upload_rules(void* flavor, berth_upload_rules* rules,
                          const berth_sink* error) noexcept {
  return guarded(nullptr, error, [&] {
    UploadRulesProvider& provider =
        *static_cast<Class*>(static_cast<BaseContainerRegistry*>(flavor));
    const UploadRules given = provider.upload_rules();
    *rules = {rules->size,
              given.monolithic ? 1 : 0,
              given.allow_unknown_length ? 1 : 0,
              given.verify_range ? 1 : 0,
              given.max_chunk_size,
              given.min_chunk_size};
  });
}

template <typename Class>
const void* query(void*, berth_string id) noexcept {
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
}  // namespace berth
