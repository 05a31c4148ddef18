// Extensions: the extensions of a flavor, and calls to their functions.
#pragma once

#include <berth/abi.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_value.hpp"
#include "channel/plugin_calls.hpp"
#include "worker/plugin_outcome.hpp"

namespace berth::worker {

class Extensions {
 public:
  // Finds the extensions of the flavor, which must outlive this object.
  void find(const berth_plugin& plugin, void* flavor);

  // Returns the ids of those that it has.
  [[nodiscard]] std::vector<std::string> ids() const;
  // Returns whether credentials/1 has is_expired().
  [[nodiscard]] bool recognises_expiry() const;
  // Calls upload-rules/1. Returns std::nullopt if the flavor does not have it. The host validates
  // the rules.
  [[nodiscard]] std::optional<Outcome<channel::UploadRulesResult>> upload_rules() const;

  // Handles one of channel::ExtensionCalls and returns its outcome, encoded.
  base::Json call(std::string_view method, const base::Json& params, HostCall& host) const;

 private:
  [[nodiscard]] const void* table(std::string_view id) const;

  void* flavor_ = nullptr;
  std::vector<std::pair<std::string_view, const void*>> tables_;  // by id
};

}  // namespace berth::worker
