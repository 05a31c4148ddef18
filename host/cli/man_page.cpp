#include "cli/man_page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>

namespace berth::cli {
namespace {

using Path = std::vector<std::string>;

// Escapes text for roff: groff_char(7). Characters outside ASCII are written by their code point.
std::string roff(std::string_view text) {
  std::string escaped;
  if (text.starts_with('.') || text.starts_with('\'')) escaped = "\\&";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '\\') {
      escaped += "\\e";
    } else if (byte == '-') {
      escaped += "\\-";
    } else if (byte == '\'') {
      escaped += "\\(aq";
    } else if (byte == '`') {
      escaped += "\\(ga";
    } else if (byte == '^') {
      escaped += "\\(ha";
    } else if (byte == '~') {
      escaped += "\\(ti";
    } else if (byte < 0x80) {
      escaped += text[i];
    } else {
      std::uint32_t code_point = byte < 0xe0   ? byte & 0x1fU
                                 : byte < 0xf0 ? byte & 0x0fU
                                               : byte & 7U;
      while (i + 1 < text.size() && (static_cast<unsigned char>(text[i + 1]) & 0xc0U) == 0x80U)
        code_point = code_point << 6U | (static_cast<unsigned char>(text[++i]) & 0x3fU);
      escaped += fmt::format("\\[u{:04X}]", code_point);
    }
  }
  return escaped;
}

std::string page_name(const Path& path) {
  return path.empty() ? "berth" : fmt::format("berth-{}", fmt::join(path, "-"));
}

std::string to_upper(std::string text) {
  for (auto& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

std::string section(const std::string& title) {
  return fmt::format(".SH \"{}\"\n", roff(to_upper(title)));
}

std::string item(const std::string& term, std::string_view description) {
  return fmt::format(".TP\n{}\n{}\n", term, roff(description));
}

std::string synopsis(const Path& path, const Command& command) {
  std::string text = fmt::format("\\fBberth{}{}\\fR", path.empty() ? "" : " ",
                                 roff(fmt::format("{}", fmt::join(path, " "))));
  if (command.run == nullptr) text += " \\fICOMMAND\\fR";
  for (const auto& operand : command.operands) {
    const std::string name =
        "\\fI" + roff(operand.name) + "\\fR" + (operand.repeats ? roff("…") : "");
    text += operand.required ? " " + name : " [" + name + "]";
  }
  return text + " [\\fIOPTION\\fR]" + roff("…") + "\n";
}

std::string option_item(const Option& option) {
  std::string term;
  if (!option.short_name.empty()) term = "\\fB" + roff(option.short_name) + "\\fR, ";
  term += "\\fB" + roff(option.name) + "\\fR";
  if (!option.value.empty()) term += " \\fI" + roff(option.value) + "\\fR";
  std::string description = option.help;
  if (option.repeats) description += " (may repeat)";
  if (!option.environment.empty())
    description += fmt::format("; environment: {}", option.environment);
  return item(term, description);
}

std::string options_text(const std::string& title, const std::vector<Option>& options) {
  if (options.empty()) return {};
  std::string text = section(title);
  for (const auto& option : options) text += option_item(option);
  return text;
}

std::string sections_text(const Command& command, bool at_end) {
  std::string text;
  for (const auto& one : command.sections) {
    if (one.at_end != at_end) continue;
    text += section(one.title);
    for (const auto& [left, right] : one.lines)
      text +=
          right.empty() ? ".PP\n" + roff(left) + "\n" : item("\\fB" + roff(left) + "\\fR", right);
  }
  return text;
}

std::string commands_text(const Path& path, const Command& command) {
  if (command.children.empty()) return {};
  std::string text = section("Commands");
  for (const auto& child : command.children) {
    Path below = path;
    below.push_back(child.name);
    text += item("\\fB" + roff(page_name(below)) + "\\fR(1)", child.summary);
  }
  return text;
}

std::string examples_text(const Command& command) {
  if (command.examples.empty()) return {};
  std::string text = section("Examples") + ".nf\n";
  for (const auto& example : command.examples) text += roff(example) + "\n";
  return text + ".fi\n";
}

std::string see_also(const Path& path) {
  if (path.empty()) return section("See also") + ".BR docker (1),\n.BR skopeo (1)\n";
  Path above(path.begin(), path.end() - 1);
  return section("See also") + fmt::format(".BR {} (1)\n", roff(page_name(above)));
}

ManPage man_page(const Command& root, const Path& path, const Command& command,
                 const std::string& version) {
  const std::string name = page_name(path);
  std::string text = fmt::format(".TH \"{}\" 1 \"\" \"berth {}\" \"berth\"\n", roff(to_upper(name)),
                                 roff(version));
  text += section("Name") + fmt::format("{} \\- {}\n", roff(name), roff(command.summary));
  text += section("Synopsis") + synopsis(path, command);
  text += commands_text(path, command) + sections_text(command, false);
  text += options_text("Options", path.empty() ? std::vector<Option>() : command.options);
  text += options_text("Options of every command", root.options);
  text += examples_text(command) + sections_text(command, true) + see_also(path);
  return {name + ".1", std::move(text)};
}

void add_pages(const Command& root, const Path& path, const Command& command,
               const std::string& version, std::vector<ManPage>& pages) {
  pages.push_back(man_page(root, path, command, version));
  for (const auto& child : command.children) {
    Path below = path;
    below.push_back(child.name);
    add_pages(root, below, child, version, pages);
  }
}

}  // namespace

std::vector<ManPage> man_pages(const Command& root, const std::string& version) {
  std::vector<ManPage> pages;
  add_pages(root, {}, root, version, pages);
  return pages;
}

}  // namespace berth::cli
