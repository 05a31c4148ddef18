#include "cli/app.hpp"

#include <fmt/format.h>

#include <charconv>

#include <boost/filesystem.hpp>

#include "base/escape.hpp"
#include "cli/command_line.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "cli/terminal_log.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;

std::string variable(const Environment& environment, std::string_view name) { return environment(name).value_or(""); }

base::Result<Paths> find_paths(const Arguments& arguments, const Surroundings& surroundings) {
  const auto& environment = surroundings.environment;
  const std::string home = variable(environment, "HOME");
  auto below_home = [&](std::string_view name, const std::string& fallback) {
    const std::string set = variable(environment, name);
    return !set.empty() ? set : (home.empty() ? "" : home + fallback);
  };
  Paths paths;
  const std::string config_home = below_home("XDG_CONFIG_HOME", "/.config");
  paths.config = arguments.value("--config-dir").value_or(config_home.empty() ? "" : config_home + "/berth");
  if (paths.config.empty())
    return Error(ErrorClass::usage, "usage.no-home", "there is no place for registries.json")
        .cause("HOME is not set")
        .fix("--config-dir DIR");
  paths.data_home = below_home("XDG_DATA_HOME", "/.local/share");
  paths.docker_config = below_home("DOCKER_CONFIG", "/.docker");
  const auto prefix = boost::filesystem::path(surroundings.program).parent_path().parent_path();
  paths.installed_flavors = (prefix / "lib/berth/flavors").string();
  paths.worker_program = (prefix / "libexec/berth/berth-flavor-worker").string();
  return paths;
}

// Options that a variable stands in for. Source of precedence: option, environment, setting, default.
void add_environment(const Command& root, const Command& command, const Environment& environment,
                     Arguments& arguments) {
  for (const auto* owner : {&root, &command})
    for (const auto& option : owner->options) {
      if (option.environment.empty() || arguments.has(option.name)) continue;
      if (auto value = variable(environment, option.environment); !value.empty())
        arguments.options[option.name] = {std::move(value)};
    }
}

base::Result<void> check_one_of(const Arguments& arguments, const std::string& option,
                                std::initializer_list<std::string_view> allowed) {
  const auto value = arguments.value(option);
  if (!value) return {};
  for (const auto one : allowed)
    if (*value == one) return {};
  return Error(ErrorClass::usage, "usage.value", fmt::format("{} does not take {}", option, base::quote(*value, 80)))
      .cause(fmt::format("it takes {}", fmt::join(allowed, ", ")));
}

bool wants_colour(const Arguments& arguments, const Surroundings& surroundings) {
  const std::string when = arguments.value("--color").value_or("auto");
  if (when != "auto") return when == "always";
  if (!variable(surroundings.environment, "NO_COLOR").empty()) return false;
  const auto force = variable(surroundings.environment, "CLICOLOR_FORCE");
  if (!force.empty() && force != "0") return true;
  return surroundings.err_is_terminal && variable(surroundings.environment, "TERM") != "dumb";
}

Progress progress_form(const Arguments& arguments, const Surroundings& surroundings) {
  const std::string form = arguments.value("--progress").value_or("auto");
  if (form == "none" || (arguments.has("--quiet") && form == "auto")) return Progress::none;
  if (form == "json") return Progress::json;
  const bool changing = surroundings.err_is_terminal && variable(surroundings.environment, "TERM") != "dumb";
  return form == "auto" && changing ? Progress::line : Progress::plain;
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
    return Error(ErrorClass::usage, "usage.duration", base::quote(text, 80) + " is no duration")
        .fix("write 90s, 5m or 1h");
  return std::chrono::milliseconds(number * factor);
}

base::Result<void> apply_options(Context& context, TerminalLog& log, const Arguments& arguments,
                                 const Surroundings& surroundings) {
  BERTH_CHECK(check_one_of(arguments, "--output", {"text", "json"}));
  context.json = arguments.value("--output") == "json";
  BERTH_CHECK(check_one_of(arguments, "--color", {"auto", "always", "never"}));
  BERTH_CHECK(check_one_of(arguments, "--progress", {"auto", "plain", "json", "none"}));
  context.quiet = arguments.has("--quiet");
  context.asks = surroundings.in_is_terminal && surroundings.err_is_terminal;
  context.flavor_path = arguments.values("--flavor-path");
  context.terminal.set({wants_colour(arguments, surroundings), progress_form(arguments, surroundings)});
  log.set_verbosity(arguments.count("--verbose"));
  BERTH_TRY(context.paths, find_paths(arguments, surroundings));
  if (const auto text = arguments.value("--timeout")) {
    BERTH_TRY(const auto limit, parse_duration(*text));
    surroundings.set_wall_limit(limit);
  }
  return {};
}

// JSON was asked for, as far as a line that cannot be parsed tells.
bool asks_for_json(const std::vector<std::string>& line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == "--output=json" || line[i] == "-ojson") return true;
    if ((line[i] == "--output" || line[i] == "-o") && i + 1 < line.size() && line[i + 1] == "json") return true;
  }
  return false;
}

base::Result<int> run_line(Context& context, TerminalLog& log, const std::vector<std::string>& line,
                           const Surroundings& surroundings) {
  const Command root = root_command();
  BERTH_TRY(auto parsed, parse_line(root, line));
  if (parsed.help) {
    context.json = false;
    context.out << help_text(root, parsed.path, *parsed.command);
    return line.empty() ? 2 : 0;
  }
  add_environment(root, *parsed.command, surroundings.environment, parsed.arguments);
  BERTH_CHECK(apply_options(context, log, parsed.arguments, surroundings));
  return parsed.command->run(context, parsed.arguments);
}

int report_failure(Context& context, const Error& error) {
  context.terminal.error(error, context.subject);
  if (context.json) print_json(context, failure_json(context, error));
  return error.exit_status();
}

int finish(Context& context, int status) {
  context.out.flush();
  if (context.out) return status;
  context.terminal.error(Error(ErrorClass::disk, "output.lost", "standard output cannot be written"), "");
  return status != 0 ? status : 11;
}

}  // namespace

int run_berth(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  Terminal terminal(surroundings.err, {wants_colour({}, surroundings), Progress::none});
  TerminalLog log(terminal);
  Context context{surroundings.in,
                  surroundings.out,
                  terminal,
                  surroundings.environment,
                  surroundings.cancellation,
                  log,
                  {},
                  asks_for_json(arguments),
                  false,
                  false,
                  {},
                  {},
                  base::Json::object()};
  try {
    const auto status = run_line(context, log, arguments, surroundings);
    return finish(context, status ? *status : report_failure(context, status.error()));
  } catch (const std::exception& exception) {
    return finish(
        context,
        report_failure(context,
                       Error(ErrorClass::internal, "internal", "this is a bug in berth").cause(exception.what())));
  }
}

}  // namespace berth::cli
