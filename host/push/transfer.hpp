// Transfers all blobs of a plan in parallel, largest first. Only this part of a push uses threads.
#pragma once

#include <map>

#include "push/push.hpp"
#include "push/raw_manifest.hpp"

namespace berth::push {

struct Transferred {
  std::vector<MovedBlob> blobs;                  // in the plan's order
  std::map<std::string, CompressedBlob> layers;  // raw images: the compressed blob of each diff ID
};

// The first error stops the other transfers, which delete their upload sessions. With `one_first` the smallest blob
// is transferred before all others, so that missing push permission is detected with one request.
base::Result<Transferred> transfer_blobs(const Plan& plan, image::Source& source, Destination& destination,
                                         unsigned jobs, bool one_first, Progress& progress,
                                         const base::Cancellation& cancellation);

// Uploads `blobs` (indexes into Plan::blobs) even if the destination reports that they exist, and updates
// `transferred`.
base::Result<void> upload_again(const Plan& plan, image::Source& source, Destination& destination, unsigned jobs,
                                Progress& progress, const base::Cancellation& cancellation,
                                const std::vector<std::size_t>& blobs, Transferred& transferred);

}  // namespace berth::push
