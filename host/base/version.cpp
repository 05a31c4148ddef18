#include "base/version.hpp"

namespace berth::base {

std::string_view version() { return BERTH_VERSION; }

}  // namespace berth::base
