// Programs of the user who runs berth. Permission "exec:acme-login" or
// "exec:{credential_process in ~/.acme/config}". ABI: abi.h, "exec/1".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <berth/container_registry.hpp>
#include <berth/detail/sdk_version.hpp>
#include <berth/detail/service.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {

struct ProgramResult {
  std::int32_t status = 0;  // exit status, or 128 plus the number of the signal that killed it
  std::string out;
  std::string err;
};

// Runs a program without a shell and waits for it. argv[0] is a path or is searched in PATH.
// std::nullopt if the program is missing. Throws Failure without the permission, and after 30 s or
// 1 MiB of output: the program is killed together with all its child processes.
inline std::optional<ProgramResult> run_program(const CallContext& call,
                                                const std::vector<std::string>& argv,
                                                const std::string& input = {}) {
  const detail::Service<berth_exec_1> service(call, BERTH_EXEC_1);
  std::vector<berth_string> arguments;
  for (const auto& argument : argv) arguments.push_back(detail::view(argument));
  ProgramResult result;
  const detail::StringSink out;
  const detail::StringSink err;
  const detail::StringSink error;
  const auto status =
      service->run(service.context(), arguments.data(), arguments.size(), detail::view(input),
                   &result.status, out.sink(), err.sink(), error.sink());
  if (!service.found(status, error)) return std::nullopt;
  result.out = out.str();
  result.err = err.str();
  return result;
}

}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
