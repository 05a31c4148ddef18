// Internal: CallContext and Registry on top of the C ABI. Included by container_registry.hpp after
// its classes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <berth/abi.h>
#include <berth/detail/convert.hpp>
#include <berth/detail/sdk_version.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {
namespace detail {

// Returns the error of the last call of a service, which returned `status`.
inline ServiceError last_error(const berth_call& call, std::int32_t status) {
  const berth_error* last = BERTH_HAS(&call, last_error) ? call.last_error(call.context) : nullptr;
  if (last == nullptr) return {0, {}, {}, status};
  const berth_error error = known_part(*last);
  return {error.id, copy(error.code), copy(error.registry_message), status};
}

// Throws unless the service that was called last returned BERTH_STATUS_OK.
inline void expect_ok(const berth_call& call, std::int32_t status, const StringSink& error) {
  if (status == BERTH_STATUS_DENIED) throw AccessDenied(last_error(call, status), error.str());
  if (status != BERTH_STATUS_OK) throw Failure(last_error(call, status), error.str());
}

}  // namespace detail

inline void CallContext::report(Severity severity, const std::string& code,
                                const std::string& message, const std::string& fix) {
  has_errors_ = has_errors_ || severity == error;
  const berth_finding finding{sizeof(berth_finding), severity, detail::view(code),
                              detail::view(message), detail::view(fix)};
  call_.report(call_.context, &finding);
}

inline void CallContext::log(const std::string& text) const {
  call_.log(call_.context, detail::view(text));
}

inline std::optional<Registry> CallContext::registry() const {
  const void* service = call_.query(call_.context, detail::view(BERTH_REGISTRY_1));
  if (service == nullptr) return std::nullopt;
  return Registry(static_cast<const berth_registry_1*>(service), call_);
}

inline bool CallContext::is_push() const {
  return call_.query(call_.context, detail::view(BERTH_PUSH_1)) != nullptr;
}

inline std::string CallContext::push() {
  const auto* service =
      static_cast<const berth_push_1*>(call_.query(call_.context, detail::view(BERTH_PUSH_1)));
  if (service == nullptr) throw Failure("push() is not available in this call");
  const detail::StringSink digest;
  const detail::StringSink error;
  detail::expect_ok(call_, service->push(call_.context, digest.sink(), error.sink()), error);
  pushed_ = digest.str();
  return *pushed_;
}

inline void Registry::probe() const {
  const detail::StringSink error;
  detail::expect_ok(*call_, service_->probe(context_, error.sink()), error);
}

inline std::optional<std::string> Registry::manifest_digest(const std::string& repository,
                                                            const std::string& reference) const {
  const detail::StringSink digest;
  const detail::StringSink error;
  const auto status = service_->manifest_digest(
      context_, detail::view(repository), detail::view(reference), digest.sink(), error.sink());
  if (status == BERTH_STATUS_NOT_FOUND) return std::nullopt;
  detail::expect_ok(*call_, status, error);
  return digest.str();
}

inline std::optional<std::uint64_t> Registry::blob_size(const std::string& repository,
                                                        const std::string& digest) const {
  std::uint64_t bytes = 0;
  const detail::StringSink error;
  const auto status = service_->blob_size(context_, detail::view(repository), detail::view(digest),
                                          &bytes, error.sink());
  if (status == BERTH_STATUS_NOT_FOUND) return std::nullopt;
  detail::expect_ok(*call_, status, error);
  return bytes;
}

inline std::optional<std::string> Registry::granted_actions(const std::string& repository,
                                                            const std::string& actions,
                                                            bool has_side_effects) const {
  const detail::StringSink granted;
  const detail::StringSink error;
  const auto status =
      service_->granted_actions(context_, detail::view(repository), detail::view(actions),
                                has_side_effects ? 1 : 0, granted.sink(), error.sink());
  if (status == BERTH_STATUS_NOT_FOUND) return std::nullopt;
  detail::expect_ok(*call_, status, error);
  return granted.str();
}

inline bool Registry::side_effects_allowed() const {
  return service_->side_effects_allowed(context_) != 0;
}

inline std::optional<Account> Registry::account() const {
  const detail::StringSink username;
  const detail::StringSink source;
  const detail::StringSink error;
  const auto status = service_->account(context_, username.sink(), source.sink(), error.sink());
  if (status == BERTH_STATUS_NOT_FOUND) return std::nullopt;
  detail::expect_ok(*call_, status, error);
  return Account{username.str(), source.str()};
}

inline void Registry::check_push_permission(const std::string& repository,
                                            bool has_side_effects) const {
  const detail::StringSink error;
  detail::expect_ok(*call_,
                    service_->check_push_permission(context_, detail::view(repository),
                                                    has_side_effects ? 1 : 0, error.sink()),
                    error);
}

inline RegistryResponse Registry::request(const char* method, const std::string& path,
                                          const std::string& scope,
                                          std::int32_t unauthenticated) const {
  RegistryResponse response;
  const detail::StringSink headers;
  const detail::StringSink body;
  const detail::StringSink error;
  detail::expect_ok(*call_,
                    service_->request(context_, detail::view(method), detail::view(path),
                                      detail::view(scope), unauthenticated, &response.status,
                                      headers.sink(), body.sink(), error.sink()),
                    error);
  response.headers = headers.str();
  response.body = body.str();
  return response;
}

inline std::string RegistryResponse::header(const std::string& name) const {
  const std::string start = name + ": ";
  std::size_t line = 0;
  while (line < headers.size() && headers.compare(line, start.size(), start) != 0) {
    const auto end = headers.find('\n', line);
    if (end == std::string::npos) return {};
    line = end + 1;
  }
  if (line >= headers.size()) return {};
  return headers.substr(line + start.size(), headers.find('\n', line) - line - start.size());
}

}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
