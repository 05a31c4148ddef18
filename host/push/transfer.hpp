// The transfer of all blobs of a plan: several at once, the largest first. The one place of push where threads meet.
#pragma once

#include <map>

#include "push/push.hpp"
#include "push/raw_manifest.hpp"

namespace berth::push {

struct Transferred {
  std::vector<MovedBlob> blobs;                  // in the plan's order
  std::map<std::string, CompressedBlob> layers;  // raw images: what became of each diff ID
};

// The first error stops the others, which clean up after themselves. With `one_first` the smallest blob is transferred
// before all others: if the credentials do not permit pushing, one request shows it.
base::Result<Transferred> transfer_blobs(const Plan& plan, image::Source& source, Destination& destination,
                                         unsigned jobs, bool one_first, Progress& progress,
                                         const base::Cancellation& cancellation);

// Uploads `blobs` (places in Plan::blobs) even if the destination reports that it has them, and updates `transferred`.
base::Result<void> upload_again(const Plan& plan, image::Source& source, Destination& destination, unsigned jobs,
                                Progress& progress, const base::Cancellation& cancellation,
                                const std::vector<std::size_t>& blobs, Transferred& transferred);

}  // namespace berth::push
