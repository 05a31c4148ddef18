// berth-flavor-worker without its sandbox, for scripts/bench: what isolation costs is the difference. Never installed.
#include "worker/sandbox.hpp"

namespace berth::worker {

Sandbox enter_sandbox() { return {}; }

bool leave_loading(const Sandbox&) { return true; }

}  // namespace berth::worker
