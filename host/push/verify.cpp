#include "push/verify.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "oci/hasher.hpp"

namespace berth::push {
namespace {

using base::Error;
using base::ErrorClass;
using Clock = std::chrono::steady_clock;
using Found = std::optional<oci::Digest>;

std::string show_seconds(std::chrono::milliseconds duration) {
  return duration < std::chrono::seconds(1) ? fmt::format("{} ms", duration.count())
                                            : fmt::format("{} s", duration.count() / 1000);
}

Error mismatch(const Found& found, const oci::Digest& digest, const std::string& reference,
               const Destination& destination, std::chrono::milliseconds waited) {
  const std::string after = show_seconds(waited);
  if (!found)
    return Error(ErrorClass::integrity, "push.vanished",
                 "pushed manifest not found in " + destination.name())
        .cause(fmt::format("{} accepted {} as {}, and did not return it within {}",
                           destination.name(), digest.str(), reference, after));
  return Error(ErrorClass::integrity, "push.moved",
               "tag moved: the registry returns a different digest")
      .cause(fmt::format("{} in {} points to {}; pushed {}, looked up for {}", reference,
                         destination.name(), found->str(), digest.str(), after))
      .fix("compare the returned digest with those of other jobs that push this tag");
}

}  // namespace

bool is_refusal(const Error& error) {
  switch (error.error_class()) {
    case ErrorClass::auth:
    case ErrorClass::denied:
    case ErrorClass::not_found:
      return true;
    default:
      return error.code().ends_with("-refused");
  }
}

base::Result<Found> look_up(Destination& destination, const std::string& reference) {
  auto found = destination.resolve(reference, Lookup::quick);
  if (found) return found;
  if (is_refusal(found.error()) || found.error().error_class() == ErrorClass::server)
    return destination.resolve(reference, Lookup::whole);
  return found;
}

base::Result<ReadBack> read_back(const image::ReadyManifest& manifest, const std::string& reference,
                                 const PushContext& context) {
  Destination& destination = context.destination;
  const auto& limits = context.options.verification;
  const auto begin = Clock::now();
  Found seen;
  auto found = look_up(destination, reference);
  for (auto pause = limits.first_pause;; pause = std::min(2 * pause, limits.longest_pause)) {
    if (!found && is_refusal(found.error()))
      return ReadBack{std::nullopt, std::move(found).error()};
    // A manifest that does not match its own headers is not the one that was sent either.
    if (!found && !(seen && found.error().error_class() == ErrorClass::integrity))
      return std::move(found).error();
    if (found) seen = std::move(*found);
    if (found && seen && is_digest_of(*seen, manifest.bytes))
      return ReadBack{std::move(seen), std::nullopt};
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
    if (waited >= limits.total)
      return mismatch(seen, manifest.digest, reference, destination, waited);
    context.log.write(base::LogLevel::step, "verification",
                      {{"reference", reference},
                       {"returned", seen ? seen->str() : "not found"},
                       {"again", "true"}});
    if (context.cancellation.wait_for(std::min(pause, limits.total - waited)))
      return context.cancellation.error();
    found = destination.resolve(reference, Lookup::whole);
  }
}

}  // namespace berth::push
