#include "app/login.hpp"

#include <fmt/format.h>

#include "base/escape.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "cli/read_line.hpp"
#include "cli/secret_prompt.hpp"
#include "cli/shared_options.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;

// " (your Acme id)"
std::string in_parentheses(const std::string& hint) {
  return hint.empty() ? hint : " (" + base::escape(hint) + ")";
}

// Asks for what was not given.
base::Result<void> complete(Context& context, app::NetworkOptions& options,
                            const app::LoginHost& host) {
  if (!options.username) {
    if (!context.interactive)
      return Error(ErrorClass::usage, "usage.username", "login requires a user name")
          .fix("pass --username U --password-stdin" + in_parentheses(host.username_hint));
    context.terminal.line(
        fmt::format("user name for {}{}:", host.host, in_parentheses(host.username_hint)));
    BERTH_TRY(const auto typed, read_line(context));
    if (typed.empty()) return Error(ErrorClass::usage, "usage.username", "no user name entered");
    options.username = typed;
  }
  // RFC 7617, section 2: the first colon ends the name.
  const auto& name = *options.username;
  if (name.empty() || name.find(':') != std::string::npos || !base::is_clean_text(name))
    return Error(ErrorClass::usage, "usage.username", "invalid user name " + base::quote(name, 80))
        .cause("colons and control characters are not allowed");
  if (options.password) return {};
  BERTH_TRY(options.password,
            prompt_secret(context, fmt::format("password of {} for {}{}:", *options.username,
                                               host.host, in_parentheses(host.password_hint))));
  return {};
}

base::Result<int> log_in_to(Context& context, const Arguments& arguments,
                            const app::LoginHost& host) {
  BERTH_CHECK(app::credential_file(context.app));  // before the user is prompted for anything
  BERTH_TRY(auto options, network_options(context, arguments, PasswordPolicy::prompt));
  BERTH_CHECK(complete(context, options, host));
  BERTH_TRY(const auto report, app::login(context.app, host, options, context.events));
  if (context.json)
    print_json(
        context,
        base::Json::object(
            {{"schema", 1}, {"ok", true}, {"host", report.host}, {"stored", report.stored_in}}));
  else
    context.out << fmt::format("logged in to {}; credentials stored in {}\n", report.host,
                               base::escape(report.stored_in));
  return 0;
}

base::Result<int> run_login(Context& context, const Arguments& arguments) {
  BERTH_TRY(const auto host,
            app::find_login_host(context.app, arguments.operand(0), context.events));
  const auto status = log_in_to(context, arguments, host);
  return status ? *status : print_failure(context, status.error(), "cannot log in to " + host.host);
}

}  // namespace

Command login_command() {
  return {.name = "login",
          .summary = "Verify credentials and store them where docker does",
          .operands = {{.name = "HOST-or-NAME", .kind = ValueKind::host}},
          .options = network_option_list(),
          .examples = {"berth login registry.example.com",
                       "berth login --username ci --password-stdin prod"},
          .run = run_login};
}

}  // namespace berth::cli
