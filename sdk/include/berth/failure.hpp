// Failure: what a flavor throws. Included by container_registry.hpp.
#pragma once

#include <stdexcept>

namespace berth {

// What a flavor throws to say that it cannot go on. Thrown by the constructor it means: this uri or these settings are
// not for this flavor, which is the user's to mend; everything else that is thrown is a fault of the plugin.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace berth
