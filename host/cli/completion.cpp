#include "cli/completion.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/error_codes.hpp"
#include "base/escape.hpp"

namespace berth::cli {
namespace {

using Candidates = std::vector<CompletionCandidate>;

constexpr std::array<const char*, 5> kPlatforms{"linux/amd64", "linux/arm64", "linux/arm/v7",
                                                "linux/ppc64le", "linux/s390x"};

struct TransportForm {
  const char* prefix;
  const char* description;
  bool has_path;
};
constexpr std::array<TransportForm, 5> kTransports{
    {{"oci:", "OCI image layout", true},
     {"oci-archive:", "OCI image layout in an archive", true},
     {"docker-archive:", "archive of docker save", true},
     {"docker-daemon:", "image of the local Docker daemon", false},
     {"docker://", "image in a registry", false}}};

// The arguments before the one that is completed.
struct LineBefore {
  const Command* command = nullptr;
  const Option* pending = nullptr;  // whose value comes next
  bool options_end = false;         // after "--"
  std::vector<std::string> operands = {};
  std::vector<std::pair<const Option*, std::string>> options = {};

  [[nodiscard]] std::string value_of(std::string_view name) const {
    for (const auto& [option, value] : options)
      if (option->name == name) return value;
    return {};
  }
  [[nodiscard]] bool has(const Option& wanted) const {
    return std::ranges::any_of(options,
                               [&wanted](const auto& one) { return one.first == &wanted; });
  }
};

class LineReader {
 public:
  explicit LineReader(const Command& root) : root_(root) { line_.command = &root; }

  LineBefore read(const std::vector<std::string>& line) {
    for (std::size_t i = 0; i + 1 < line.size(); ++i) add(line[i]);
    return std::move(line_);
  }

 private:
  void add(const std::string& argument) {
    if (line_.pending != nullptr) {
      line_.options.emplace_back(line_.pending, argument);
      line_.pending = nullptr;
    } else if (!line_.options_end && argument == "--") {
      line_.options_end = true;
    } else if (!line_.options_end && argument.starts_with("--")) {
      add_long(argument);
    } else if (!line_.options_end && argument.size() > 1 && argument.front() == '-') {
      add_short(argument);
    } else {
      add_operand(argument);
    }
  }

  const Option* find_option(const std::string& name) const {
    for (const auto* owner : {line_.command, &root_})
      for (const auto& option : owner->options)
        if (option.name == name || (!option.short_name.empty() && option.short_name == name))
          return &option;
    return nullptr;
  }

  void add_long(const std::string& argument) {
    const auto equals = argument.find('=');
    const auto* option = find_option(argument.substr(0, equals));
    if (option == nullptr) return;
    if (option->value.empty() || equals != std::string::npos)
      line_.options.emplace_back(
          option, equals == std::string::npos ? std::string() : argument.substr(equals + 1));
    else
      line_.pending = option;
  }

  void add_short(const std::string& argument) {
    for (std::size_t i = 1; i < argument.size(); ++i) {
      const auto* option = find_option(std::string{'-', argument[i]});
      if (option == nullptr) return;
      if (option->value.empty()) {
        line_.options.emplace_back(option, "");
        continue;
      }
      if (i + 1 == argument.size())
        line_.pending = option;
      else
        line_.options.emplace_back(option, argument.substr(argument[i + 1] == '=' ? i + 2 : i + 1));
      return;
    }
  }

  void add_operand(const std::string& argument) {
    if (line_.command->run != nullptr) return line_.operands.push_back(argument);
    for (const auto& child : line_.command->children)
      if (child.name == argument || (!child.alias.empty() && child.alias == argument)) {
        line_.command = &child;
        return;
      }
  }

  const Command& root_;
  LineBefore line_;
};

class LineCompleter {
 public:
  LineCompleter(const Command& root, LineBefore before, const CompletionSources& sources)
      : root_(root), before_(std::move(before)), sources_(sources) {}

  Candidates complete(const std::string& argument) {
    argument_ = argument;
    if (before_.pending != nullptr) {
      add_values(before_.pending->kind, before_.pending->values, "");
    } else if (!before_.options_end && argument.starts_with("--") &&
               argument.find('=') != std::string::npos) {
      add_value_of(argument.substr(0, argument.find('=')));
    } else if (!before_.options_end && argument.starts_with('-')) {
      add_options();
    } else if (before_.command->run == nullptr) {
      add_commands();
    } else {
      add_operands();
    }
    return std::move(candidates_);
  }

 private:
  // Adds it if it begins with the argument; names with control characters cannot be typed.
  void add(CompletionCandidate candidate) {
    if (candidate.text.starts_with(argument_) && base::is_clean_text(candidate.text))
      candidates_.push_back(std::move(candidate));
  }

  void add_commands() {
    for (const auto& child : before_.command->children) {
      add({child.name, child.summary});
      if (!child.alias.empty()) add({child.alias, child.summary});
    }
  }

  void add_options() {
    for (const auto* owner : {before_.command, &root_}) {
      for (const auto& option : owner->options)
        if (option.repeats || !before_.has(option)) add({option.name, option.help});
      if (before_.command == &root_) break;
    }
    add({"--help", "show operands, examples and options"});
  }

  void add_value_of(const std::string& name) {
    for (const auto* owner : {before_.command, &root_})
      for (const auto& option : owner->options)
        if (option.name == name) return add_values(option.kind, option.values, name + "=");
  }

  void add_operands() {
    const auto& operands = before_.command->operands;
    if (operands.empty()) return;
    std::size_t position = before_.operands.size();
    if (position >= operands.size()) {
      if (!operands.back().repeats) return;
      position = operands.size() - 1;
    }
    add_values(operands[position].kind, operands[position].values, "");
    // The first operand of push may be left out.
    if (position == 0 && !operands[0].required && operands.size() > 1)
      add_values(operands[1].kind, operands[1].values, "");
  }

  // `prefix` is the part of the argument before the value: "--set=".
  void add_values(ValueKind kind, const std::vector<std::string>& values,
                  const std::string& prefix) {
    for (const auto& value : values) add({prefix + value});
    switch (kind) {
      case ValueKind::text:
        break;
      case ValueKind::file:
        add_paths(prefix, true);
        break;
      case ValueKind::directory:
        add_paths(prefix, false);
        break;
      case ValueKind::source:
        add_sources(prefix);
        break;
      case ValueKind::image:
        add_sources(prefix);
        add_repositories(prefix);
        break;
      case ValueKind::destination:
      case ValueKind::reference:
        add_repositories(prefix);
        break;
      case ValueKind::host:
      case ValueKind::registry:
        add_named(prefix, sources_.registries());
        break;
      case ValueKind::flavor:
        add_named(prefix, sources_.flavors());
        break;
      case ValueKind::setting:
      case ValueKind::setting_name:
        add_settings(prefix, kind == ValueKind::setting);
        break;
      case ValueKind::code:
        for (const auto& code : base::error_codes()) add({prefix + code.code, code.meaning});
        break;
      case ValueKind::platform:
        for (const auto* platform : kPlatforms) add({prefix + platform});
        break;
    }
  }

  void add_named(const std::string& prefix, const CompletionSources::Named& names) {
    for (const auto& [name, description] : names) add({prefix + name, description});
  }

  void add_repositories(const std::string& prefix) {
    for (const auto& [name, description] : sources_.registries())
      add({prefix + name + "/", description, true});
  }

  void add_sources(const std::string& prefix) {
    for (const auto& transport : kTransports) {
      const std::string begin = prefix + transport.prefix;
      if (transport.has_path && argument_.starts_with(begin))
        return add_paths(begin, !begin.ends_with("oci:"));
      add({begin, transport.description, true});
    }
  }

  // Entries of the directory that the path in the argument names.
  void add_paths(const std::string& prefix, bool files) {
    if (!argument_.starts_with(prefix)) return;
    const std::string path = argument_.substr(prefix.size());
    const auto slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "" : path.substr(0, slash + 1);
    const bool hidden = path.substr(directory.size()).starts_with('.');
    for (const auto& entry : sources_.entries(directory)) {
      const bool is_directory = entry.ends_with('/');
      if ((!files && !is_directory) || (entry.starts_with('.') && !hidden)) continue;
      add({prefix + directory + entry, "", is_directory});
    }
  }

  [[nodiscard]] std::string chosen_flavor() const {
    if (auto flavor = before_.value_of("--flavor"); !flavor.empty()) return flavor;
    return before_.operands.empty() ? std::string() : sources_.flavor_of(before_.operands[0]);
  }

  void add_settings(const std::string& prefix, bool with_value) {
    for (const auto& setting : sources_.settings(chosen_flavor())) {
      if (!with_value) {
        add({prefix + setting.name, setting.description});
        continue;
      }
      const std::string begin = prefix + setting.name + "=";
      if (!argument_.starts_with(begin)) {
        add({begin, setting.description, true});
        continue;
      }
      if (setting.type == "boolean")
        for (const char* value : {"true", "false"}) add({begin + value});
      if (const auto* allowed = setting.allowed.as_array())
        for (const auto& value : *allowed)
          if (value.is_string()) add({begin + *value.as_string()});
    }
  }

  const Command& root_;
  LineBefore before_;
  const CompletionSources& sources_;
  std::string argument_;
  Candidates candidates_;
};

}  // namespace

std::vector<CompletionCandidate> complete_line(const Command& root,
                                               const std::vector<std::string>& line,
                                               const CompletionSources& sources) {
  const std::string argument = line.empty() ? std::string() : line.back();
  return LineCompleter(root, LineReader(root).read(line), sources).complete(argument);
}

}  // namespace berth::cli
