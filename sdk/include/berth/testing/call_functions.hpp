// Internal to testing.hpp: the functions of berth_call on a RunningCall.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <berth/testing/running_call.hpp>
#include <berth/testing/service_tables.hpp>

namespace berth {
namespace testing {
namespace detail {

// A text for people is truncated.
inline std::string cut(berth_string text) { return copy(text).substr(0, 4096); }

inline void log(void* context, berth_string text) noexcept {
  RunningCall& call = RunningCall::of(context);
  if (!call.is_allowed()) return;
  call.count();
  call.result.log.push_back(cut(text));
}

inline std::int64_t now(void* context) noexcept {
  if (const auto& scripted = RunningCall::of(context).script.now) return *scripted;
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

inline std::int32_t cancelled(void* context) noexcept {
  RunningCall& call = RunningCall::of(context);
  if (!call.is_allowed()) return 0;
  call.count();
  return call.script.cancelled ? 1 : 0;
}

inline Severity severity_of(std::int32_t severity) {
  if (severity == BERTH_SEVERITY_INFO) return berth::info;
  return severity == BERTH_SEVERITY_WARNING ? berth::warning : berth::error;
}

inline void report(void* context, const berth_finding* finding) noexcept {
  RunningCall& call = RunningCall::of(context);
  if (!call.is_allowed())
    return call.problem("it reported a finding on another thread, or after it returned");
  if (!call.rights().findings)
    return call.problem("it reported a finding in a function that accepts none");
  if (finding == nullptr || !BERTH_HAS(finding, fix))
    return call.problem("the size of its finding is too small");
  call.count();
  const std::string code = cut(finding->code);
  if (!is_code_of(code, call.plugin.flavor))
    call.problem("the code of a finding must be " + call.plugin.flavor +
                 ".NAME, in lower case: " + code);
  call.result.findings.push_back(
      {severity_of(finding->severity), code, cut(finding->message), cut(finding->fix)});
}

inline const void* query(void* context, berth_string id) noexcept {
  const RunningCall& call = RunningCall::of(context);
  const std::string_view wanted(id.data, id.size);
  if (!call.is_allowed()) return nullptr;
  if (wanted == BERTH_REGISTRY_1 && (!call.rights().registry || call.script.offline))
    return nullptr;
  if (wanted == BERTH_PUSH_1 && !call.rights().push) return nullptr;
  return find_service(wanted);
}

inline void set_fix(void* context, berth_string fix) noexcept {
  RunningCall::of(context).fix = cut(fix);
}

inline const berth_error* last_error(void* context) noexcept {
  return RunningCall::of(context).last_error();
}

inline void set_cause(void* context, std::uint64_t id) noexcept {
  RunningCall::of(context).cause = id;
}

inline berth_call call_functions(void* context) {
  berth_call call{};
  call.size = sizeof call;
  call.context = context;
  call.log = &log;
  call.now = &now;
  call.cancelled = &cancelled;
  call.report = &report;
  call.query = &query;
  call.set_fix = &set_fix;
  call.last_error = &last_error;
  call.set_cause = &set_cause;
  return call;
}

}  // namespace detail
}  // namespace testing
}  // namespace berth
