#include "cli/confirm.hpp"

#include "cli/read_line.hpp"

namespace berth::cli {

using base::Error;
using base::ErrorClass;

base::Result<void> confirm(Context& context, const Confirmation& confirmation) {
  if (!context.interactive)
    return Error(ErrorClass::usage, "usage.confirm", "cannot ask for confirmation: not a terminal")
        .fix(confirmation.fix);
  context.terminal.line(confirmation.question + " [y/N]");
  BERTH_TRY(const auto answer, read_line(context));
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return Error(ErrorClass::usage, "usage.declined", confirmation.declined);
}

}  // namespace berth::cli
