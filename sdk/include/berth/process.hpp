// Programs of the person who runs berth, as far as PERMISSIONS names them ("exec:acme-login",
// "exec:{credential_process in ~/.acme/config}"). A Failure where it does not, and for one that reaches a limit (30 s,
// 1 MiB of output) and is killed with every process that it started. Facts of the boundary: abi.h, "exec/1".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <berth/container_registry.hpp>
#include <berth/detail/service.hpp>

namespace berth {

struct ProgramResult {
  std::int32_t status = 0;  // exit status, or 128 + the signal that ended it
  std::string out;
  std::string err;
};

// Without a shell; nothing: there is no such program. argv[0] is a path, or found in PATH.
inline std::optional<ProgramResult> run_program(const CallContext& call, const std::vector<std::string>& argv,
                                                const std::string& input = {}) {
  const detail::Service<berth_exec_1> service(call, BERTH_EXEC_1);
  std::vector<berth_string> words;
  for (const auto& word : argv) words.push_back(detail::view(word));
  ProgramResult result;
  const detail::StringSink out;
  const detail::StringSink err;
  const detail::StringSink error;
  const auto status = service->run(service.context(), words.data(), words.size(), detail::view(input), &result.status,
                                   out.sink(), err.sink(), error.sink());
  if (!detail::found(status, error)) return std::nullopt;
  result.out = out.str();
  result.err = err.str();
  return result;
}

}  // namespace berth
