// Transfers the blobs of a plan in parallel, those that take longest first. Only this part of a
// push uses threads.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "push/blob_result.hpp"
#include "push/build_manifest.hpp"
#include "push/push_context.hpp"

namespace berth::push {

struct TransferResult {
  std::vector<BlobResult> blobs = {};  // in the plan's order
  std::map<std::string, CompressedBlob> layers =
      {};  // raw images: the compressed blob of each diff ID
};

// Transfers all blobs of the plan. The first error stops the other transfers, which delete their
// upload sessions. With `one_first` the smallest blob is transferred before all others, so that
// missing push permission is detected with one request.
base::Result<TransferResult> transfer_blobs(const PushContext& context, bool one_first);

// Reads the layers of a raw image that are not known to match their diff IDs, and uploads nothing.
// Class integrity, code "source.layer".
base::Result<void> verify_layers(const PushContext& context);

// Uploads `blobs` (indexes into Plan::blobs) even if the destination reports that they exist, and
// updates `result`.
base::Result<void> upload_again(const PushContext& context, const std::vector<std::size_t>& blobs,
                                TransferResult& result);

}  // namespace berth::push
