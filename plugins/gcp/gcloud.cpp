#include "gcp/gcloud.hpp"

#include "common/text.hpp"
#include "common/time.hpp"

namespace berth::gcp {
namespace {

constexpr const char* kSource = "gcloud config config-helper";
constexpr const char* kFix = "gcloud auth login";
constexpr std::size_t kMaxShownLine = 200;

// The line that begins with "ERROR: (gcloud.config.config-helper) ", without that; else the first
// line.
std::string error_line(const std::string& err) {
  const auto lines = common::split(common::trimmed(err), '\n');
  std::string line = lines.front();
  for (const auto& one : lines)
    if (common::starts_with(one, "ERROR:")) line = one;
  const auto end_of_prefix = line.find(") ");
  if (common::starts_with(line, "ERROR: (") && end_of_prefix != std::string::npos)
    line.erase(0, end_of_prefix + 2);
  return line.substr(0, kMaxShownLine);
}

// gcloud's message if no account is active.
bool is_without_account(const std::string& err) {
  return err.find("do not currently have an active account") != std::string::npos;
}

}  // namespace

TokenAnswer gcloud_token(common::HostApi& host_api, bool renew, std::string& absent) {
  std::vector<std::string> command{"gcloud", "config", "config-helper"};
  if (renew) command.emplace_back("--force-auth-refresh");
  command.emplace_back("--format=json(credential)");
  const common::Output output = host_api.run(command);
  if (output.is_missing || (output.status > 0 && is_without_account(output.err))) {
    absent = output.is_missing ? "not installed" : "no account is active";
    return {};
  }
  if (!output.problem.empty()) return broken(std::string(kSource) + ": " + output.problem, kFix);
  if (output.status != 0) {
    const std::string error = error_line(output.err);
    return broken(std::string(kSource) + " exited with status " + std::to_string(output.status) +
                      (error.empty() ? "" : ": " + error),
                  kFix);
  }
  const auto json = Json::parse(output.out);
  const Json* credential = json ? json->find("credential") : nullptr;
  const auto token = credential != nullptr ? credential->string("access_token") : std::nullopt;
  if (!token) return broken(std::string(kSource) + " printed no access_token", kFix);
  const auto expires = common::parse_time(credential->string("token_expiry").value_or(""));
  return {AccessToken{*token, expires.value_or(0), "gcloud", {}}, {}};
}

}  // namespace berth::gcp
