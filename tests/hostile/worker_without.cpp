// berth-flavor-worker on a machine without a part of the sandbox, BERTH_WITHOUT; see
// refuse_calls.hpp.
#include "hostile/refuse_calls.hpp"

int main(int, char** argv) {
  if (!berth::test::refuse_calls(BERTH_WITHOUT)) return 125;
  ::execv(BERTH_WORKER, argv);
  return 126;
}
