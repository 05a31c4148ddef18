// berth-flavor-worker without its sandbox, for scripts/bench: what isolation costs is the
// difference. Never installed.
#include "platform/sandbox.hpp"

namespace berth::platform {

Sandbox enter_sandbox() { return {}; }

bool leave_loading(const Sandbox&) { return true; }

}  // namespace berth::platform
