#include "platform/linux/system_call_filter.hpp"

#include <linux/audit.h>
#include <linux/seccomp.h>

#include <cerrno>
#include <cstddef>

namespace berth::platform {
namespace {

constexpr unsigned kEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr unsigned kAtLeast = BPF_JMP | BPF_JGE | BPF_K;
constexpr std::uint32_t kX32Bit = 0x40000000;

using Program = std::vector<sock_filter>;

sock_filter statement(unsigned code, std::uint32_t value) {
  return {static_cast<std::uint16_t>(code), 0, 0, value};
}

sock_filter jump(unsigned code, std::uint32_t value, std::size_t if_true, std::size_t if_false) {
  return {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(if_true),
          static_cast<std::uint8_t>(if_false), value};
}

sock_filter load(std::size_t offset) {
  return statement(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}
// The low half of a 64-bit argument comes first: both architectures are little-endian.
sock_filter load_argument(unsigned index) {
  return load(offsetof(seccomp_data, args) + index * sizeof(std::uint64_t));
}
sock_filter load_high_half(unsigned index) {
  return load(offsetof(seccomp_data, args) + index * sizeof(std::uint64_t) + sizeof(std::uint32_t));
}
sock_filter finish(std::uint32_t action) { return statement(BPF_RET | BPF_K, action); }
sock_filter refuse(int error) {
  return finish(SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error));
}

std::uint32_t number_of(const CallRule& rule, Architecture architecture) {
  return architecture == Architecture::x86_64 ? rule.x86_64 : rule.arm64;
}

bool is_in_force(const CallRule& rule, FilterStage stage) {
  return !rule.only_loading || stage == FilterStage::loading;
}

// Appends a test: continues after it if the condition holds, otherwise returns `error`.
void append_test(Program& program, const ArgumentTest& test, std::uint32_t process, int error) {
  using Kind = ArgumentTest::Kind;
  if (test.kind == Kind::unused) return;
  program.push_back(load_argument(test.index));
  switch (test.kind) {
    case Kind::bits:
      program.push_back(statement(BPF_ALU | BPF_AND | BPF_K, test.mask));
      program.push_back(jump(kEqual, test.value, 1, 0));
      break;
    case Kind::one_of:
      for (std::size_t i = 0; i < test.count; ++i)
        program.push_back(jump(kEqual, test.values[i], test.count - i, 0));
      break;
    case Kind::zero:
      program.push_back(jump(kEqual, 0, 0, 2));
      program.push_back(load_high_half(test.index));
      program.push_back(jump(kEqual, 0, 1, 0));
      break;
    case Kind::same_process:
      program.push_back(jump(kEqual, process, 1, 0));
      break;
    case Kind::unused:
      return;
  }
  program.push_back(refuse(error));
}

void append_rule(Program& program, const CallRule& rule, const FilterOptions& options) {
  Program body;
  append_test(body, rule.first, options.process, rule.refusal);
  append_test(body, rule.second, options.process, rule.refusal);
  body.push_back(
      finish(rule.clones && options.threads_notify ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW));
  program.push_back(jump(kEqual, number_of(rule, options.architecture), 0, body.size()));
  program.insert(program.end(), body.begin(), body.end());
}

void append_interface_check(Program& program, Architecture architecture) {
  const bool x86 = architecture == Architecture::x86_64;
  program.push_back(load(offsetof(seccomp_data, arch)));
  program.push_back(jump(kEqual, x86 ? AUDIT_ARCH_X86_64 : AUDIT_ARCH_AARCH64, 1, 0));
  program.push_back(finish(SECCOMP_RET_KILL_PROCESS));
  program.push_back(load(offsetof(seccomp_data, nr)));
  if (!x86) return;
  program.push_back(jump(kAtLeast, kX32Bit, 0, 1));
  program.push_back(finish(SECCOMP_RET_KILL_PROCESS));
}

void append_refusals(Program& program, Architecture architecture) {
  program.push_back(jump(kEqual, ioctl_number(architecture), 0, 1));
  program.push_back(refuse(ENOTTY));
  for (const auto number : calls_with_fallback()) {
    program.push_back(jump(kEqual, number, 0, 1));
    program.push_back(refuse(ENOSYS));
  }
  const auto gap = unused_calls(architecture);
  program.push_back(jump(kAtLeast, gap.first, 0, 2));
  program.push_back(jump(kAtLeast, gap.last + 1, 1, 0));
  program.push_back(refuse(ENOSYS));
  program.push_back(jump(kAtLeast, kLastKnownCall + 1, 0, 1));
  program.push_back(refuse(ENOSYS));
  program.push_back(refuse(EPERM));
}

}  // namespace

Program build_filter(const FilterOptions& options) {
  Program program;
  append_interface_check(program, options.architecture);
  for (const auto& rule : call_rules()) {
    if (number_of(rule, options.architecture) == kNone || !is_in_force(rule, options.stage))
      continue;
    if (rule.opens && options.stage == FilterStage::running && !options.may_open) continue;
    append_rule(program, rule, options);
  }
  append_refusals(program, options.architecture);
  return program;
}

AllowedCall find_allowed_call(Architecture architecture, FilterStage stage, std::uint32_t number) {
  for (const auto& rule : call_rules())
    if (number_of(rule, architecture) == number && number != kNone && is_in_force(rule, stage))
      return {rule.name, rule.reason};
  return {};
}

}  // namespace berth::platform
