#include "flavor/system_services.hpp"

#include <string>
#include <string_view>

#include "base/run_program.hpp"
#include "channel/protocol.hpp"
#include "channel/service_calls.hpp"
#include "oci/crypto_functions.hpp"

namespace berth::flavor {
namespace {

using base::Result;
using channel::Bytes;
using channel::RunProgram;

// Names, paths and arguments are any bytes but zero, where the system would end them.
Result<void> check_no_zero_byte(std::string_view what, const std::string& value) {
  if (value.find('\0') == std::string::npos) return {};
  return base::Error(base::ErrorClass::plugin, "plugin.question",
                     std::string(what) + " contains a zero byte");
}

// Handles the calls of channel::SystemCalls: one function each.
struct SystemHandler {
  const PermissionPolicy& permits;
  const HttpService& http;
  const base::Cancellation& cancellation;
  const CurrentCredential& current;

  Result<std::optional<Bytes>> operator()(const channel::GetVariable::Request& request) const {
    BERTH_CHECK(check_no_zero_byte("the name", request.name));
    BERTH_CHECK(permits.read_variable(request.name));
    auto value = permits.variable(request.name);
    return value ? std::optional(Bytes{std::move(*value)}) : std::nullopt;
  }

  Result<std::optional<Bytes>> operator()(const channel::ReadFile::Request& request) const {
    BERTH_CHECK(check_no_zero_byte("the path", request.path));
    BERTH_TRY(auto content, permits.read_file(request.path));
    return content ? std::optional(Bytes{std::move(*content)}) : std::nullopt;
  }

  Result<std::optional<RunProgram::Response>> operator()(const RunProgram::Request& request) const {
    for (const auto& argument : request.argv)
      BERTH_CHECK(check_no_zero_byte("an argument", argument));
    BERTH_CHECK(permits.run(request.argv));
    auto ended = base::run_program(request.argv, request.input, {}, cancellation);
    if (!ended && ended.error().code() == "program.missing")
      return std::optional<RunProgram::Response>();
    if (!ended) return std::move(ended).error();
    return std::optional(
        RunProgram::Response{ended->status, std::move(ended->out), std::move(ended->err)});
  }

  Result<channel::SendHttp::Response> operator()(const channel::SendHttp::Request& request) const {
    return http.send(request, current);
  }

  Result<Bytes> operator()(const channel::Sha256::Request& request) const {
    return Bytes{oci::sha256(request.data)};
  }

  Result<Bytes> operator()(const channel::HmacSha256::Request& request) const {
    return Bytes{oci::hmac_sha256(request.key.reveal(), request.data)};
  }

  Result<Bytes> operator()(const channel::SignRs256::Request& request) const {
    BERTH_TRY(auto signature, oci::sign_rs256(request.pem.reveal(), request.data));
    return Bytes{std::move(signature)};
  }
};

}  // namespace

Result<std::optional<base::Json>> SystemServices::handle(std::string_view method,
                                                         const base::Json& params,
                                                         const CurrentCredential& current) const {
  return channel::serve<channel::SystemCalls>(
      method, params, SystemHandler{permits_, http_, cancellation_, current});
}

}  // namespace berth::flavor
