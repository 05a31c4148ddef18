#include "app/plan_operation.hpp"

#include "app/destination_kinds.hpp"
#include "app/running_flavor.hpp"
#include "app/source_check.hpp"
#include "push/plan_lookup.hpp"

namespace berth::app {
namespace {

std::vector<std::string> references_of(const Target& target, const PushRequest& request,
                                       const push::Plan& plan) {
  std::vector<std::string> references;
  if (target.image.tag) references.push_back(*target.image.tag);
  references.insert(references.end(), request.tags.begin(), request.tags.end());
  if (references.empty() && target.image.digest) references.push_back(target.image.digest->str());
  if (references.empty() && plan.digest) references.push_back(plan.digest->str());
  return references;
}

// Looks at the destination through `client`; nullptr if it is a layout.
base::Result<PlannedPush> plan_with(const PlanRequest& request, push::PushSource& source,
                                    push::Plan plan, registry::RegistryClient* client,
                                    const registry::BlobUploadRules* rules) {
  const Target& target = request.target;
  const auto stored = kind_of(target).content(target, client);
  BERTH_TRY(const auto* missing, source.missing(plan, true));
  BERTH_CHECK(push::require_at_destination(*missing, plan, source.image(), *stored, target.name()));
  plan = push::without_missing(std::move(plan), *missing);
  const auto references = references_of(target, request.push, plan);
  const bool check_all = !request.push.use_cache;
  const auto failure = push::look_up_actions(
      plan, *stored, check_all || references.empty() ? nullptr : &references.front());
  if (failure && failure->error_class() == base::ErrorClass::interrupted) return failure->clone();
  if (failure)
    request.events.warning("cannot look up what " + target.name() + " has: " + failure->message() +
                           (failure->cause().empty() ? "" : ": " + failure->cause()));
  const auto costs = push::costs_of(
      plan, {.rules = rules, .references = references.size(), .check_all = check_all});
  return PlannedPush{std::move(plan), costs};
}

}  // namespace

push::Plan plan_for(const Target& target, const image::Source& source, push::ManifestForm form,
                    const image::Encoding& encoding, const KnownContent& known) {
  auto plan = push::plan_push(source.contents(), form, encoding);
  push::add_known_layers(source, push::find_known_layers(source, known.cache, encoding), plan);
  if (!known.layers.empty()) push::add_known_layers(source, known.layers, plan);
  if (target.is_remote())
    push::add_mounts({target.uri.host(), target.image.full_repository}, source, known.locations,
                     plan);
  return plan;
}

base::Result<PlannedPush> plan_operation(const App& app, const PlanRequest& request,
                                         push::PushSource& source, push::Plan plan) {
  const Target& target = request.target;
  BERTH_CHECK(check_expected(target, plan));
  BERTH_CHECK(kind_of(target).check_allowed(app, target));
  request.events.stage("looking up what " + target.name() + " has");
  auto planned = [&]() -> base::Result<PlannedPush> {
    if (!target.is_remote()) return plan_with(request, source, std::move(plan), nullptr, nullptr);
    BERTH_TRY(auto plugin, start_plugin(app, target));
    BERTH_TRY(const auto connection,
              connect(app, {target, request.push.network, Purpose::check, plugin}, request.events));
    return plan_with(request, source, std::move(plan), connection.client.get(),
                     &plugin.upload_rules());
  }();
  request.events.pause();
  return planned;
}

}  // namespace berth::app
