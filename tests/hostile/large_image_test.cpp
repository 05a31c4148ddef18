// Images with very many blobs: the plugin's view of them, and its limits.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "channel/frame.hpp"
#include "flavor/plugin_messages.hpp"
#include "unit/flavor/plugin_fixture.hpp"

using namespace berth;
using namespace berth::test;

namespace {

push::Plan plan_of(std::size_t count) {
  push::Plan plan;
  plan.media_type = "application/vnd.oci.image.index.v1+json";
  plan.digest = some_digest();
  push::PlannedBlob blob;
  blob.media_type = "application/vnd.oci.image.layer.v1.tar+gzip";
  for (std::size_t i = 0; i < count; ++i) {
    blob.digest = oci::Digest::parse(fmt::format("sha256:{:064x}", i)).value();
    blob.size = i;
    plan.blobs.push_back(blob);
    if (i % 10 == 0) plan.platforms.push_back({"linux", "amd64", fmt::format("v{}", i)});
  }
  return plan;
}

flavor::ImageView image_of(const push::Plan& plan) {
  auto image = some_image();
  image.plan = &plan;
  return image;
}

std::string message_of(const std::vector<flavor::Finding>& findings, std::string_view code) {
  for (const auto& finding : findings)
    if (finding.code == code) return finding.message;
  return "none";
}

}  // namespace

TEST_CASE("large image: a plugin gets all blobs of an image in order, in any number of messages") {
  for (const std::size_t count : {0UL, 1UL, 3'000UL, 150'000UL}) {
    CAPTURE(count);
    const auto plan = plan_of(count);
    PluginRun run;
    auto plugin = run.start("caller", "image").value();
    for (int call = 0; call < (count > 10'000 ? 1 : 2); ++call) {
      const auto findings = plugin.prepare(image_of(plan), {});
      REQUIRE_MESSAGE(findings, findings.error().cause());
      CHECK(message_of(*findings, "caller.blobs") == std::to_string(count));
      CHECK(message_of(*findings, "caller.platforms") == std::to_string((count + 9) / 10));
      CHECK(message_of(*findings, "caller.in-order") == "yes");
    }
  }
}

TEST_CASE("large image: more blobs than supported are a host error, and the plugin keeps running") {
  const auto plan = plan_of(flavor::kMaxBlobs + 1);
  PluginRun run;
  auto plugin = run.start("caller", "image").value();
  const auto refused = plugin.prepare(image_of(plan), {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == "push.too-many-blobs");
  CHECK(refused.error().error_class() == base::ErrorClass::validation);
  CHECK(refused.error().message().find("plugin") == std::string::npos);
  const auto small = plan_of(2);
  CHECK(message_of(plugin.prepare(image_of(small), {}).value(), "caller.blobs") == "2");
}

TEST_CASE("large image: each message is far below the frame limit") {
  auto plan = plan_of(20'000);
  plan.blobs[100].media_type = std::string(3'000'000, '"');  // twice as long in JSON
  std::size_t parts = 0;
  std::size_t largest = 0;
  const auto head = flavor::split_image(
      image_of(plan), [&](const channel::AddToImage::Request& part) -> base::Result<void> {
        ++parts;
        largest =
            std::max(largest, channel::message_size(channel::encode_frame(channel::encode(part))));
        return {};
      });
  REQUIRE(head.has_value());
  CHECK(parts > 3);
  CHECK(largest < channel::kFrameLimit / 2);
  CHECK(channel::message_size(channel::encode_frame(channel::encode(*head))) <
        channel::kFrameLimit / 2);
}

TEST_CASE("large image: settings that exceed a message are a host error") {
  PluginRun run;
  const auto started = run.start_with("caller", {{"what", std::string(channel::kFrameLimit, 'a')}});
  REQUIRE_FALSE(started);
  CHECK(started.error().code() == "flavor.message-size");
  CHECK(started.error().error_class() == base::ErrorClass::validation);
  CHECK(no_child_left());
}
