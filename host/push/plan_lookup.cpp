#include "push/plan_lookup.hpp"

#include <atomic>
#include <mutex>
#include <thread>

#include "oci/hasher.hpp"

namespace berth::push {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kLookupThreads = 16;

// Returns whether the lookup of a blob would fail in the same way.
bool concerns_every_lookup(const Error& error) {
  switch (error.error_class()) {
    case ErrorClass::network:
    case ErrorClass::stall:
    case ErrorClass::auth:
    case ErrorClass::interrupted:
      return true;
    default:
      return false;
  }
}

bool is_planned(const Plan& plan, const oci::Digest& digest) {
  return is_digest_of(digest, plan.predicted ? plan.predicted->bytes : plan.manifests.back().bytes);
}

class PlanLookup {
 public:
  PlanLookup(Plan& plan, StoredContent& stored) : plan_(plan), stored_(stored) {}

  std::optional<Error> run(const std::string* reference) {
    if (plan_.digest && reference != nullptr && look_up_manifest(*reference)) return failure();
    std::vector<std::jthread> threads;
    const auto count = std::min(kLookupThreads, plan_.blobs.size());
    for (std::size_t i = 1; i < count; ++i) threads.emplace_back([this] { look_up_blobs(); });
    look_up_blobs();
    threads.clear();
    return failure();
  }

 private:
  // Returns whether nothing else is to be looked up.
  bool look_up_manifest(const std::string& reference) {
    const auto found = stored_.resolve(reference);
    if (!found && !concerns_every_lookup(found.error())) return false;
    if (!found) {
      failed(found.error());
      return true;
    }
    if (!*found || !is_planned(plan_, **found)) return false;
    plan_.up_to_date = true;
    for (auto& blob : plan_.blobs) {
      blob.action = PlannedAction::reuse;
      blob.mount_from.reset();
    }
    return true;
  }

  void look_up_blobs() {
    while (!stopped_) {
      const auto next = next_.fetch_add(1);
      if (next >= plan_.blobs.size()) return;
      look_up(plan_.blobs[next]);
    }
  }

  void look_up(PlannedBlob& blob) {
    if (!blob.digest) return;
    if (blob.at_destination || has(blob, nullptr)) {
      blob.action = PlannedAction::reuse;
      blob.mount_from.reset();
    } else if (!stopped_) {
      const bool mounted = blob.mount_from && has(blob, &*blob.mount_from);
      blob.action = mounted ? PlannedAction::mount : PlannedAction::upload;
      if (!mounted) blob.mount_from.reset();
    }
  }

  bool has(const PlannedBlob& blob, const std::string* repository) {
    const auto there =
        stored_.reports_blob({blob.media_type, *blob.digest, blob.size, {}, {}, {}}, repository);
    if (!there && repository == nullptr) failed(there.error());
    return there && *there;
  }

  void failed(const Error& error) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = error.clone();
    stopped_ = true;
  }

  std::optional<Error> failure() { return std::move(failure_); }

  Plan& plan_;
  StoredContent& stored_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stopped_{false};  // after an error
  std::mutex mutex_;
  std::optional<Error> failure_;  // guarded by mutex_
};

}  // namespace

std::optional<base::Error> look_up_actions(Plan& plan, StoredContent& stored,
                                           const std::string* reference) {
  return PlanLookup(plan, stored).run(reference);
}

}  // namespace berth::push
