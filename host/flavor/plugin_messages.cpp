#include "flavor/plugin_messages.hpp"

#include <berth/abi.h>
#include <fmt/format.h>

#include <utility>

namespace berth::flavor {

using base::Json;

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::info:
      return "info";
  }
  return "";
}

namespace {

// Returns the members of an image that are not lists.
Json image_head(const ImageView& image) {
  Json json = Json::object({{"reference", image.reference},
                            {"repository", image.repository},
                            {"full_repository", image.full_repository},
                            {"tag", image.tag},
                            {"has_content", image.plan != nullptr}});
  if (image.plan == nullptr) return json;
  json.set("digest", image.plan->digest ? image.plan->digest->str() : "");
  json.set("media_type", image.plan->media_type);
  return json;
}

Json blob_json(const push::PlannedBlob& blob) {
  return Json::object(
      {{"media_type", blob.media_type}, {"digest", blob.digest ? blob.digest->str() : ""}, {"bytes", blob.size}});
}

// Collects blobs and platforms up to the size of one message.
class ImagePart {
 public:
  void add_blob(const push::PlannedBlob& blob) {
    blobs_.push_back(blob_json(blob));
    bytes_ += 2 * kEntryBytes + blob.media_type.size();
  }
  void add_platform(const oci::Platform& platform) {
    auto text = platform.str();
    bytes_ += kEntryBytes + text.size();
    platforms_.push_back(std::move(text));
  }
  [[nodiscard]] bool is_full() const { return bytes_ >= kPartBytes; }
  void move_into(Json& message) {
    message.set("blobs", std::exchange(blobs_, Json::array()));
    message.set("platforms", std::exchange(platforms_, Json::array()));
    bytes_ = 0;
  }

 private:
  static constexpr std::size_t kPartBytes = std::size_t{1} << 20U;
  static constexpr std::size_t kEntryBytes = 100;  // digest, member names and punctuation
  Json blobs_ = Json::array();
  Json platforms_ = Json::array();
  std::size_t bytes_ = 0;
};

base::Result<void> check_size(const push::Plan& plan) {
  if (plan.blobs.size() <= kMaxBlobs && plan.platforms.size() <= kMaxBlobs) return {};
  return base::Error(base::ErrorClass::validation, "push.too-many-blobs", "the image has too many blobs")
      .cause(fmt::format("{} blobs and {} platforms; {} of each are supported", plan.blobs.size(),
                         plan.platforms.size(), kMaxBlobs))
      .fix("push the manifests of its index one by one");
}

}  // namespace

base::Result<Json> split_image(const ImageView& image, const SendPart& send) {
  Json head = image_head(image);
  if (image.plan == nullptr) return head;
  BERTH_CHECK(check_size(*image.plan));
  ImagePart part;
  const auto send_if_full = [&]() -> base::Result<void> {
    if (!part.is_full()) return {};
    Json message = Json::object({{"do", "image"}});
    part.move_into(message);
    return send(message);
  };
  for (const auto& blob : image.plan->blobs) {
    part.add_blob(blob);
    BERTH_CHECK(send_if_full());
  }
  for (const auto& platform : image.plan->platforms) {
    part.add_platform(platform);
    BERTH_CHECK(send_if_full());
  }
  part.move_into(head);
  return head;
}

Json settings_json(const std::vector<Setting>& schema, const Json& values) {
  Json list = Json::array();
  const Json complete = with_defaults(schema, values);
  for (const auto& setting : schema)
    if (const Json* value = complete.find(setting.name))
      list.push_back(Json::object({{"key", setting.name}, {"type", setting.type}, {"value", *value}}));
  return list;
}

Json refused_request(std::string why) {
  return Json::object({{"status", std::int64_t{BERTH_STATUS_REFUSED}}, {"error", std::move(why)}});
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
