// Programs of the person who runs berth, as far as PERMISSIONS names them ("exec:acme-login",
// "exec:{credential_process in ~/.acme/config}"). A Failure where it does not, and for one that reaches a limit (30 s,
// 1 MiB of output) and is killed with every process that it started. Facts of the boundary: abi.h, "exec/1".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <berth/container_registry.hpp>
#include <berth/detail/tool.hpp>

namespace berth {

struct ProgramResult {
  std::int32_t status = 0;  // exit status, or 128 + the signal that ended it
  std::string out;
  std::string err;
};

// Without a shell; nothing: there is no such program. argv[0] is a path, or found in PATH.
inline std::optional<ProgramResult> run_program(const Call& call, const std::vector<std::string>& argv,
                                                const std::string& input = {}) {
  const detail::Tool<berth_exec_1> tool(call, BERTH_EXEC_1);
  std::vector<berth_string> words;
  for (const auto& word : argv) words.push_back(detail::view(word));
  ProgramResult result;
  const detail::Text out;
  const detail::Text err;
  const detail::Text why;
  const auto status = tool->run(tool.context(), words.data(), words.size(), detail::view(input), &result.status,
                                out.sink(), err.sink(), why.sink());
  if (!detail::found(status, why)) return std::nullopt;
  result.out = out.str();
  result.err = err.str();
  return result;
}

}  // namespace berth
