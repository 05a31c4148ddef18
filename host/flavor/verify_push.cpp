#include "flavor/verify_push.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/escape.hpp"
#include "flavor/plugin_errors.hpp"

namespace berth::flavor {

base::Result<void> verify_push(
    const std::string& path, CallHandler& services,
    const channel::Outcome<channel::PushImage::Response, channel::PluginError>& outcome,
    const base::Cancellation& cancellation) {
  const auto* pushed = std::get_if<0>(&outcome);
  const auto* error = std::get_if<1>(&outcome);
  if (!services.violation().empty()) return contract_violation(path, services.violation());
  if (services.pushes() > 1) return contract_violation(path, "it called push() twice");
  if (services.failure()) return std::move(*services.failure());
  if (cancellation.requested() && !services.report()) return cancellation.error();
  if (services.has_error()) {
    if (services.report())
      return contract_violation(
          path, "it reported a finding of severity error after the image was pushed");
    if (pushed != nullptr && !pushed->digest.empty())
      return contract_violation(path, "it reported success after a finding of severity error");
    return {};
  }
  if (error != nullptr) {
    auto original = services.original_error(error->host_error);
    return original ? std::move(*original) : failed_call(path, channel::PushImage::kInfo, *error);
  }
  if (!services.report())
    return contract_violation(path, "it reported success, but nothing was pushed");
  if (pushed->digest != services.report()->digest.str())
    return contract_violation(
        path, fmt::format("it reported {}, but {} was pushed", base::quote(pushed->digest, 100),
                          services.report()->digest.str()));
  return {};
}

}  // namespace berth::flavor
