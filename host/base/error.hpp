// Error: a failure with its class, code, message, cause and fix.
// Move-only; one pointer wide. Only the class determines the exit status; max_attempts() determines
// whether to retry. Message and cause: lower case, no full stop, foreign text quoted. Fix: an
// imperative that can be pasted.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace berth::base {

enum class ErrorClass {
  internal,
  usage,
  validation,
  auth,
  denied,
  not_found,
  network,
  stall,
  server,
  integrity,
  disk,
  plugin,
  trust,
  interrupted,
};

// Returns the stable name of a class, for scripts ("not-found").
std::string_view class_name(ErrorClass error_class);

class Error {
 public:
  // `code` is stable, for scripts ("push.blob-denied"); `message` is for people.
  Error(ErrorClass error_class, std::string code, std::string message);
  Error(Error&&) noexcept;
  Error& operator=(Error&&) noexcept;
  Error(const Error&) = delete;
  Error& operator=(const Error&) = delete;
  ~Error();

  // Sets what was observed.
  Error&& cause(std::string text) &&;
  // Sets the registry's error message: not escaped.
  Error&& registry(std::string text) &&;
  Error&& fix(std::string text) &&;
  // Adds the operation that failed, in the user's terms; each layer adds at most one.
  Error&& note(std::string text) &&;
  // Sets SIGINT or SIGTERM, for class interrupted: exit status 130 or 143.
  Error&& signal(int number) &&;
  // Sets how often the failed step may be attempted in total. 1 (default): the failure is
  // permanent, or all retries were used. A function that retries returns errors with 1, so that no
  // caller retries again (host/http/README.md).
  Error&& max_attempts(int attempts) &&;
  // Sets the digests of the blobs concerned, as the registry reported them.
  Error&& digests(std::vector<std::string> digests) &&;

  [[nodiscard]] ErrorClass error_class() const;
  [[nodiscard]] const std::string& code() const;
  [[nodiscard]] const std::string& message() const;
  [[nodiscard]] const std::string& cause() const;     // empty: none
  [[nodiscard]] const std::string& registry() const;  // empty: none
  [[nodiscard]] const std::string& fix() const;       // empty: none
  [[nodiscard]] const std::vector<std::string>& notes() const;
  [[nodiscard]] int max_attempts() const;
  [[nodiscard]] const std::vector<std::string>& digests() const;  // empty: none reported

  // Returns the exit status: host/cli/README.md, "Exit statuses".
  [[nodiscard]] int exit_status() const;

  // Returns an independent copy, to report one failure to several waiters.
  [[nodiscard]] Error clone() const;

 private:
  struct Body;
  explicit Error(std::unique_ptr<Body> body);
  std::unique_ptr<Body> body_;
};

// Returns "no space left on device" for ENOSPC, and so on.
std::string errno_text(int number);

// Returns an Error of class disk about `path`: "cannot VERB PATH", with the text of errno as the
// cause.
Error file_error(std::string_view verb, std::string_view path, int errno_value);

}  // namespace berth::base
