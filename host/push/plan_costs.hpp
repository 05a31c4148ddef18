// The bytes and requests of a push that executes a plan. Values.
#pragma once

#include <cstdint>

#include "push/plan.hpp"
#include "registry/blob_upload_rules.hpp"

namespace berth::push {

struct PlanCosts {
  // Requests to the registry: lookups, blobs, manifests and their verification, if nothing fails.
  // Without authentication, checks of the flavor, and the lookup of what the source does not have.
  std::uint64_t requests = 0;
  // Bytes of blobs, by action. `unknown` includes layers whose compressed size is only estimated.
  std::uint64_t upload = 0;
  std::uint64_t reuse = 0;
  std::uint64_t mount = 0;
  std::uint64_t unknown = 0;
};

// How the plan is pushed.
struct PlanUse {
  const registry::BlobUploadRules* rules = nullptr;  // nullptr: to a layout, without requests
  std::size_t references = 1;                        // tags, or the digest
  bool check_all = false;                            // Options::check_all
};

// Blobs with PlannedAction::unknown are counted as uploaded.
PlanCosts costs_of(const Plan& plan, const PlanUse& use);

}  // namespace berth::push
