#include "gcp/token_chain.hpp"

#include "gcp/credential_file.hpp"
#include "gcp/gcloud.hpp"
#include "gcp/metadata_server.hpp"

namespace berth::gcp {
namespace {

// Of a file that is there.
TokenAnswer token_of_read_file(cloud::Machine& machine, const cloud::File& file, const std::string& place) {
  if (!file.problem.empty()) return broken(place + ": " + file.problem);
  return token_of_file(machine, file.text, place);
}

}  // namespace

TokenAnswer find_token(cloud::Machine& machine, bool renew, std::vector<std::string>& tried) {
  if (const auto path = machine.variable("GOOGLE_APPLICATION_CREDENTIALS")) {
    const cloud::File file = machine.file(*path);
    if (!file.found) return broken("GOOGLE_APPLICATION_CREDENTIALS names " + *path + ", which is not there");
    return token_of_read_file(machine, file, *path);
  }
  tried.emplace_back("GOOGLE_APPLICATION_CREDENTIALS: not set");
  const std::string path =
      machine.variable("CLOUDSDK_CONFIG").value_or("~/.config/gcloud") + "/application_default_credentials.json";
  if (const cloud::File file = machine.file(path); file.found) return token_of_read_file(machine, file, path);
  tried.push_back(path + ": not there");
  std::string why_not;
  TokenAnswer answer = metadata_token(machine, why_not);
  if (answer.token || answer.problem) return answer;
  tried.push_back("metadata server: " + why_not);
  answer = gcloud_token(machine, renew, why_not);
  if (!answer.token && !answer.problem) tried.push_back("gcloud: " + why_not);
  return answer;
}

}  // namespace berth::gcp
