// Failure: what a flavor throws. Included by container_registry.hpp.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace berth {

// What a flavor throws to say that it cannot go on. Thrown by the constructor it means: this uri or these settings are
// not for this flavor, which is the user's to mend; everything else that is thrown is a fault of the plugin.
// `fix` is the user's next step ("acme login --profile dev"); empty if none is known. Not shown for a constructor.
class Failure : public std::runtime_error {
 public:
  explicit Failure(const std::string& message, std::string fix = {})
      : std::runtime_error(message), fix_(std::move(fix)) {}
  const std::string& fix() const noexcept { return fix_; }

 private:
  std::string fix_;
};

}  // namespace berth
