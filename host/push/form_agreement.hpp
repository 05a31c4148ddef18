// FormAgreement: finds one form for the manifest that berth creates, so that all destinations of a
// push get the same digest. Each destination receives the manifest by digest first; tags follow
// once every destination has accepted its form.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "base/cancellation.hpp"
#include "push/plan.hpp"

namespace berth::push {

// Thread-safe; used by one thread per destination.
class FormAgreement {
 public:
  // Sends the manifest in this form by digest, and returns whether the destination accepts the
  // form.
  using Offer = std::function<base::Result<bool>(ManifestForm)>;
  // Returns whether the others still wait for a destination.
  using IsAwaited = std::function<bool(std::size_t destination)>;

  // `cancellation` must outlive this object.
  FormAgreement(std::size_t destinations, const base::Cancellation& cancellation,
                IsAwaited is_awaited);

  // Returns the form to tag: the one that all accept, else one that this destination accepts;
  // std::nullopt if it accepts neither. Waits for the destinations that are awaited. Errors of
  // `offer`; interrupted.
  base::Result<std::optional<ManifestForm>> agree(std::size_t destination, ManifestForm preferred,
                                                  const Offer& offer);
  // The destination takes no part any more.
  void leave(std::size_t destination);

 private:
  struct Votes {
    std::optional<bool> docker;
    std::optional<bool> oci;
    bool left = false;

    [[nodiscard]] std::optional<bool>& of(ManifestForm form) {
      return form == ManifestForm::docker ? docker : oci;
    }
    [[nodiscard]] bool accepts(ManifestForm form) { return of(form).value_or(false); }
    // A destination that accepts no form fails, and does not count.
    [[nodiscard]] bool counts() const {
      return !left && (docker.value_or(true) || oci.value_or(true));
    }
  };

  void vote(std::size_t destination, ManifestForm form, bool accepted);
  base::Result<void> wait_for_votes(ManifestForm form);
  [[nodiscard]] bool all_voted(ManifestForm form);
  std::optional<ManifestForm> decide(ManifestForm preferred);

  const base::Cancellation& cancellation_;
  const IsAwaited is_awaited_;
  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::vector<Votes> votes_;  // of each destination
  std::optional<ManifestForm> decided_;
};

}  // namespace berth::push
