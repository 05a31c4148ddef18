#include "push/form_agreement.hpp"

#include <algorithm>

namespace berth::push {
namespace {

// How often a wait checks for cancellation, and whether a destination is still awaited.
constexpr std::chrono::milliseconds kVoteTick{100};

}  // namespace

FormAgreement::FormAgreement(std::size_t destinations, const base::Cancellation& cancellation,
                             IsAwaited is_awaited)
    : cancellation_(cancellation), is_awaited_(std::move(is_awaited)), votes_(destinations) {}

base::Result<std::optional<ManifestForm>> FormAgreement::agree(std::size_t destination,
                                                               ManifestForm preferred,
                                                               const Offer& offer) {
  for (const auto form : {preferred, other_form(preferred)}) {
    BERTH_TRY(const bool accepted, offer(form));
    vote(destination, form, accepted);
    BERTH_CHECK(wait_for_votes(form));
    const std::lock_guard lock(mutex_);
    const auto agreed = decide(preferred);
    if (agreed && votes_[destination].accepts(*agreed)) return agreed;
  }
  const std::lock_guard lock(mutex_);
  for (const auto form : {preferred, other_form(preferred)})
    if (votes_[destination].accepts(form)) return std::optional(form);
  return std::optional<ManifestForm>();
}

void FormAgreement::leave(std::size_t destination) {
  const std::lock_guard lock(mutex_);
  votes_[destination].left = true;
  changed_.notify_all();
}

void FormAgreement::vote(std::size_t destination, ManifestForm form, bool accepted) {
  const std::lock_guard lock(mutex_);
  votes_[destination].of(form) = accepted;
  changed_.notify_all();
}

base::Result<void> FormAgreement::wait_for_votes(ManifestForm form) {
  std::unique_lock lock(mutex_);
  while (!decided_ && !all_voted(form)) {
    if (cancellation_.requested()) return cancellation_.error();
    changed_.wait_for(lock, kVoteTick);
  }
  return {};
}

bool FormAgreement::all_voted(ManifestForm form) {
  for (std::size_t i = 0; i < votes_.size(); ++i)
    if (!votes_[i].left && !votes_[i].of(form) && is_awaited_(i)) return false;
  return true;
}

// Destinations that are not awaited have not voted; they follow what the others have decided.
std::optional<ManifestForm> FormAgreement::decide(ManifestForm preferred) {
  if (decided_) return decided_;
  for (const auto form : {preferred, other_form(preferred)}) {
    if (!all_voted(form)) continue;
    const bool accepted = std::all_of(votes_.begin(), votes_.end(), [&](Votes& votes) {
      return !votes.counts() || votes.of(form).value_or(true);
    });
    const bool offered = std::any_of(votes_.begin(), votes_.end(),
                                     [&](Votes& votes) { return votes.accepts(form); });
    if (!accepted || !offered) continue;
    decided_ = form;
    changed_.notify_all();
    break;
  }
  return decided_;
}

}  // namespace berth::push
