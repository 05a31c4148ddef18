#include "oci/image_config.hpp"

#include <array>

#include "base/escape.hpp"
#include "base/json_members.hpp"

namespace berth::oci {
namespace {

base::Error invalid_config(std::string cause) {
  return base::Error(base::ErrorClass::integrity, "config.invalid", "invalid image config")
      .cause(std::move(cause));
}

std::string text_of(const std::optional<base::JsonMember>& member) {
  if (!member) return {};
  const auto value = base::parse_member(*member, "the config");
  return value && value->is_string() ? *value->as_string() : std::string();
}

// Returns the only value of `name` in the object `text`; std::nullopt if absent or null.
base::Result<std::optional<base::JsonMember>> unambiguous(std::string_view text,
                                                          std::string_view name) {
  auto found =
      base::find_members(text, name == "rootfs" ? "the config" : "rootfs", std::array{name});
  if (!found) return invalid_config(found.error().message() + ": " + found.error().cause());
  auto& member = found->front();
  if (member && member->conflicting)
    return invalid_config("it has " + base::quote(name) + " more than once, with different values");
  if (member && member->text == "null") member.reset();
  return member;
}

}  // namespace

std::optional<Platform> config_platform(std::string_view config) {
  constexpr std::array<std::string_view, 4> kNames{"os", "architecture", "variant", "os.version"};
  const auto found = base::find_members(config, "the config", kNames);
  if (!found) return std::nullopt;
  Platform platform{text_of((*found)[0]), text_of((*found)[1]), text_of((*found)[2]),
                    text_of((*found)[3])};
  if (platform.os.empty() && platform.architecture.empty()) return std::nullopt;
  return platform;
}

base::Result<std::vector<Digest>> config_diff_ids(std::string_view config) {
  std::vector<Digest> digests;
  BERTH_TRY(const auto rootfs, unambiguous(config, "rootfs"));
  if (!rootfs) return digests;
  BERTH_TRY(const auto member, unambiguous(rootfs->text, "diff_ids"));
  if (!member) return digests;
  const auto list = base::parse_member(*member, "diff_ids");
  if (!list || !list->is_array()) return invalid_config("diff_ids is not a list");
  for (const auto& item : *list->as_array()) {
    auto digest = Digest::parse(item.is_string() ? *item.as_string() : "");
    if (!digest) return invalid_config("an element of diff_ids is not a digest");
    digests.push_back(std::move(*digest));
  }
  return digests;
}

}  // namespace berth::oci
