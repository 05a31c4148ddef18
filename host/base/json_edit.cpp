#include "base/json_edit.hpp"

#include "base/json_parser.hpp"

#include <algorithm>
#include <vector>

namespace berth::base {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

// Offsets of one member: the key including its quotes, and the value.
struct MemberSpan {
  std::size_t begin = 0;
  std::size_t key_end = 0;
  std::size_t value = 0;
  std::size_t end = 0;
};

struct ObjectSpan {
  std::size_t open = 0;   // offset of '{'
  std::size_t close = 0;  // offset of '}'
  std::vector<MemberSpan> members;
};

// These functions read text that a parser has accepted: they check offsets, but not the grammar.
std::size_t skip_space(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(kSpace, at), text.size());
}

std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return std::min(at + 1, text.size());
}

std::size_t skip_value(std::string_view text, std::size_t at) {
  if (at < text.size() && text[at] == '"') return skip_string(text, at);
  if (at >= text.size() || (text[at] != '{' && text[at] != '['))
    return std::min(text.find_first_of(",]} \t\r\n", at), text.size());
  for (std::size_t depth = 0; at < text.size();) {
    const char c = text[at];
    at = c == '"' ? skip_string(text, at) : at + 1;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) break;
  }
  return at;
}

ObjectSpan scan_object(std::string_view text, std::size_t open) {
  ObjectSpan object{open, open + 1, {}};
  for (std::size_t at = skip_space(text, open + 1); at < text.size() && text[at] == '"';) {
    MemberSpan member;
    member.begin = at;
    member.key_end = skip_string(text, at);
    member.value = skip_space(text, skip_space(text, member.key_end) + 1);  // after the colon
    member.end = skip_value(text, member.value);
    object.members.push_back(member);
    at = skip_space(text, member.end);
    if (at < text.size() && text[at] == ',') at = skip_space(text, at + 1);
  }
  object.close = skip_space(text, object.members.empty() ? open + 1 : object.members.back().end);
  return object;
}

ObjectSpan root_object(std::string_view text) {
  return scan_object(text, std::min(text.find('{'), text.size()));
}

bool is_key(std::string_view quoted, const std::string& key) {
  const auto parsed = parse_json_lenient(quoted, "a key");
  return parsed && parsed->is_string() && *parsed->as_string() == key;
}

const MemberSpan* find_member(std::string_view text, const ObjectSpan& object,
                              const std::string& key) {
  const MemberSpan* found = nullptr;
  for (const auto& member : object.members)
    if (is_key(text.substr(member.begin, member.key_end - member.begin), key)) found = &member;
  return found;
}

// Formatting of the members of one object.
struct Style {
  std::string lead;   // before each member: "\n\t\t", " " or ""
  std::string colon;  // between key and value
  std::string unit;   // one level of indentation; empty: all on one line
};

std::string indentation(std::string_view lead) {
  const auto newline = lead.rfind('\n');
  return newline == std::string_view::npos ? std::string() : std::string(lead.substr(newline + 1));
}

std::string_view lead_of(std::string_view text, const ObjectSpan& object) {
  return text.substr(object.open + 1, object.members.front().begin - object.open - 1);
}

// `parent` is the style of the enclosing object; nullptr for the root.
Style style_of(std::string_view text, const ObjectSpan& object, const Style* parent) {
  if (object.members.empty()) {
    if (parent == nullptr) return {"\n  ", ": ", "  "};
    if (parent->unit.empty()) return {"", parent->colon, ""};
    return {parent->lead + parent->unit, parent->colon, parent->unit};
  }
  const auto& first = object.members.front();
  Style style{std::string(lead_of(text, object)), ": ", ""};
  style.colon = text.substr(first.key_end, first.value - first.key_end);
  if (style.lead.find('\n') != std::string::npos) {
    const std::string own = indentation(style.lead);
    const std::string outer = parent != nullptr ? indentation(parent->lead) : "";
    style.unit =
        own.size() > outer.size() && own.starts_with(outer) ? own.substr(outer.size()) : "  ";
  } else if (object.members.size() > 1) {
    const auto comma = text.find(',', first.end);
    style.lead = text.substr(comma + 1, object.members[1].begin - comma - 1);
  }
  return style;
}

// Returns `value` formatted as a member of an object with that style.
std::string written(const Json& value, const Style& style) {
  if (style.unit.empty()) return value.dump();
  const std::string pretty = value.pretty();
  const std::string base = indentation(style.lead);
  std::string text;
  for (std::size_t begin = 0; begin < pretty.size();) {
    const auto end = pretty.find('\n', begin);
    const auto first = pretty.find_first_not_of(' ', begin);
    if (begin != 0) text += "\n" + base;
    for (std::size_t levels = (first - begin) / 2; levels > 0; --levels) text += style.unit;
    text += pretty.substr(first, end - first);
    begin = end + 1;
  }
  return text;
}

std::string replaced(std::string_view text, std::size_t begin, std::size_t end,
                     const std::string& by) {
  return std::string(text.substr(0, begin)) + by + std::string(text.substr(end));
}

std::string appended(std::string_view text, const ObjectSpan& object, const Style& style,
                     const std::string& key, const Json& value) {
  const std::string member = style.lead + Json(key).dump() + style.colon + written(value, style);
  if (!object.members.empty()) {
    const auto end = object.members.back().end;
    return replaced(text, end, end, "," + member);
  }
  // If the object was empty, its closing brace moves to a line of its own.
  const bool broken = style.lead.find('\n') != std::string::npos;
  std::string before = broken ? style.lead.substr(0, style.lead.size() - style.unit.size()) : "";
  return replaced(text, object.open + 1, object.close, member + before);
}

Json nested(JsonPath path, const Json& value) {
  Json built = value;
  for (auto key = path.rbegin(); key != path.rend(); ++key)
    built = Json::object({{*key, std::move(built)}});
  return built;
}

std::string erase_once(std::string_view text, const ObjectSpan& object, const MemberSpan& member) {
  const auto index = static_cast<std::size_t>(&member - object.members.data());
  if (index > 0) return replaced(text, object.members[index - 1].end, member.end, "");
  if (object.members.size() > 1) return replaced(text, member.begin, object.members[1].begin, "");
  return replaced(text, object.open + 1, object.close, "");
}

}  // namespace

std::string set_json_member(std::string_view text, JsonPath path, const Json& value) {
  auto object = root_object(text);
  Style style = style_of(text, object, nullptr);
  for (;; path = path.subspan(1)) {
    const auto* member = find_member(text, object, path.front());
    if (member == nullptr)
      return appended(text, object, style, path.front(), nested(path.subspan(1), value));
    if (path.size() == 1 || text[member->value] != '{')
      return replaced(text, member->value, member->end,
                      written(nested(path.subspan(1), value), style));
    object = scan_object(text, member->value);
    style = style_of(text, object, &style);
  }
}

std::string erase_json_member(std::string_view text, JsonPath path) {
  std::string edited(text);
  for (;;) {
    auto object = root_object(edited);
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      const auto* member = find_member(edited, object, path[i]);
      if (member == nullptr || edited[member->value] != '{') return edited;
      object = scan_object(edited, member->value);
    }
    const auto* member = find_member(edited, object, path.back());
    if (member == nullptr) return edited;
    edited = erase_once(edited, object, *member);
  }
}

}  // namespace berth::base
