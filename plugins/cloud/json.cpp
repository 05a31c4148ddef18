#include "cloud/json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace berth::cloud {

struct JsonReader {
  static constexpr int kDeepest = 32;

  static bool read(const nlohmann::json& from, Json& to, int depth) {
    if (depth > kDeepest) return false;
    if (from.is_boolean()) {
      to.kind_ = Json::Kind::boolean;
      to.boolean_ = from.get<bool>();
    } else if (from.is_number()) {
      to.kind_ = Json::Kind::number;
      to.number_ = from.get<double>();
    } else if (from.is_string()) {
      to.kind_ = Json::Kind::string;
      to.text_ = from.get<std::string>();
    } else if (from.is_array()) {
      to.kind_ = Json::Kind::array;
      for (const auto& item : from)
        if (!read(item, to.items_.emplace_back(), depth + 1)) return false;
    } else if (from.is_object()) {
      to.kind_ = Json::Kind::object;
      for (const auto& member : from.items())
        if (!read(member.value(), to.members_[member.key()], depth + 1)) return false;
    }
    return true;
  }
};

std::optional<Json> Json::parse(std::string_view text) {
  const auto parsed = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  Json json;
  if (parsed.is_discarded() || !JsonReader::read(parsed, json, 1)) return std::nullopt;
  return json;
}

int Json::first_bad_line(std::string_view text) {
  try {
    return nlohmann::json::parse(text).is_discarded() ? 1 : 0;
  } catch (const nlohmann::json::parse_error& error) {
    // It counts from 1, and stands on the last byte that it read.
    const auto before = text.substr(0, std::max<std::size_t>(error.byte, 1) - 1);
    return static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
  }
}

const Json* Json::find(const std::string& key) const {
  const auto found = members_.find(key);
  return found == members_.end() ? nullptr : &found->second;
}

std::vector<std::string> Json::names() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : members_) names.push_back(name);
  return names;
}

std::optional<std::string> Json::string(const std::string& key) const {
  const Json* member = find(key);
  if (member == nullptr || member->text_.empty()) return std::nullopt;
  return member->text_;
}

std::optional<double> Json::number(const std::string& key) const {
  const Json* member = find(key);
  if (member == nullptr || member->kind_ != Kind::number) return std::nullopt;
  return member->number_;
}

std::optional<bool> Json::boolean(const std::string& key) const {
  const Json* member = find(key);
  if (member == nullptr || member->kind_ != Kind::boolean) return std::nullopt;
  return member->boolean_;
}

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace);
}

}  // namespace berth::cloud
