// Failure: what a flavor throws. Included by container_registry.hpp.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include <berth/detail/sdk_version.hpp>
#include <berth/finding.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {

// ServiceError: the error of berth with which a service failed.
struct ServiceError {
  std::uint64_t id = 0;            // 0: none
  std::string code{};              // berth's code: "auth.denied"
  std::string registry_message{};  // the registry's error message; may be empty
  std::int32_t status = 0;         // BERTH_STATUS_… that the service returned; 0: none
};

// What a flavor throws if it cannot go on. From a constructor it means that the flavor does not
// accept this URI or these settings: a user configuration error. Everything else that is thrown is
// a fault of the plugin. `fix` is the user's next step ("acme login --profile dev"); empty if none
// is known. `kind`, for constructors: its code becomes that of the error ("acme.uri"); list it in
// FINDINGS, so that `berth explain` describes it. `error`, set by the functions of this SDK: if the
// flavor lets it pass, the user sees the error of berth instead of one of the plugin.
class Failure : public std::runtime_error {
 public:
  explicit Failure(const std::string& message, std::string fix = {})
      : std::runtime_error(message), fix_(std::move(fix)) {}
  Failure(const FindingKind& kind, const std::string& message, std::string fix = {})
      : std::runtime_error(message), fix_(std::move(fix)), code_(kind.code) {}
  Failure(ServiceError error, const std::string& message)
      : std::runtime_error(message), error_(std::move(error)) {}
  const std::string& fix() const noexcept { return fix_; }
  const std::string& code() const noexcept { return code_; }  // empty: none
  const ServiceError& service_error() const noexcept { return error_; }

 private:
  std::string fix_;
  std::string code_;
  ServiceError error_;
};

// Thrown by functions of Registry and by CallContext::push(): the credentials are not authorized
// for the request, so that its result is unknown. A tag that may not be read may exist.
class AccessDenied : public Failure {
 public:
  using Failure::Failure;
};

}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
