// What a flavor whose registry's errors mislead derives from besides BaseContainerRegistry. Included by
// container_registry.hpp.
//
//   class AcmeContainerRegistry : public berth::BaseContainerRegistry, public berth::ErrorExplainer {
//     std::optional<berth::Explanation> explain(berth::CallContext& call, const berth::RegistryError& error) override;
//
// Facts of the boundary: abi.h, "explanations/1".
#pragma once

#include <optional>
#include <string>

namespace berth {

class CallContext;

// What a registry refused.
struct RegistryError {
  std::string code;        // berth's own: "push.blob-denied", "auth.refused"
  std::string message;     // the registry's: "403 DENIED: requested access to the resource is denied"
  std::string repository;  // below the host: "acme/app"

  // Whether the registry's words contain `text`, in whatever case (ASCII).
  bool message_contains(const std::string& text) const {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    const auto begins_at = [&](std::size_t at) {
      for (std::size_t i = 0; i < text.size(); ++i)
        if (lower(message[at + i]) != lower(text[i])) return false;
      return true;
    };
    for (std::size_t at = 0; at + text.size() <= message.size(); ++at)
      if (begins_at(at)) return true;
    return false;
  }
};

// What it means: a sentence, lower case, no full stop; and what to do, which can be pasted. An empty fix leaves
// berth's.
struct Explanation {
  std::string cause;
  std::string fix{};
};

class ErrorExplainer {
 public:
  virtual ~ErrorExplainer() = default;
  // Asked when a push or a check has failed because of what the registry said, which is shown in any case. Nothing: it
  // means what it says. `call` has neither registry() nor push(), and takes no findings; the other services are there,
  // to ask who one is, for example. What is thrown goes to the log, and berth's own words stand.
  virtual std::optional<Explanation> explain(CallContext& call, const RegistryError& error) = 0;
};

}  // namespace berth
