#include "common/sdk_host_api.hpp"

#include <berth/crypto.hpp>
#include <berth/environment.hpp>
#include <berth/files.hpp>
#include <berth/http.hpp>
#include <berth/process.hpp>

#include <chrono>
#include <exception>
#include <thread>

namespace berth::common {

std::vector<Response> SdkHostApi::send(const std::vector<Request>& requests) {
  std::vector<HttpRequest> batch;
  for (const Request& request : requests)
    batch.push_back({request.method, request.url, request.headers, request.body, request.timeout_ms,
                     request.repeatable});
  try {
    std::vector<Response> responses;
    for (HttpResponse& response : berth::send(call_, batch))
      responses.push_back({response.status, std::move(response.headers), std::move(response.body),
                           std::move(response.error)});
    return responses;
  } catch (const Failure& failure) {
    return std::vector<Response>(requests.size(), Response{0, {}, {}, failure.what()});
  }
}

std::optional<std::string> SdkHostApi::environment_variable(const std::string& name) {
  auto value = berth::environment_variable(call_, name);
  return value && !value->empty() ? std::move(value) : std::nullopt;
}

File SdkHostApi::file(const std::string& path) {
  try {
    auto text = read_file(call_, path);
    return text ? File{true, std::move(*text), {}} : File{};
  } catch (const Failure& failure) {
    return {true, {}, failure.what()};
  }
}

Output SdkHostApi::run(const std::vector<std::string>& command) {
  try {
    auto result = run_program(call_, command);
    if (!result) return {-1, {}, "program " + command.front() + " not found", {}, true};
    return {result->status, std::move(result->out), {}, std::move(result->err)};
  } catch (const Failure& failure) {
    return {-1, {}, failure.what()};
  }
}

std::string SdkHostApi::sha256(std::string_view bytes) {
  return berth::sha256(call_, std::string(bytes));
}

std::string SdkHostApi::hmac_sha256(std::string_view key, std::string_view bytes) {
  return berth::hmac_sha256(call_, std::string(key), std::string(bytes));
}

std::string SdkHostApi::rs256(const std::string& pem_key, std::string_view bytes) {
  try {
    return sign_rs256(call_, pem_key, std::string(bytes));
  } catch (const Failure&) {
    return {};
  }
}

void SdkHostApi::pause(std::int64_t milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

}  // namespace berth::common
