#include <fmt/format.h>

#include <boost/filesystem.hpp>

#include "app/workspace.hpp"
#include "base/escape.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

using base::Json;
namespace fs = boost::filesystem;

bool is_path(const std::string& text) {
  boost::system::error_code error;
  return text.find('/') != std::string::npos || fs::symlink_status(text, error).type() != fs::file_not_found;
}

bool same_file(const std::string& left, const std::string& right) {
  boost::system::error_code error;
  if (fs::absolute(left).lexically_normal() == fs::absolute(right).lexically_normal()) return true;
  return fs::equivalent(left, right, error) && !error;
}

std::vector<const flavor::Candidate*> matching(const flavor::FlavorIndex& index, const std::string& text) {
  std::vector<const flavor::Candidate*> found;
  for (const auto& candidate : index.candidates()) {
    if (is_path(text) ? same_file(candidate.path, text) : candidate.flavor() == text) found.push_back(&candidate);
  }
  return found;
}

// Why a file that no search found is not in use.
base::Result<flavor::Candidate> outside(const std::string& path) {
  flavor::Candidate candidate;
  candidate.path = path;
  auto inspected = flavor::inspect_plugin(path);
  if (!inspected && inspected.error().error_class() == base::ErrorClass::not_found) return std::move(inspected).error();
  candidate.code = inspected ? "flavor.not-on-path" : inspected.error().code();
  candidate.reason = inspected ? "its folder is not on the search path, and it is not registered"
                               : inspected.error().message() + ": " + inspected.error().cause();
  candidate.fix = inspected ? "berth flavor register " + path : inspected.error().fix();
  return candidate;
}

void print_answer(Context& context, const flavor::Candidate& candidate) {
  if (candidate.in_use()) {
    context.out << fmt::format("{} is in use for flavor {}: found through {}\n", base::escape(candidate.path),
                               candidate.flavor(), candidate.found_through);
    return;
  }
  context.out << base::escape(
                     fmt::format("{} is not in use: {} ({})", candidate.path, candidate.reason, candidate.code))
              << '\n';
  if (!candidate.fix.empty()) context.out << "  fix  " << base::escape(candidate.fix) << '\n';
}

base::Result<int> explain_flavor(Context& context, const Arguments& arguments) {
  const std::string& text = arguments.operand(0);
  BERTH_TRY(const auto workspace, app::open_workspace(context.app, context.events));
  auto found = matching(workspace.index, text);
  std::optional<flavor::Candidate> stray;
  if (found.empty() && is_path(text)) {
    BERTH_TRY(stray, outside(text));
    found.push_back(&*stray);
  }
  if (found.empty()) {
    BERTH_TRY([[maybe_unused]] const auto* candidate, workspace.index.find(text));
  }
  Json answers = Json::array();
  for (const auto* candidate : found) {
    answers.push_back(Json::object({{"path", candidate->path},
                                    {"in_use", candidate->in_use()},
                                    {"code", candidate->code},
                                    {"reason", candidate->reason},
                                    {"fix", candidate->fix}}));
    if (!context.json) print_answer(context, *candidate);
  }
  if (context.json) print_json(context, Json::object({{"schema", 1}, {"ok", true}, {"files", std::move(answers)}}));
  return 0;
}

}  // namespace

Command flavor_why_command() {
  Command command;
  command.name = "why";
  command.summary = "Explain why a file or name is, or is not, in use";
  command.examples = {"berth flavor why default", "berth flavor why ./acme.so"};
  command.operands = {{"PATH-or-NAME", true, false}};
  command.run = explain_flavor;
  return command;
}

}  // namespace berth::cli
