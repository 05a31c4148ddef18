// Internal to testing.hpp: the tables of all services; env/1, file/1, exec/1, http/1, crypto/1.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <berth/testing/fake_registry.hpp>
#include <berth/testing/sha256.hpp>

namespace berth {
namespace testing {
namespace detail {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20U;

// Runs `body` unless the call is refused or cancelled.
template <typename Body>
std::int32_t with_call(void* context, const berth_sink* error, Body&& body) noexcept {
  RunningCall& call = RunningCall::of(context);
  const std::int32_t begun = call.begin(error);
  return begun != BERTH_STATUS_OK ? begun : body(call);
}

inline std::int32_t over_limit(RunningCall& call, const std::string& what,
                               const berth_sink* error) {
  return call.fail(BERTH_STATUS_REFUSED, {"plugin.question", what, "", false}, error);
}

inline std::int32_t get_variable(void* context, berth_string name, const berth_sink* value,
                                 const berth_sink* error) noexcept {
  return with_call(context, error, [&](RunningCall& call) -> std::int32_t {
    if (!call.permissions.variable(copy(name)))
      return call.deny("read the environment variable " + copy(name), "env:" + copy(name), error);
    const auto found = call.script.environment.find(copy(name));
    if (found == call.script.environment.end()) return BERTH_STATUS_NOT_FOUND;
    RunningCall::write(value, found->second);
    return call.succeed();
  });
}

inline std::int32_t read_file(void* context, berth_string path, const berth_sink* bytes,
                              const berth_sink* error) noexcept {
  return with_call(context, error, [&](RunningCall& call) -> std::int32_t {
    if (!call.permissions.file(copy(path)))
      return call.deny("read the file " + copy(path), "file:" + copy(path), error);
    const auto found = call.script.files.find(copy(path));
    if (found == call.script.files.end()) return BERTH_STATUS_NOT_FOUND;
    if (found->second.size() > kMaxBytes)
      return over_limit(call, copy(path) + " is larger than 1 MiB", error);
    RunningCall::write(bytes, found->second);
    return call.succeed();
  });
}

inline std::int32_t run_program(void* context, const berth_string* argv, size_t argument_count,
                                berth_string input, std::int32_t* exit_status,
                                const berth_sink* out, const berth_sink* err,
                                const berth_sink* error) noexcept {
  return with_call(context, error, [&](RunningCall& call) -> std::int32_t {
    std::vector<std::string> line;
    for (size_t i = 0; i < argument_count; ++i) line.push_back(copy(argv[i]));
    if (line.empty() || argument_count > 256 || input.size > kMaxBytes)
      return over_limit(call, "a program has 1 to 256 arguments, and at most 1 MiB of input",
                        error);
    if (!call.permissions.program(line))
      return call.deny("run the program " + line[0], "exec:" + line[0], error);
    call.script.ran.push_back(line);
    const auto found = call.script.programs.find(line);
    if (found == call.script.programs.end()) return BERTH_STATUS_NOT_FOUND;
    *exit_status = found->second.status;
    RunningCall::write(out, found->second.out);
    RunningCall::write(err, found->second.err);
    return call.succeed();
  });
}

inline HttpRequest http_request(const berth_http_request& from) {
  HttpRequest request{copy(from.method), copy(from.url)};
  for (size_t i = 0; i < from.header_count; ++i)
    request.headers.emplace_back(copy(from.headers[i].name), copy(from.headers[i].value));
  request.body = copy(from.body);
  request.timeout_ms = from.timeout_ms;
  request.repeatable = from.repeatable != 0;
  return request;
}

// Why the request is not sent: a missing permission, or a header that the host sets.
inline std::int32_t check_request(RunningCall& call, const HttpRequest& request,
                                  const berth_sink* error) {
  const std::string origin = origin_of(request.url);
  const std::string host = origin.substr(origin.find("://") + 3);
  if (!call.permissions.request(request.url))
    return call.deny("connect to " + origin,
                     "http:" + (origin[4] == 's' ? host.substr(0, host.rfind(":443")) : origin),
                     error);
  if ((request.body.find(BERTH_USERNAME_PLACEHOLDER) != std::string::npos ||
       request.body.find(BERTH_PASSWORD_PLACEHOLDER) != std::string::npos) &&
      !call.permissions.credentials(request.url))
    return call.deny("send the container registry's credentials to " + origin,
                     "credentials:" + host.substr(0, host.rfind(":443")), error);
  for (const auto& header : request.headers)
    for (const char* reserved :
         {"host", "content-length", "transfer-encoding", "connection", "expect"})
      if (RegistryError{"", header.first, ""}.message_contains(reserved) &&
          header.first.size() == std::string_view(reserved).size())
        return over_limit(call, "header " + header.first + " is set by the host", error);
  return BERTH_STATUS_OK;
}

inline void respond(RunningCall& call, const HttpRequest& request, size_t index,
                    const berth_http_sink* sink) {
  call.script.sent.push_back(request);
  const HttpResponse* found = call.script.http.next(request.method + " " + request.url);
  const HttpResponse missing{0, {}, {}, "not scripted"};
  if (found == nullptr)
    call.problem("the test scripts no response to " + request.method + " " + request.url);
  const HttpResponse& from = found != nullptr ? *found : missing;
  std::vector<berth_http_header> headers;
  for (const auto& header : from.headers)
    headers.push_back({view(header.first), view(header.second)});
  berth_http_response response{};
  response.size = sizeof response;
  response.status = from.status;
  response.index = index;
  response.headers = headers.data();
  response.header_count = headers.size();
  response.body = view(from.body);
  response.error = view(from.error);
  sink->take(sink->context, &response);
}

inline std::int32_t send_http(void* context, const berth_http_request* requests,
                              size_t request_count, size_t request_size,
                              const berth_http_sink* responses, const berth_sink* error) noexcept {
  return with_call(context, error, [&](RunningCall& call) -> std::int32_t {
    if (request_count > 16) return over_limit(call, "a batch has at most 16 requests", error);
    std::vector<HttpRequest> batch;
    for (size_t i = 0; i < request_count; ++i)
      batch.push_back(http_request(berth::detail::element(requests, request_size, i)));
    for (const auto& request : batch) {
      const std::int32_t checked = check_request(call, request, error);
      if (checked != BERTH_STATUS_OK) return checked;
    }
    for (size_t i = 0; i < batch.size(); ++i) respond(call, batch[i], i, responses);
    return call.succeed();
  });
}

}  // namespace detail
}  // namespace testing
}  // namespace berth
