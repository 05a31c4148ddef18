#include "gcp/token_chain.hpp"

#include "gcp/credential_file.hpp"
#include "gcp/gcloud.hpp"
#include "gcp/metadata_server.hpp"

namespace berth::gcp {
namespace {

constexpr const char* kVariable = "GOOGLE_APPLICATION_CREDENTIALS";
constexpr std::size_t kMaxPath = 4096;  // PATH_MAX

// CI systems offer secrets as variables and as files; the variable is often set to the credentials
// themselves, as JSON or base64 of it. Such a value is never shown.
bool is_path(const std::string& value) {
  const bool is_base64_of_json = value.size() > 200 && value.compare(0, 2, "ew") == 0;
  return value.size() < kMaxPath && !is_base64_of_json &&
         value.find_first_of("{\n") == std::string::npos;
}

TokenAnswer token_of_existing_file(common::HostApi& host_api, const common::File& file,
                                   const CredentialFile& about) {
  if (!file.problem.empty()) return broken(about.name + ": " + file.problem, about.fix);
  return token_of_file(host_api, file.text, about);
}

TokenAnswer token_of_variable(common::HostApi& host_api, const std::string& value) {
  const std::string variable = kVariable;
  if (!is_path(value))
    return broken(variable + " contains credentials, not the path of a file",
                  "write them to a file, and set " + variable + " to its path");
  const std::string fix = "set " + variable + " to a file of credentials, or: unset " + variable;
  const common::File file = host_api.file(value);
  if (!file.found) return broken(variable + " is " + value + ", which does not exist", fix);
  return token_of_existing_file(host_api, file, {value + " (" + variable + ")", fix});
}

}  // namespace

TokenAnswer find_token(common::HostApi& host_api, bool renew, std::vector<std::string>& tried) {
  if (const auto value = host_api.environment_variable(kVariable))
    return token_of_variable(host_api, *value);
  tried.push_back(std::string(kVariable) + ": not set");
  const auto directory = host_api.environment_variable("CLOUDSDK_CONFIG");
  const std::string path =
      directory.value_or("~/.config/gcloud") + "/application_default_credentials.json";
  if (const common::File file = host_api.file(path); file.found)
    return token_of_existing_file(
        host_api, file,
        {path + (directory ? " (CLOUDSDK_CONFIG)" : ""), "gcloud auth application-default login"});
  tried.push_back(path + ": not found");
  std::string absent;
  TokenAnswer answer = metadata_token(host_api, absent);
  if (answer.token || answer.problem) return answer;
  tried.push_back("metadata server: " + absent);
  answer = gcloud_token(host_api, renew, absent);
  if (!answer.token && !answer.problem) tried.push_back("gcloud: " + absent);
  return answer;
}

}  // namespace berth::gcp
