#include "cli/completion_scripts.hpp"

#include "base/escape.hpp"
#include "cli/commands/commands.hpp"
#include "cli/context.hpp"

namespace berth::cli {
namespace {

base::Result<int> run_completion(Context& context, const Arguments& arguments) {
  const auto script = completion_script(arguments.operand(0));
  if (script.empty())
    return base::Error(base::ErrorClass::usage, "usage.value",
                       "unsupported shell " + base::quote(arguments.operand(0), 80))
        .cause("expected bash, zsh, fish");
  context.out << script;
  return 0;
}

}  // namespace

Command completion_command() {
  return {.name = "completion",
          .summary = "Print the completion script of a shell",
          .operands = {{.name = "SHELL", .values = {"bash", "zsh", "fish"}}},
          .examples = {"berth completion bash", "berth completion zsh"},
          .sections = {{.title = "How to load it",
                        .lines = {{"bash", "source <(berth completion bash)"},
                                  {"zsh", "berth completion zsh > DIR/_berth, where fpath has DIR"},
                                  {"fish", "berth completion fish | source"}}}},
          .run = run_completion,
          .in_help_footer = true};
}

}  // namespace berth::cli
