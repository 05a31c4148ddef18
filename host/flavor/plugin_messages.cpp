#include "flavor/plugin_messages.hpp"

#include <utility>

namespace berth::flavor {

using base::Json;

Json image_json(const ImageView& image) {
  Json json = Json::object({{"reference", image.reference},
                            {"repository", image.repository},
                            {"full_repository", image.full_repository},
                            {"tag", image.tag},
                            {"has_content", image.plan != nullptr}});
  if (image.plan == nullptr) return json;
  json.set("digest", image.plan->digest ? image.plan->digest->str() : "");
  json.set("media_type", image.plan->media_type);
  Json blobs = Json::array();
  for (const auto& blob : image.plan->blobs)
    blobs.push_back(Json::object(
        {{"media_type", blob.media_type}, {"digest", blob.digest ? blob.digest->str() : ""}, {"bytes", blob.size}}));
  json.set("blobs", std::move(blobs));
  Json platforms = Json::array();
  for (const auto& platform : image.plan->platforms) platforms.push_back(platform.str());
  json.set("platforms", std::move(platforms));
  return json;
}

Json settings_json(const std::vector<Setting>& schema, const Json& values) {
  Json list = Json::array();
  const Json complete = with_defaults(schema, values);
  for (const auto& setting : schema)
    if (const Json* value = complete.find(setting.name))
      list.push_back(Json::object({{"key", setting.name}, {"type", setting.type}, {"value", *value}}));
  return list;
}

std::string known_code(const std::string& code) {
  for (const std::string_view known :
       {"plugin.breach", "plugin.descriptor", "plugin.load", "plugin.no-symbol", "plugin.order", "plugin.sandbox"})
    if (code == known) return code;
  return "plugin.failed";
}

std::string refusal_code(std::string_view flavor, const std::string& finding) {
  constexpr std::size_t kMaxCode = 128;
  const std::string prefix = std::string(flavor) + ".";
  const bool is_own = finding.size() <= kMaxCode && finding.size() > prefix.size() && finding.starts_with(prefix) &&
                      finding.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos;
  return is_own ? finding : "flavor.refused";
}

}  // namespace berth::flavor
