#include <fmt/format.h>

#include "app/container_registries.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

base::Result<int> run_copy(Context& context, const Arguments& arguments) {
  const auto& from = arguments.operand(0);
  const auto& to = arguments.operand(1);
  BERTH_CHECK(app::copy_container_registry(context.app, from, to, context.events));
  return print_done(context, fmt::format("copied {} to {}", from, to));
}

}  // namespace

Command copy_command() {
  return {.name = "copy",
          .summary = "Register a container registry again under another name",
          .operands = {{.name = "FROM", .kind = ValueKind::registry}, {.name = "TO"}},
          .examples = {"berth registry copy prod staging",
                       "berth registry update staging --uri staging.example.com"},
          .run = run_copy};
}

}  // namespace berth::cli
