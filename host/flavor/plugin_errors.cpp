#include "flavor/plugin_errors.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/escape.hpp"

namespace berth::flavor {

using base::Error;
using base::ErrorClass;

std::string known_code(const std::string& code) {
  for (const std::string_view known : {"plugin.breach", "plugin.descriptor", "plugin.load",
                                       "plugin.no-symbol", "plugin.order", "plugin.sandbox"})
    if (code == known) return code;
  return "plugin.failed";
}

bool is_finding_code(std::string_view flavor, std::string_view code) {
  constexpr std::size_t kMaxCode = 128;
  const std::string prefix = std::string(flavor) + ".";
  return code.size() <= kMaxCode && code.size() > prefix.size() && code.starts_with(prefix) &&
         code.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == std::string::npos;
}

std::string refusal_code(std::string_view flavor, const std::string& finding) {
  return is_finding_code(flavor, finding) ? finding : "flavor.refused";
}

Error failed_call(const std::string& path, const channel::CallInfo& info,
                  const channel::PluginError& error) {
  const std::string cause =
      error.cause.empty() ? error.message : error.message + ": " + error.cause;
  return Error(ErrorClass::plugin, known_code(error.code),
               fmt::format("plugin {} failed in {}", path, info.function))
      .cause(base::escape(cause))
      .fix(base::escape(error.fix));
}

Error contract_violation(const std::string& path, std::string cause) {
  return Error(ErrorClass::plugin, "plugin.lied",
               fmt::format("plugin {} violated the contract", path))
      .cause(std::move(cause));
}

Error rejected_registry(const std::string& flavor, const std::string& uri,
                        const channel::PluginError& error) {
  return Error(ErrorClass::validation, refusal_code(flavor, error.finding),
               fmt::format("flavor {} rejected the container registry {}", flavor, uri))
      .cause(base::escape(error.message))
      .fix(base::escape(error.fix));
}

Error with_explanation(Error error, const channel::ExplainError::Response& explanation) {
  const std::string message = base::escape(explanation.cause);
  std::string fix = base::escape(explanation.fix);
  if (fix.empty()) fix = error.fix();
  if (message.empty()) return std::move(error).fix(std::move(fix));
  std::string cause = error.message();
  if (!error.cause().empty()) cause += "; " + error.cause();
  Error explained = Error(error.error_class(), error.code(), message)
                        .cause(std::move(cause))
                        .registry(error.registry())
                        .fix(std::move(fix))
                        .max_attempts(error.max_attempts())
                        .digests(error.digests());
  for (const auto& note : error.notes()) explained = std::move(explained).note(note);
  return explained;
}

}  // namespace berth::flavor
