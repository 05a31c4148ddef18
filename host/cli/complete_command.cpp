#include "cli/complete_command.hpp"

#include <boost/filesystem.hpp>

#include <algorithm>

#include "app/workspace.hpp"
#include "base/escape.hpp"
#include "cli/completion.hpp"

namespace berth::cli {
namespace {

// Nothing is printed while a line is completed.
class SilentEvents final : public app::Events {
 public:
  void info(std::string_view /*text*/) override {}
  void warning(std::string_view /*text*/) override {}
};

// What is registered on this machine, read once.
class MachineSources {
 public:
  explicit MachineSources(const app::App& app) : app_(app) {}

  CompletionSources sources() {
    return {.registries = [this] { return registries(); },
            .flavors = [this] { return flavors(); },
            .settings = [this](const std::string& flavor) { return settings(flavor); },
            .flavor_of = [this](const std::string& name) { return flavor_of(name); },
            .entries = read_entries};
  }

 private:
  const app::Workspace* workspace() {
    if (!workspace_) workspace_ = app::open_workspace(app_, events_);
    return *workspace_ ? &**workspace_ : nullptr;
  }

  CompletionSources::Named registries() {
    CompletionSources::Named names;
    const auto contents = app::read_store(app_, events_);
    if (!contents) return names;
    for (const auto& registry : contents->container_registries)
      names.emplace_back(registry.name, registry.uri.str());
    return names;
  }

  CompletionSources::Named flavors() {
    CompletionSources::Named names;
    if (const auto* found = workspace())
      for (const auto& candidate : found->index.candidates())
        if (candidate.in_use())
          names.emplace_back(candidate.metadata->flavor, candidate.metadata->description);
    return names;
  }

  std::vector<flavor::Setting> settings(const std::string& name) {
    const auto* found = workspace();
    if (found == nullptr) return {};
    const auto candidate = found->index.find(name);
    if (!candidate) return {};
    auto settings = flavor::settings_of((*candidate)->metadata->settings_schema);
    return settings ? std::move(*settings) : std::vector<flavor::Setting>();
  }

  std::string flavor_of(const std::string& name) {
    const auto* found = workspace();
    if (found == nullptr) return {};
    const auto registry = found->contents.find(name);
    return registry ? (*registry)->flavor : std::string();
  }

  static std::vector<std::string> read_entries(const std::string& directory) {
    namespace fs = boost::filesystem;
    constexpr std::size_t kMaxEntries = 10'000;
    std::vector<std::string> entries;
    boost::system::error_code error;
    fs::directory_iterator entry(directory.empty() ? "." : directory, error);
    for (; !error && entry != fs::directory_iterator() && entries.size() < kMaxEntries;
         entry.increment(error)) {
      boost::system::error_code ignored;
      const bool is_directory = fs::is_directory(entry->path(), ignored);
      entries.push_back(entry->path().filename().string() + (is_directory ? "/" : ""));
    }
    std::ranges::sort(entries);
    return entries;
  }

  const app::App& app_;
  SilentEvents events_;
  std::optional<base::Result<app::Workspace>> workspace_;
};

}  // namespace

void print_completions(Context& context, const Command& root, std::span<const std::string> line) {
  MachineSources machine(context.app);
  const auto sources = machine.sources();
  for (const auto& candidate :
       complete_line(root, std::vector<std::string>(line.begin(), line.end()), sources)) {
    context.out << (candidate.continues ? '+' : '=') << candidate.text;
    if (!candidate.description.empty() && base::is_clean_text(candidate.description))
      context.out << '\t' << candidate.description;
    context.out << '\n';
  }
}

}  // namespace berth::cli
