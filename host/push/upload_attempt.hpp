// UploadAttempt: the last request of an attempt to upload a blob, and what its failure shows about
// the registry.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/result.hpp"
#include "push/upload_strategy.hpp"

namespace berth::push {

// Used by one thread.
class UploadAttempt {
 public:
  // The requests of an attempt, by how their failure is handled.
  enum class Step {
    open,    // no bytes were sent
    body,    // PATCH
    whole,   // PUT with the blob
    commit,  // PUT after PATCH
  };

  // Begins another attempt. The counts of failures stay.
  void begin();
  // Records that a request of `step` is being sent, with `size` bytes.
  void send(Step step, std::uint64_t size);
  // Counts the bytes of a body whose size is not known in advance.
  [[nodiscard]] std::uint64_t& request_size() { return request_size_; }
  // Records the response. `status`: 0 if there was none; `has_api_errors`: it was the registry's
  // own error.
  void receive(int status, bool has_api_errors);

  [[nodiscard]] Step step() const { return step_; }
  [[nodiscard]] int status() const { return status_; }
  // Bytes in the body of the last request.
  [[nodiscard]] std::uint64_t size() const { return request_size_; }
  // When the last request was sent.
  [[nodiscard]] std::chrono::steady_clock::time_point sent_at() const { return sent_at_; }

  // Returns whether the failed request may have stored the blob: the response was lost, a proxy
  // timed out waiting for it, or the session does not exist any more because it was closed.
  [[nodiscard]] bool may_be_stored() const;
  // Returns whether the registry may still be storing the blob.
  [[nodiscard]] bool may_be_storing() const;
  // Returns whether the request's size was refused: 413, or a server or proxy that repeatedly
  // closes the connection in the middle of the body. Call it once per failure.
  bool refuses_size(const base::Error& error);
  // Returns whether PATCH, PUT with a body, or a body of unknown length was refused. Errors about
  // the blob or the account apply to every method and do not count. Call it once per failure.
  bool refuses_method(const base::Error& error, UploadMethod method);
  // Returns whether requests with bytes have failed with a 5xx status before: a registry or proxy
  // may always fail with the method. Call it once per failure.
  bool fails_repeatedly();

 private:
  Step step_ = Step::open;
  std::uint64_t request_size_ = 0;
  int status_ = 0;
  bool has_api_errors_ = false;
  int lost_ = 0;    // connections lost while bytes were sent
  int failed_ = 0;  // requests with bytes that failed with a 5xx status, or lost their session
  std::chrono::steady_clock::time_point sent_at_;
};

}  // namespace berth::push
