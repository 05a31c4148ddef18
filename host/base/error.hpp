// Error: what went wrong, of which class, why, and what to do about it.
// Move-only; one pointer wide. Only the class determines the exit status; max_attempts() determines whether to retry.
// Message and cause: lower case, no full stop, foreign text quoted. Fix: an imperative that can be pasted.
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

// The stable name of a class, as scripts see it ("not-found").
std::string_view class_name(ErrorClass error_class);

class Error {
 public:
  // `code` is stable and belongs to scripts ("push.blob-denied"); `message` is for a person.
  Error(ErrorClass error_class, std::string code, std::string message);
  Error(Error&&) noexcept;
  Error& operator=(Error&&) noexcept;
  Error(const Error&) = delete;
  Error& operator=(const Error&) = delete;
  ~Error();

  // What was observed that made it fail.
  Error&& cause(std::string text) &&;
  // The registry's own words: foreign text, escaped by whoever prints it.
  Error&& registry(std::string text) &&;
  Error&& fix(std::string text) &&;
  // What was being done, in the user's words; a layer adds at most one.
  Error&& note(std::string text) &&;
  // SIGINT or SIGTERM, for class interrupted; decides between status 130 and 143.
  Error&& signal(int number) &&;
  // How often the failed step may be attempted in all. 1, the default: the failure is permanent, or the retries are
  // used up. A function that retries returns errors with 1, so that no caller retries them again (DESIGN.md §9).
  Error&& max_attempts(int attempts) &&;
  // Digests of the blobs that the failure is about, as the registry named them.
  Error&& digests(std::vector<std::string> digests) &&;

  [[nodiscard]] ErrorClass error_class() const;
  [[nodiscard]] const std::string& code() const;
  [[nodiscard]] const std::string& message() const;
  [[nodiscard]] const std::string& cause() const;     // empty: none
  [[nodiscard]] const std::string& registry() const;  // empty: none
  [[nodiscard]] const std::string& fix() const;       // empty: none
  [[nodiscard]] const std::vector<std::string>& notes() const;
  [[nodiscard]] int max_attempts() const;
  [[nodiscard]] const std::vector<std::string>& digests() const;  // empty: none named

  // CLI.md, "Exit statuses".
  [[nodiscard]] int exit_status() const;

  // An independent copy, for the places that must report one failure to several waiters.
  [[nodiscard]] Error clone() const;

 private:
  struct Body;
  explicit Error(std::unique_ptr<Body> body);
  std::unique_ptr<Body> body_;
};

// "no space left on device" for ENOSPC and so on.
std::string errno_text(int number);

// An Error of class disk about `path`: "cannot VERB PATH", with errno's text as its cause.
Error file_error(std::string_view verb, std::string_view path, int errno_value);

}  // namespace berth::base
