#include "cli/run_berth.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <span>

#include "app/paths.hpp"
#include "app/workspace.hpp"
#include "base/escape.hpp"
#include "cli/clearing_buffer.hpp"
#include "cli/command_line.hpp"
#include "cli/commands/commands.hpp"
#include "cli/complete_command.hpp"
#include "cli/completion_scripts.hpp"
#include "cli/help.hpp"
#include "cli/output.hpp"
#include "cli/terminal_events.hpp"
#include "cli/terminal_log.hpp"
#include "platform/elevated.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;

std::string variable(const app::Environment& environment, std::string_view name) {
  return environment(name).value_or("");
}

// Adds the options whose values are those of variables. Precedence: option, environment, setting,
// default.
void add_environment(const Command& root, const Command& command,
                     const app::Environment& environment, Arguments& arguments) {
  for (const auto* owner : {&root, &command})
    for (const auto& option : owner->options) {
      if (option.environment.empty() || arguments.has(option.name)) continue;
      if (auto value = variable(environment, option.environment); !value.empty()) {
        arguments.options[option.name] = {std::move(value)};
        arguments.variables[option.name] = option.environment;
      }
    }
}

// Checks that the options of every command have one of the values that the table lists.
base::Result<void> check_values(const Command& root, const Arguments& arguments) {
  for (const auto& option : root.options) {
    const auto value = arguments.value(option.name);
    if (!value || option.values.empty()) continue;
    if (std::ranges::find(option.values, *value) != option.values.end()) continue;
    return Error(ErrorClass::usage, "usage.value",
                 fmt::format("invalid value for {}: {}", arguments.where(option.name),
                             base::quote(*value, 80)))
        .cause(fmt::format("expected {}", fmt::join(option.values, ", ")));
  }
  return {};
}

bool wants_colour(const Arguments& arguments, const ProcessEnv& process, bool is_terminal) {
  const std::string when = arguments.value("--color").value_or("auto");
  if (when != "auto") return when == "always";
  if (!variable(process.environment, "NO_COLOR").empty()) return false;
  const auto force = variable(process.environment, "CLICOLOR_FORCE");
  if (!force.empty() && force != "0") return true;
  return is_terminal && variable(process.environment, "TERM") != "dumb";
}

constexpr unsigned kUsualWidth = 80;

// Of standard output: its width, if it is a terminal.
TableStyle out_style(const Arguments& arguments, const ProcessEnv& process) {
  TableStyle style{.colour = wants_colour(arguments, process, process.out_is_terminal)};
  if (!process.out_is_terminal) return style;
  const unsigned columns = process.out_columns ? process.out_columns() : 0;
  style.columns = columns != 0 ? columns : kUsualWidth;
  return style;
}

ProgressForm progress_form(const Arguments& arguments, const ProcessEnv& process) {
  const std::string form = arguments.value("--progress").value_or("auto");
  if (form == "none" || (arguments.has("--quiet") && form == "auto")) return ProgressForm::none;
  if (form == "json") return ProgressForm::json;
  const bool changing = process.err_is_terminal && variable(process.environment, "TERM") != "dumb";
  return form == "auto" && changing ? ProgressForm::line : ProgressForm::plain;
}

base::Result<std::chrono::milliseconds> parse_duration(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string unit(end, text.data() + text.size());
  const std::uint64_t factor = unit == "ms"                  ? 1
                               : unit == "s" || unit.empty() ? 1000
                               : unit == "m"                 ? 60'000
                               : unit == "h"                 ? 3'600'000
                                                             : 0;
  if (error != std::errc() || factor == 0 || number == 0 || number > 1'000'000)
    return Error(ErrorClass::usage, "usage.duration", "invalid duration " + base::quote(text, 80))
        .fix("write 90s, 5m or 1h");
  return std::chrono::milliseconds(number * factor);
}

// Also of a line that is wrong: its error comes out in the form that was asked for.
base::Result<void> apply_output_options(Context& context, TerminalLog& log, const Command& root,
                                        const Arguments& arguments, const ProcessEnv& process) {
  context.json = arguments.value("--output") == "json";
  context.quiet = arguments.has("--quiet");
  context.events.set_quiet(context.quiet);
  context.out_style = out_style(arguments, process);
  context.terminal.set({wants_colour(arguments, process, process.err_is_terminal),
                        progress_form(arguments, process), process.err_columns, process.err_rows});
  log.set_verbosity(arguments.count("--verbose"));
  return check_values(root, arguments);
}

base::Result<void> check_directories(const Arguments& arguments) {
  auto check = [](const char* option, const std::string& path,
                  bool may_be_missing) -> base::Result<void> {
    struct stat status {};
    const int failed =
        ::stat(path.c_str(), &status) == 0 ? (S_ISDIR(status.st_mode) ? 0 : ENOTDIR) : errno;
    if (failed == 0 || (failed == ENOENT && may_be_missing)) return {};
    return Error(ErrorClass::usage, "usage.directory",
                 fmt::format("{}: {} is not a directory", option, base::quote(path)))
        .cause(base::errno_text(failed));
  };
  for (const auto& path : arguments.values("--flavor-path"))
    BERTH_CHECK(check("--flavor-path", path, false));
  if (const auto path = arguments.value("--config-dir"))
    BERTH_CHECK(check("--config-dir", *path, true));
  return {};
}

void set_paths(Context& context, std::optional<std::string> config_directory,
               const ProcessEnv& process) {
  context.app.paths = app::find_paths({.environment = process.environment,
                                       .account_home = process.account_home,
                                       .program = process.program,
                                       .config_directory = std::move(config_directory)});
}

base::Result<void> apply_options(Context& context, const Arguments& arguments,
                                 const ProcessEnv& process) {
  BERTH_CHECK(check_directories(arguments));
  context.interactive = process.in_is_terminal && process.err_is_terminal;
  context.app.flavor_path = arguments.values("--flavor-path");
  context.app.allow_unsandboxed = arguments.has("--allow-unsandboxed");
  context.app.debug_plugin = arguments.has("--debug-plugin");
  set_paths(context, arguments.value("--config-dir"), process);
  if (const auto text = arguments.value("--timeout")) {
    BERTH_TRY(const auto limit, parse_duration(*text));
    process.set_wall_limit(limit);
  }
  return {};
}

// Of berth without arguments: which container registry is the active one.
std::string describe_state(Context& context, const ProcessEnv& process) {
  set_paths(context,
            variable(process.environment, "BERTH_CONFIG_DIR").empty()
                ? std::nullopt
                : process.environment("BERTH_CONFIG_DIR"),
            process);
  const auto contents = app::read_store(context.app, context.events);
  if (!contents) return {};
  if (contents->container_registries.empty())
    return "No container registry is registered: berth registry register --help";
  const auto* active = contents->registered(contents->active);
  if (active == nullptr)
    return fmt::format("Registered container registries: {} (berth registry list)",
                       contents->container_registries.size());
  return fmt::format("Active container registry: {} ({}, flavor {})", active->name,
                     active->uri.str(), active->flavor);
}

void print_help(Context& context, const Command& root, const ParsedLine& parsed, bool no_arguments,
                const ProcessEnv& process) {
  if (no_arguments)
    context.out << first_screen(root, describe_state(context, process));
  else
    context.out << help_text(root, parsed.path, *parsed.command, context.out_style.columns);
}

// The paths are those that the line itself would use.
int complete(Context& context, const Command& root, std::span<const std::string> line,
             const ProcessEnv& process) {
  const std::vector<std::string> before(line.begin(), line.empty() ? line.end() : line.end() - 1);
  auto parsed = parse_line(root, before);
  add_environment(root, *parsed.command, process.environment, parsed.arguments);
  context.app.flavor_path = parsed.arguments.values("--flavor-path");
  set_paths(context, parsed.arguments.value("--config-dir"), process);
  print_completions(context, root, line);
  return 0;
}

base::Result<int> run_line(Context& context, TerminalLog& log, const std::vector<std::string>& line,
                           const ProcessEnv& process) {
  const Command root = root_command();
  if (!process.elevated && !line.empty() && line.front() == kCompleteCommand)
    return complete(context, root, std::span(line).subspan(1), process);
  auto parsed = parse_line(root, line);
  add_environment(root, *parsed.command, process.environment, parsed.arguments);
  const auto shown = apply_output_options(context, log, root, parsed.arguments, process);
  if (process.elevated)
    return Error(ErrorClass::usage, "usage.elevated", platform::kElevatedMessage);
  if (parsed.error) return std::move(*parsed.error);
  if (parsed.help) {
    context.json = false;
    print_help(context, root, parsed, line.empty(), process);
    return 0;
  }
  if (!shown) return shown.error().clone();
  BERTH_CHECK(apply_options(context, parsed.arguments, process));
  return parsed.command->run(context, parsed.arguments);
}

int finish(Context& context, int status) {
  context.terminal.clear_transient();
  context.out.flush();
  if (context.out) return status;
  context.terminal.error(Error(ErrorClass::disk, "output.lost", "cannot write to standard output"),
                         "");
  return status != 0 ? status : 11;
}

}  // namespace

int run_berth(const std::vector<std::string>& arguments, const ProcessEnv& process) {
  Terminal terminal(process.err,
                    {wants_colour({}, process, process.err_is_terminal), ProgressForm::none});
  TerminalLog log(terminal);
  ClearingBuffer buffer(terminal, process.out.rdbuf());
  std::ostream out(&buffer);
  TerminalEvents events(terminal);
  Context context{
      .in = process.in,
      .out = out,
      .terminal = terminal,
      .app = {.environment = process.environment, .cancellation = process.cancellation, .log = log},
      .events = events};
  try {
    const auto status = run_line(context, log, arguments, process);
    return finish(context, status ? *status : print_failure(context, status.error()));
  } catch (const std::exception& exception) {
    return finish(context, print_failure(context, Error(ErrorClass::internal, "internal",
                                                        "this is a bug in berth")
                                                      .cause(exception.what())));
  }
}

}  // namespace berth::cli
