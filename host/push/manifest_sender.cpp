#include "push/manifest_sender.hpp"

#include <algorithm>

namespace berth::push {
namespace {

bool is_unknown_blob(const base::Result<Receipt>& receipt) {
  return !receipt && receipt.error().code() == "push.manifest-blob-unknown";
}

bool contains(const std::vector<std::string>& digests, const oci::Digest& digest) {
  return std::find(digests.begin(), digests.end(), digest.str()) != digests.end();
}

}  // namespace

base::Result<Receipt> ManifestSender::put(const image::ReadyManifest& manifest,
                                          const std::string* reference) {
  auto receipt = context_.destination.put_manifest(manifest, reference);
  if (!is_unknown_blob(receipt)) return receipt;
  context_.progress.retrying({2, 2, context_.options.late_pause, receipt.error().message()});
  if (context_.cancellation.wait_for(context_.options.late_pause))
    return context_.cancellation.error();
  receipt = context_.destination.put_manifest(manifest, reference);
  while (is_unknown_blob(receipt)) {
    const auto& named = receipt.error().digests();
    const auto blobs = missing_blobs(named);
    BERTH_TRY(const bool children_sent, put_children(named));
    if (blobs.empty() && !children_sent)
      return std::move(receipt.error())
          .cause("every blob was uploaded and confirmed before the manifest was sent");
    context_.log.write(base::LogLevel::step, "blobs are missing",
                       {{"uploaded again", std::to_string(blobs.size())}});
    BERTH_CHECK(upload_again(context_, blobs, transferred_));
    if (context_.cancellation.requested()) return context_.cancellation.error();
    receipt = context_.destination.put_manifest(manifest, reference);
  }
  return receipt;
}

// Returns the indexes into Plan::blobs of those to upload. Blobs that this push uploaded are not
// uploaded again.
std::vector<std::size_t> ManifestSender::missing_blobs(
    const std::vector<std::string>& named) const {
  const auto& blobs = transferred_.blobs;
  const bool names_blobs = std::any_of(
      blobs.begin(), blobs.end(), [&](const auto& blob) { return contains(named, blob.digest); });
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < blobs.size(); ++i)
    if (blobs[i].action != Action::uploaded && (!names_blobs || contains(named, blobs[i].digest)))
      missing.push_back(i);
  return missing;
}

// An index may be rejected because of a child that another replica received.
base::Result<bool> ManifestSender::put_children(const std::vector<std::string>& named) {
  bool sent = false;
  for (const auto& child : context_.plan.manifests) {
    if (!contains(named, child.digest) || !children_.insert(child.digest.str()).second) continue;
    BERTH_TRY([[maybe_unused]] const auto receipt,
              context_.destination.put_manifest(child, nullptr));
    sent = true;
  }
  return sent;
}

}  // namespace berth::push
