#include "flavor/plugin_messages.hpp"

#include <berth/abi.h>
#include <fmt/format.h>

#include <utility>

#include "base/redact.hpp"
#include "channel/protocol.hpp"

namespace berth::flavor {

using base::Json;

namespace {

// Returns the image without its lists.
channel::ImageRequest describe_image(const ImageView& image) {
  channel::ImageRequest request{.reference = image.reference,
                                .repository = image.repository,
                                .repository_path = image.full_repository,
                                .tag = image.tag,
                                .has_content = image.plan != nullptr};
  if (image.plan == nullptr) return request;
  request.digest = image.plan->digest ? image.plan->digest->str() : "";
  request.media_type = image.plan->media_type;
  return request;
}

// Collects blobs and platforms up to the size of one message.
class ImagePart {
 public:
  void add_blob(const push::PlannedBlob& blob) {
    part_.blobs.push_back({blob.media_type, blob.digest ? blob.digest->str() : "", blob.size});
    bytes_ += 2 * kEntryBytes + blob.media_type.size();
  }
  void add_platform(const oci::Platform& platform) {
    bytes_ += kEntryBytes + part_.platforms.emplace_back(platform.str()).size();
  }
  [[nodiscard]] bool is_full() const { return bytes_ >= kPartBytes; }
  channel::AddToImage::Request take() {
    bytes_ = 0;
    return std::exchange(part_, {});
  }

 private:
  static constexpr std::size_t kPartBytes = std::size_t{1} << 20U;
  static constexpr std::size_t kEntryBytes = 100;  // digest, member names and punctuation
  channel::AddToImage::Request part_;
  std::size_t bytes_ = 0;
};

channel::SettingValue setting_value(const Setting& setting, const Json& value) {
  channel::SettingValue result{.key = setting.name};
  if (setting.type == "string") {
    result.type = BERTH_TYPE_STRING;
    result.string = value.as_string() != nullptr ? *value.as_string() : "";
  } else if (setting.type == "boolean") {
    result.type = BERTH_TYPE_BOOLEAN;
    result.integer = value.as_bool().value_or(false) ? 1 : 0;
  } else {
    result.type = setting.type == "integer" ? BERTH_TYPE_INTEGER : BERTH_TYPE_NUMBER;
    result.integer = value.as_int().value_or(0);
    result.number = value.as_double().value_or(0);
  }
  return result;
}

base::Result<void> check_size(const push::Plan& plan) {
  if (plan.blobs.size() <= kMaxBlobs && plan.platforms.size() <= kMaxBlobs) return {};
  return base::Error(base::ErrorClass::validation, "push.too-many-blobs",
                     "the image has too many blobs")
      .cause(fmt::format("{} blobs and {} platforms; {} of each are supported", plan.blobs.size(),
                         plan.platforms.size(), kMaxBlobs))
      .fix("push the manifests of its index one by one");
}

}  // namespace

base::Result<channel::ImageRequest> split_image(const ImageView& image, const SendPart& send) {
  auto request = describe_image(image);
  if (image.plan == nullptr) return request;
  BERTH_CHECK(check_size(*image.plan));
  ImagePart part;
  for (const auto& blob : image.plan->blobs) {
    part.add_blob(blob);
    if (part.is_full()) BERTH_CHECK(send(part.take()));
  }
  for (const auto& platform : image.plan->platforms) {
    part.add_platform(platform);
    if (part.is_full()) BERTH_CHECK(send(part.take()));
  }
  request.rest = part.take();
  return request;
}

std::vector<channel::SettingValue> setting_values(const std::vector<Setting>& schema,
                                                  const Json& values) {
  std::vector<channel::SettingValue> list;
  const Json complete = with_defaults(schema, values);
  for (const auto& setting : schema)
    if (const Json* value = complete.find(setting.name))
      list.push_back(setting_value(setting, *value));
  return list;
}

std::map<std::string, std::string> user_settings(const std::vector<Setting>& schema,
                                                 const Json& values) {
  std::map<std::string, std::string> settings;
  for (const auto& setting : schema) {
    if (setting.common) continue;
    const Json* value = values.find(setting.name);
    if (value != nullptr && value->as_string() != nullptr)
      settings.emplace(setting.name, *value->as_string());
  }
  return settings;
}

Json refused_request(std::string why) {
  const channel::ServiceError error{.status = BERTH_STATUS_REFUSED, .message = std::move(why)};
  return Json::object({{"error", channel::encode(error)}});
}

std::string registry_origin(const oci::RegistryUri& uri, const Json& settings) {
  if (uri.host().empty()) return {};
  const Json* tls = settings.find("tls");
  const bool is_secure =
      tls != nullptr ? tls->as_bool().value_or(true) : !oci::is_loopback_host(uri.host());
  return (is_secure ? "https://" : "http://") + uri.host();
}

channel::RegistryErrorRequest describe_error(const std::string& code, const std::string& message,
                                             std::string_view repository) {
  return {code, base::redact(message), std::string(repository)};
}

}  // namespace berth::flavor
