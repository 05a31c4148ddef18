// Handles failed attempts of a BlobUpload.
#include <fmt/format.h>

#include <algorithm>

#include "push/blob_upload.hpp"

namespace berth::push {
namespace {

// Delay between two checks for a blob that a registry may still be storing.
constexpr std::chrono::milliseconds kLookPause{2'000};

}  // namespace

// Returns whether the next attempt uses another method, without delay: the same request would be refused again.
bool BlobUpload::choose_other_way(const base::Error& error) {
  if (step_ == Step::open) return false;
  Refusals refusals = refusals_;
  if (refuses_size(error))
    refusals.too_large = std::min(refusals.too_large, request_size_);
  else if (refuses_method(error))
    refusals.add(way_.method);
  else
    return false;
  target_.log.write(base::LogLevel::step, "upload differently",
                    {{"because", error.message()}, {"status", std::to_string(status_)}});
  return try_without(refusals);
}

// After two failures with a method, a registry or proxy may always fail with it.
void BlobUpload::avoid_failing_method() {
  if ((step_ != Step::body && step_ != Step::whole) || status_ < 500 || ++failed_ < 2) return;
  Refusals refusals = refusals_;
  refusals.add(way_.method);
  try_without(refusals);
}

// Returns false and discards `refusals` if no other method is left.
bool BlobUpload::try_without(const Refusals& refusals) {
  const auto next = target_.strategy.choose(body_.size(), refusals);
  if (!next || *next == way_) return false;
  refusals_ = refusals;
  return true;
}

// 413, or a server or proxy that repeatedly closes the connection in the middle of the body.
bool BlobUpload::refuses_size(const base::Error& error) {
  if (step_ == Step::commit || request_size_ == 0) return false;
  if (status_ == 413) return true;
  return error.code() == "http.lost" && ++lost_ >= 2;
}

// Returns whether PATCH, PUT with a body, or a body of unknown length was refused. Errors about the blob or the
// account apply to every method and do not count.
bool BlobUpload::refuses_method(const base::Error& error) {
  if (step_ == Step::commit) return way_.method == UploadMethod::streamed && error.code() == "push.blob-digest";
  switch (status_) {
    case 404:  // or a replica without the session: another method may work
      return !has_api_errors_ || ++failed_ >= 2;
    case 400:
    case 405:
    case 411:
    case 415:
    case 416:
    case 501:
    case 505:
      return true;
    case 403:
    case 406:
    case 409:
    case 412:
    case 422:
      return !has_api_errors_;
    default:
      return false;
  }
}

// Returns whether the failed request may have stored the blob: the response was lost, a proxy timed out waiting for
// it, or the session does not exist any more because it was closed.
bool BlobUpload::may_be_stored() const {
  if (step_ != Step::commit && step_ != Step::whole) return false;
  return status_ == 0 || status_ == 404 || http::is_transient_status(status_);
}

// Checks for the blob for as long as the registry may take to store it.
bool BlobUpload::arrived() {
  const bool at_work = status_ == 0 || status_ == 502 || status_ == 504 || status_ == 524;
  const auto thirty = registry::commit_timeout(0);
  const auto until =
      sent_at_ + (at_work ? registry::commit_timeout(*body_.size()) - thirty : std::chrono::milliseconds(0));
  while (true) {
    const auto found = target_.session.reports_blob(target_.repository, body_.name());
    if (found && *found) return target_.session.has_blob_bytes(target_.repository, body_.name());
    look_ = look_ && !found;
    if (std::chrono::steady_clock::now() >= until || !found || target_.cancellation.wait_for(kLookPause)) return false;
  }
}

void BlobUpload::cancel_unresolved() {
  if (unresolved_) target_.session.abandon_upload(target_.repository, *unresolved_);
  unresolved_.reset();
}

base::Error BlobUpload::after_attempts(base::Error error) const {
  if (status_ == 413 && request_size_ > 0) {
    auto cause = fmt::format("{}; its body had {} bytes", error.cause(), request_size_);
    error = std::move(error).cause(std::move(cause));
  }
  if (policy_.attempt() == 1) return error;
  const auto took = std::chrono::duration_cast<std::chrono::seconds>(policy_.elapsed());
  return std::move(error)
      .note(fmt::format("making {} attempts over {} s", policy_.attempt(), took.count()))
      .max_attempts(1);
}

}  // namespace berth::push
