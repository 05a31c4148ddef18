// Internal to testing.hpp: one running function of the flavor, as berth_call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <berth/container_registry.hpp>
#include <berth/testing/fake_metadata.hpp>
#include <berth/testing/fake_permissions.hpp>
#include <berth/testing/script.hpp>

namespace berth {
namespace testing {
namespace detail {

using berth::detail::copy;
using berth::detail::view;

// Returns berth_call for a RunningCall. Defined in call_functions.hpp.
berth_call call_functions(void* context);

class RunningCall {
 public:
  // What the function may do.
  struct Rights {
    bool findings = false;
    bool registry = false;
    bool push = false;
  };

  // References must outlive this object.
  RunningCall(Script& from, const Metadata& metadata, Rights rights, Outcome& outcome)
      : script(from),
        plugin(metadata),
        permissions(metadata.permissions, from.environment, from.files, from.settings, from.uri),
        result(outcome),
        rights_(rights),
        call_(call_functions(this)) {}
  RunningCall(const RunningCall&) = delete;
  RunningCall& operator=(const RunningCall&) = delete;

  static RunningCall& of(void* context) { return *static_cast<RunningCall*>(context); }
  const berth_call* call() const { return &call_; }
  const Rights& rights() const { return rights_; }
  // Called once the function has returned: from then on, every call is refused.
  void end(std::int32_t status) {
    active_ = false;
    if (status == BERTH_STATUS_OK) return;
    result.fix = fix;
    if (cause > 0 && cause <= errors_.size()) result.code = errors_[cause - 1].code;
  }

  // Whether the host may be called: on its thread, until the function returns.
  bool is_allowed() const { return active_ && std::this_thread::get_id() == thread_; }
  void count() {
    if (++calls_ > 1000) problem("more than 1,000 calls of the host in one function");
  }

  void problem(const std::string& text) {
    for (const auto& known : result.problems)
      if (known == text) return;
    result.problems.push_back(text);
  }

  // The first step of each service: BERTH_STATUS_OK if the call may continue.
  std::int32_t begin(const berth_sink* error) {
    if (!is_allowed()) {
      write(error, "services may be called only on the main thread, until the function returns");
      return BERTH_STATUS_REFUSED;
    }
    count();
    return script.cancelled ? BERTH_STATUS_CANCELLED : BERTH_STATUS_OK;
  }

  std::int32_t fail(std::int32_t status, RegistryFault fault, const berth_sink* error) {
    write(error, fault.message);
    errors_.push_back(std::move(fault));
    failed_ = true;
    return status;
  }

  // Fails for a request without permission; `permission` is the entry to add.
  std::int32_t deny(const std::string& what, const std::string& permission,
                    const berth_sink* error) {
    const std::string text = "flavor " + plugin.flavor + " is not allowed to " + what + "; add \"" +
                             permission + "\" to PERMISSIONS";
    result.denied.push_back(text);
    return fail(BERTH_STATUS_REFUSED, {"flavor.denied", text, "", false}, error);
  }

  static void write(const berth_sink* sink, std::string_view text) {
    berth::detail::write(sink, text);
  }

  // Returns the error of the last call; nullptr if it succeeded.
  const berth_error* last_error() {
    if (!failed_) return nullptr;
    const RegistryFault& last = errors_.back();
    error_ = {};
    error_.size = sizeof error_;
    error_.id = errors_.size();
    error_.code = view(last.code);
    error_.registry_message = view(last.registry_message);
    return &error_;
  }

  // Succeeds; forgets the error of the call before.
  std::int32_t succeed() {
    failed_ = false;
    return BERTH_STATUS_OK;
  }

  Script& script;
  const Metadata& plugin;
  const Permissions permissions;
  Outcome& result;
  int pushes = 0;
  std::string fix{};           // set_fix
  std::uint64_t cause = 0;     // set_cause
  std::string image_digest{};  // what push() returns
  std::string pushed{};        // what it returned

 private:
  Rights rights_;
  berth_call call_;
  berth_error error_{};
  std::thread::id thread_ = std::this_thread::get_id();
  bool active_ = true;
  bool failed_ = false;
  int calls_ = 0;
  std::vector<RegistryFault> errors_;
};

}  // namespace detail
}  // namespace testing
}  // namespace berth
