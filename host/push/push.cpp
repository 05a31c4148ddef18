#include "push/push.hpp"

#include <fmt/format.h>

#include "push/transfer.hpp"

namespace berth::push {
namespace {

using base::Error;
using base::ErrorClass;

std::vector<image::ReadyManifest> manifests_of(const Plan& plan, const image::Source& source,
                                               const Transferred& transferred) {
  if (!plan.manifests.empty()) return plan.manifests;
  return {write_manifest(std::get<image::RawImage>(source.contents()), plan.form, transferred.layers)};
}

base::Result<void> check_expected(const oci::Digest& digest, const Options& options) {
  if (!options.expected || *options.expected == digest) return {};
  return Error(ErrorClass::integrity, "push.digest-mismatch", "the image is not the one that the destination names")
      .cause(fmt::format("the image is {}, the destination says {}", digest.str(), options.expected->str()));
}

std::vector<std::string> references_of(const oci::Digest& digest, const Options& options) {
  return options.tags.empty() ? std::vector{digest.str()} : options.tags;
}

// Whether the first reference names the image already: the others may not.
base::Result<bool> is_there(const Plan& plan, Destination& destination, const Options& options) {
  if (!plan.digest) return false;
  const auto stored = destination.resolve(references_of(*plan.digest, options).front());
  if (stored) return *stored == *plan.digest;
  switch (stored.error().error_class()) {
    case ErrorClass::network:
    case ErrorClass::stall:
    case ErrorClass::auth:
    case ErrorClass::interrupted:
      return stored.error().clone();
    default:
      return false;  // not allowed to ask, or damaged: pushing will tell
  }
}

Transferred all_reused(const Plan& plan, Progress& progress) {
  Transferred transferred;
  for (std::size_t i = 0; i < plan.blobs.size(); ++i) {
    const auto& blob = plan.blobs[i];
    transferred.blobs.push_back({*blob.digest, blob.size, blob.kind, Action::reused});
    progress.done(i, Action::reused);
  }
  return transferred;
}

// What was interrupted is not tagged.
base::Result<void> put(const image::ReadyManifest& manifest, const std::string* reference, Destination& destination,
                       const base::Cancellation& cancellation) {
  if (cancellation.requested()) return cancellation.error();
  return destination.put_manifest(manifest, reference);
}

base::Result<void> prove(const oci::Digest& digest, const std::string& reference, Destination& destination) {
  BERTH_TRY(const auto stored, destination.resolve(reference));
  if (!stored)
    return Error(ErrorClass::integrity, "push.vanished",
                 fmt::format("{} does not have what was just pushed", destination.name()))
        .cause(fmt::format("it accepted {} as {}, and now knows no such image", digest.str(), reference));
  if (*stored != digest)
    return Error(ErrorClass::integrity, "push.moved",
                 fmt::format("{} holds another image than was pushed", destination.name()))
        .cause(fmt::format("{} is {}; pushed was {}", reference, stored->str(), digest.str()));
  return {};
}

Report report_of(oci::Digest digest, Transferred transferred) {
  Report report{std::move(digest), std::move(transferred.blobs), 0, 0};
  for (const auto& blob : report.blobs)
    (blob.action == Action::uploaded ? report.bytes_uploaded : report.bytes_reused) += blob.size;
  return report;
}

}  // namespace

base::Result<Report> push(const Plan& plan, image::Source& source, Destination& destination, const Options& options,
                          Progress& progress, const base::Cancellation& cancellation, base::Log& log) {
  if (plan.digest) BERTH_CHECK(check_expected(*plan.digest, options));
  progress.begin(plan);
  BERTH_TRY(const bool there, is_there(plan, destination, options));
  if (there) log.write(base::LogLevel::step, "nothing changed", {{"destination", destination.name()}});
  auto transferred = there ? base::Result<Transferred>(all_reused(plan, progress))
                           : transfer_blobs(plan, source, destination, options.jobs, progress, cancellation);
  if (!transferred) return std::move(transferred).error();
  const auto manifests = manifests_of(plan, source, *transferred);
  const auto& root = manifests.back();
  BERTH_CHECK(check_expected(root.digest, options));
  if (!there)
    for (std::size_t i = 0; i + 1 < manifests.size(); ++i)
      BERTH_CHECK(put(manifests[i], nullptr, destination, cancellation));
  const auto references = references_of(root.digest, options);
  for (std::size_t i = there ? 1 : 0; i < references.size(); ++i) {
    BERTH_CHECK(put(root, &references[i], destination, cancellation));
    BERTH_CHECK(prove(root.digest, references[i], destination));
  }
  return report_of(root.digest, std::move(*transferred));
}

}  // namespace berth::push
