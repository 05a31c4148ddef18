// What a dry run finds out about a plan, and the bytes and requests that it counts.
#include "push/plan_lookup.hpp"

#include <doctest/doctest.h>

#include <set>

#include "push/fakes.hpp"
#include "push/plan_costs.hpp"

using namespace berth;
using push::PlannedAction;

namespace {

// A repository with some blobs, and others of the same registry.
class FakeContent final : public push::StoredContent {
 public:
  base::Result<bool> has_blob(const oci::Descriptor&) override { return unexpected(); }
  base::Result<bool> has_manifest(const oci::Descriptor&) override { return unexpected(); }
  base::Result<bool> reports_blob(const oci::Descriptor& blob,
                                  const std::string* repository) override {
    const std::lock_guard lock(mutex_);
    ++lookups;
    if (failure) return failure->clone();
    return blobs.contains((repository != nullptr ? *repository + " " : "") + blob.digest.str());
  }
  base::Result<std::optional<oci::Digest>> resolve(const std::string& reference) override {
    ++lookups;
    if (manifest_failure) return manifest_failure->clone();
    if (reference != "1") return std::optional<oci::Digest>();
    return tag;
  }

  std::set<std::string> blobs;  // "DIGEST", "REPOSITORY DIGEST"
  std::optional<oci::Digest> tag;
  std::optional<base::Error> failure;
  std::optional<base::Error> manifest_failure;
  int lookups = 0;

 private:
  static base::Error unexpected() {
    return base::Error(base::ErrorClass::internal, "test", "reads more than it needs");
  }
  std::mutex mutex_;
};

const std::vector<std::string> kPlannedLayers{"one", "three"};
const registry::BlobUploadRules kNoRules;

push::Plan ready_plan() {
  return push::plan_push(test::ready_image(kPlannedLayers)->contents(), push::ManifestForm::docker);
}

std::vector<PlannedAction> actions_of(const push::Plan& plan) {
  std::vector<PlannedAction> all;
  for (const auto& blob : plan.blobs) all.push_back(blob.action);
  return all;
}

std::string digest(const std::string& bytes) { return oci::digest_of(bytes).str(); }

base::Error error_of(base::ErrorClass error_class) { return {error_class, "test", "refused"}; }

using Actions = std::vector<PlannedAction>;
using enum PlannedAction;
const std::string kTag = "1";

}  // namespace

TEST_CASE("plan lookup: finds what exists, what can be mounted, and what is uploaded") {
  auto plan = ready_plan();
  FakeContent stored;
  stored.blobs = {digest("config"), "team/base " + digest("one")};
  for (auto& blob : plan.blobs) blob.mount_from = "team/base";
  CHECK_FALSE(push::look_up_actions(plan, stored, &kTag));
  CHECK(actions_of(plan) == Actions{reuse, mount, upload});
  CHECK(plan.blobs[1].mount_from == "team/base");
  CHECK_FALSE(plan.blobs[0].mount_from);
  CHECK_FALSE(plan.blobs[2].mount_from);
  CHECK_FALSE(plan.up_to_date);
  // The tag, three blobs, and two of them in the other repository.
  CHECK(stored.lookups == 6);
}

TEST_CASE("plan lookup: looks up no blob if the tag points to the image") {
  auto plan = ready_plan();
  FakeContent stored;
  stored.tag = oci::digest_of("root");
  CHECK_FALSE(push::look_up_actions(plan, stored, &kTag));
  CHECK(plan.up_to_date);
  CHECK(actions_of(plan) == Actions{reuse, reuse, reuse});
  CHECK(stored.lookups == 1);

  plan = ready_plan();
  CHECK_FALSE(push::look_up_actions(plan, stored, nullptr));
  CHECK(actions_of(plan) == Actions{upload, upload, upload});
  plan = ready_plan();
  stored.tag = oci::digest_of("another");
  CHECK_FALSE(push::look_up_actions(plan, stored, &kTag));
  CHECK_FALSE(plan.up_to_date);
}

TEST_CASE("plan lookup: layers that must be compressed to know their digest stay unknown") {
  auto plan =
      push::plan_push(test::raw_image(kPlannedLayers)->contents(), push::ManifestForm::docker);
  FakeContent stored;
  stored.blobs = {digest("{}")};
  CHECK_FALSE(push::look_up_actions(plan, stored, &kTag));
  CHECK(actions_of(plan) == Actions{reuse, unknown, unknown});
  CHECK(stored.lookups == 1);
}

TEST_CASE("plan lookup: what the registry does not report stays unknown") {
  for (const auto error_class : {base::ErrorClass::denied, base::ErrorClass::network,
                                 base::ErrorClass::server, base::ErrorClass::auth}) {
    auto plan = ready_plan();
    FakeContent stored;
    stored.failure = error_of(error_class);
    const auto failure = push::look_up_actions(plan, stored, &kTag);
    REQUIRE(failure);
    CHECK(failure->error_class() == error_class);
    CHECK(actions_of(plan) == Actions{unknown, unknown, unknown});
  }
  auto plan = ready_plan();
  FakeContent stored;
  stored.manifest_failure = error_of(base::ErrorClass::network);
  CHECK(push::look_up_actions(plan, stored, &kTag));
  CHECK(stored.lookups == 1);
  stored.manifest_failure = error_of(base::ErrorClass::denied);
  CHECK_FALSE(push::look_up_actions(plan, stored, &kTag));
  CHECK(actions_of(plan) == Actions{upload, upload, upload});
}

TEST_CASE("plan costs: bytes by action, and the requests that each takes") {
  auto plan = ready_plan();
  plan.blobs[0].action = reuse;
  plan.blobs[1].action = mount;
  plan.blobs[2].action = upload;
  const auto costs = push::costs_of(plan, {.rules = &kNoRules});
  CHECK(costs.reuse == 6);
  CHECK(costs.mount == 3);
  CHECK(costs.upload == 5);
  CHECK(costs.unknown == 0);
  // HEAD of the tag; POST and GET twice; POST and PUT; three manifests; HEAD to read back.
  CHECK(costs.requests == 1 + 4 + 2 + 3 + 1);
  CHECK(push::costs_of(plan, {.rules = &kNoRules, .references = 3}).requests == 11 + 4);
  CHECK(push::costs_of(plan, {.rules = &kNoRules, .check_all = true}).requests == 10);
  CHECK(push::costs_of(plan, {.rules = nullptr}).requests == 0);
  plan.up_to_date = true;
  CHECK(push::costs_of(plan, {.rules = &kNoRules}).requests == 1);
  CHECK(push::costs_of(plan, {.rules = &kNoRules, .references = 2}).requests == 3);
}

TEST_CASE("plan costs: a large blob is streamed, or sent in the chunks that the registry wants") {
  constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
  push::Plan plan;
  plan.blobs.emplace_back();
  plan.blobs[0].size = 20 * kMiB;
  plan.blobs[0].action = upload;
  const auto blob_requests = [&](const registry::BlobUploadRules& rules) {
    return push::costs_of(plan, {.rules = &rules, .references = 0}).requests;
  };
  CHECK(blob_requests({}) == 3);
  CHECK(blob_requests({.allow_unknown_length = false}) == 2);
  CHECK(blob_requests({.max_chunk_size = 8 * kMiB}) == 2 + 3);
  plan.blobs[0].diff_id = oci::digest_of("layer");
  CHECK(blob_requests({}) == 3);
}
