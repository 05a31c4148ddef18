#include "common/host_api.hpp"

#include "common/text.hpp"

namespace berth::common {

std::string Response::header(std::string_view name) const {
  const std::string wanted = lower(name);
  for (const auto& [key, value] : headers)
    if (lower(key) == wanted) return value;
  return {};
}

std::string failure_of(const Response& response) {
  return response.status == 0 ? response.problem : "status " + std::to_string(response.status);
}

bool is_busy(const Response& response) {
  constexpr int too_many_requests = 429;
  constexpr int first_server_error = 500;
  return response.status == too_many_requests || response.status >= first_server_error;
}

bool is_missing_service(const Response& response) {
  constexpr int first_client_error = 400;
  return response.status == 0 || (response.status >= first_client_error && !is_busy(response));
}

std::string retry_fix(const Response& response) {
  return retry_fix(response.header("retry-after"));
}

std::string retry_fix(const std::string& seconds) {
  return all_digits(seconds) ? "try again in " + seconds + " s" : "try again later";
}

std::string failed_program(const std::string& program, const Output& output) {
  constexpr std::size_t kMaxLine = 200;
  const std::string_view err = trimmed(output.err);
  const std::string line(
      trimmed(err.substr(err.rfind('\n') == std::string_view::npos ? 0 : err.rfind('\n'))));
  return program + " ended with status " + std::to_string(output.status) +
         (line.empty() ? "" : ": " + line.substr(0, kMaxLine));
}

}  // namespace berth::common
