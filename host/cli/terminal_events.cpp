#include "cli/terminal_events.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace berth::cli {

template <typename Base>
void TerminalDestinationEvents<Base>::resolved(
    std::span<const app::ResolvedDestination> destinations) {
  std::vector<std::string> references;
  for (const auto& destination : destinations) references.push_back(destination.reference);
  info(fmt::format("{} {}", options_.wording.activity, fmt::join(references, ", ")));
  if (std::ranges::any_of(destinations, &app::ResolvedDestination::default_tag))
    info("using default tag: latest");
}

template <typename Base>
void TerminalDestinationEvents<Base>::finding(const flavor::Finding& finding) {
  if (!options_.quiet || finding.severity == flavor::Severity::error)
    options_.terminal.finding(flavor::severity_name(finding.severity), finding.code,
                              finding.message, finding.fix);
}

template <typename Base>
void TerminalDestinationEvents<Base>::failed(const app::DestinationReport& report) {
  const std::string& reference = report.reference();
  options_.terminal.error(*report.error, fmt::format("{} {}", options_.wording.failure,
                                                     reference.empty() ? "\"\"" : reference));
}

template class TerminalDestinationEvents<app::CheckEvents>;
template class TerminalDestinationEvents<app::PushEvents>;

}  // namespace berth::cli
