// ErrorExplainer: the base class of flavors that explain misleading error messages of their
// registry, in addition to BaseContainerRegistry. Included by container_registry.hpp. ABI: abi.h,
// "explanations/1".
//
//   class AcmeContainerRegistry : public berth::BaseContainerRegistry, public berth::ErrorExplainer
//   {
//     std::optional<berth::Explanation> explain(berth::CallContext& call,
//                                               const berth::RegistryError& error) override;
#pragma once

#include <optional>
#include <string>

#include <berth/detail/sdk_version.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {

class CallContext;

// RegistryError: an error of the registry that made a push or check fail.
struct RegistryError {
  std::string code;     // berth's code: "push.blob-denied", "auth.refused"
  std::string message;  // the registry's: "403 DENIED: requested access to the resource is denied"
  std::string repository;  // below the host: "acme/app"

  // Returns whether `message` contains `text`; ASCII letters match in either case.
  bool message_contains(const std::string& text) const {
    const auto lower = [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    const auto matches_at = [&](std::size_t at) {
      for (std::size_t i = 0; i < text.size(); ++i)
        if (lower(message[at + i]) != lower(text[i])) return false;
      return true;
    };
    for (std::size_t at = 0; at + text.size() <= message.size(); ++at)
      if (matches_at(at)) return true;
    return false;
  }
};

// Explanation: the cause of an error, one sentence in lower case without full stop, and the user's
// next step. If `fix` is empty, the host's own fix is shown.
struct Explanation {
  std::string cause;
  std::string fix{};
};

class ErrorExplainer {
 public:
  virtual ~ErrorExplainer() = default;
  // Explains an error after a failed push or check; std::nullopt if the message is clear. The user
  // also sees the registry's message. [main thread] `call` has log(), now(), cancelled() and the
  // services of PERMISSIONS, but not registry(), push() and report(). Exceptions are logged, and
  // the host's own cause and fix are shown.
  virtual std::optional<Explanation> explain(CallContext& call, const RegistryError& error) = 0;
};

}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
