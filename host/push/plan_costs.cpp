#include "push/plan_costs.hpp"

#include "push/upload_strategy.hpp"

namespace berth::push {
namespace {

// A manifest is stored with PUT and read back with HEAD.
constexpr std::uint64_t kRequestsOfReference = 2;
// A blob that is found or mounted: POST, and GET of its first byte (BlobClient::is_readable()).
constexpr std::uint64_t kRequestsOfFoundBlob = 2;

std::uint64_t& bytes_of(PlanCosts& costs, PlannedAction action) {
  switch (action) {
    case PlannedAction::upload:
      return costs.upload;
    case PlannedAction::reuse:
      return costs.reuse;
    case PlannedAction::mount:
      return costs.mount;
    case PlannedAction::unknown:
      break;
  }
  return costs.unknown;
}

// POST, requests with the bytes, and PUT if these did not close the session. The size of a layer
// that is compressed is known only at its end.
std::uint64_t upload_requests(const PlannedBlob& blob, const UploadStrategy& strategy) {
  const auto size = blob.diff_id ? std::nullopt : std::optional(blob.size);
  auto way = strategy.choose(size, {});
  if (!way) way = strategy.choose(blob.size, {});
  if (!way) return 0;
  switch (way->method) {
    case UploadMethod::monolithic:
      return 2;
    case UploadMethod::streamed:
      return 3;
    case UploadMethod::chunked:
      break;
  }
  return 2 + (blob.size + way->chunk_size - 1) / way->chunk_size;
}

std::uint64_t requests_of(const PlannedBlob& blob, const UploadStrategy& strategy) {
  if (blob.action == PlannedAction::reuse || blob.action == PlannedAction::mount)
    return blob.size == 0 ? 1 : kRequestsOfFoundBlob;
  return upload_requests(blob, strategy);
}

}  // namespace

PlanCosts costs_of(const Plan& plan, const PlanUse& use) {
  PlanCosts costs;
  for (const auto& blob : plan.blobs) bytes_of(costs, blob.action) += blob.size;
  if (use.rules == nullptr) return costs;
  const UploadStrategy strategy(*use.rules);
  if (plan.digest && !use.check_all) ++costs.requests;
  if (plan.up_to_date) {
    costs.requests += kRequestsOfReference * (use.references - 1);
    return costs;
  }
  for (const auto& blob : plan.blobs) costs.requests += requests_of(blob, strategy);
  if (!plan.manifests.empty()) costs.requests += plan.manifests.size() - 1;
  costs.requests += kRequestsOfReference * use.references;
  return costs;
}

}  // namespace berth::push
