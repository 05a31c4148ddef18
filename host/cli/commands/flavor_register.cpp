#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>

#include <boost/dll/shared_library.hpp>
#include <boost/filesystem.hpp>

#include "app/workspace.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "cli/read_line.hpp"
#include "flavor/permissions.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;
namespace fs = boost::filesystem;

base::Result<std::vector<flavor::Candidate>> inspect(const std::string& path) {
  std::vector<flavor::Candidate> candidates;
  boost::system::error_code error;
  if (!fs::is_directory(path, error)) {
    BERTH_TRY(auto candidate, flavor::inspect_plugin(path));
    candidates.push_back(std::move(candidate));
    return candidates;
  }
  std::vector<std::string> files;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error))
    if (it->path().extension() == boost::dll::shared_library::suffix()) files.push_back(it->path().string());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    BERTH_TRY(auto candidate, flavor::inspect_plugin(file));
    candidates.push_back(std::move(candidate));
  }
  if (candidates.empty()) return Error(ErrorClass::not_found, "flavor.empty-folder", "there is no plugin in " + path);
  return candidates;
}

void show(Context& context, const flavor::Candidate& candidate) {
  const auto& metadata = *candidate.metadata;
  context.terminal.line(fmt::format("{} {} ({})", metadata.flavor, metadata.version, candidate.path));
  context.terminal.line("  sha256       " + candidate.sha256);
  context.terminal.line(fmt::format(
      "  claims       {}", metadata.claims.empty() ? "none" : fmt::format("{}", fmt::join(metadata.claims, ", "))));
  if (metadata.permissions.empty()) context.terminal.line("  permissions  none");
  std::string head = "permissions";
  for (const auto& permission : metadata.permissions) {
    context.terminal.line(fmt::format("  {:<11}  {}", head, flavor::permission_in_words(permission)));
    head.clear();
  }
}

base::Result<void> confirm(Context& context, const Arguments& arguments) {
  if (arguments.has("--yes")) return {};
  if (!context.interactive)
    return Error(ErrorClass::usage, "usage.confirm", "nobody is at a terminal to be asked")
        .fix("--yes, after reading what it may touch");
  context.terminal.line("register it? [y/N]");
  BERTH_TRY(const auto answer, read_line(context));
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return Error(ErrorClass::usage, "usage.declined", "nothing was registered");
}

base::Result<void> check_reviewed(const Arguments& arguments, const std::vector<flavor::Candidate>& candidates) {
  const auto wanted = arguments.value("--sha256");
  if (!wanted) return {};
  if (wanted->size() != 64 || wanted->find_first_not_of("0123456789abcdef") != std::string::npos)
    return Error(ErrorClass::usage, "usage.sha256", "--sha256 takes 64 hexadecimal digits in lower case");
  if (candidates.size() != 1) return Error(ErrorClass::usage, "usage.sha256", "--sha256 goes with one file");
  if (*wanted == candidates.front().sha256) return {};
  return Error(ErrorClass::trust, "flavor.not-reviewed", candidates.front().path + " is not the file that was reviewed")
      .cause(fmt::format("its sha256 is {}, reviewed was {}", candidates.front().sha256, *wanted));
}

// Replaces an older pin of that path, an unusable one too.
void pin(store::Contents& contents, const flavor::Candidate& candidate) {
  std::erase_if(contents.unusable, [&](const store::UnusableEntry& entry) {
    return entry.kind == store::UnusableEntry::Kind::plugin && entry.stored.string_or("path", "") == candidate.path;
  });
  auto place = std::find_if(contents.pins.begin(), contents.pins.end(),
                            [&](const store::Pin& pin) { return pin.path == candidate.path; });
  if (place == contents.pins.end()) place = contents.pins.emplace(place);
  place->path = candidate.path;
  place->sha256 = candidate.sha256;
  place->flavor = candidate.metadata->flavor;
  place->permissions = candidate.metadata->permissions;
}

base::Result<void> pin_all(Context& context, const std::vector<flavor::Candidate>& candidates) {
  return app::update_store(
      context.app,
      [&](store::Contents& contents) -> base::Result<void> {
        for (const auto& candidate : candidates) pin(contents, candidate);
        return {};
      },
      context.events);
}

base::Result<int> register_flavor(Context& context, const Arguments& arguments) {
  BERTH_TRY(const auto candidates, inspect(arguments.operand(0)));
  BERTH_CHECK(check_reviewed(arguments, candidates));
  for (const auto& candidate : candidates) show(context, candidate);
  BERTH_CHECK(confirm(context, arguments));
  BERTH_CHECK(pin_all(context, candidates));
  Json list = Json::array();
  for (const auto& candidate : candidates) {
    list.push_back(
        Json::object({{"flavor", candidate.metadata->flavor}, {"path", candidate.path}, {"sha256", candidate.sha256}}));
    if (!context.json) context.out << fmt::format("flavor {} is registered\n", candidate.metadata->flavor);
  }
  if (context.json) print_json(context, Json::object({{"schema", 1}, {"ok", true}, {"registered", std::move(list)}}));
  return 0;
}

}  // namespace

Command flavor_register_command() {
  Command command;
  command.name = "register";
  command.summary = "Show what a plugin, or those in a directory, may access; then pin it";
  command.operands = {{"PATH", true, false}};
  command.options = {{"--yes", "", "do not ask for confirmation", false, {}, {}},
                     {"--sha256", "HEX", "require this SHA-256", false, {}, {}}};
  command.examples = {"berth flavor register ./acme.so",
                      "berth flavor register --yes --sha256 \"$REVIEWED\" ./acme.so"};
  command.run = register_flavor;
  return command;
}

}  // namespace berth::cli
