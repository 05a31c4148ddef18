#include "push/upload_attempt.hpp"

#include "http/retry_policy.hpp"

namespace berth::push {

void UploadAttempt::begin() {
  step_ = Step::open;
  status_ = 0;
  has_api_errors_ = false;
}

void UploadAttempt::send(Step step, std::uint64_t size) {
  step_ = step;
  request_size_ = size;
  sent_at_ = std::chrono::steady_clock::now();
}

void UploadAttempt::receive(int status, bool has_api_errors) {
  status_ = status;
  has_api_errors_ = has_api_errors;
}

bool UploadAttempt::may_be_stored() const {
  if (step_ != Step::commit && step_ != Step::whole) return false;
  return status_ == 0 || status_ == 404 || http::is_transient_status(status_);
}

bool UploadAttempt::may_be_storing() const {
  return status_ == 0 || status_ == 502 || status_ == 504 || status_ == 524;
}

bool UploadAttempt::refuses_size(const base::Error& error) {
  if (step_ == Step::commit || request_size_ == 0) return false;
  if (status_ == 413) return true;
  return error.code() == "http.lost" && ++lost_ >= 2;
}

bool UploadAttempt::refuses_method(const base::Error& error, UploadMethod method) {
  if (step_ == Step::commit)
    return method == UploadMethod::streamed && error.code() == "push.blob-digest";
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

bool UploadAttempt::fails_repeatedly() {
  const bool sends_bytes = step_ == Step::body || step_ == Step::whole;
  return sends_bytes && status_ >= 500 && ++failed_ >= 2;
}

}  // namespace berth::push
