#include "gcp/metadata_server.hpp"

#include "cloud/text.hpp"

namespace berth::gcp {
namespace {

constexpr const char* kAddress = "169.254.169.254";

// Whoever has no such field is another machine that happens to be there.
bool is_metadata_server(const cloud::Response& response) { return response.header("metadata-flavor") == "Google"; }

bool is_email(const std::string& text) {
  return text.find('@') != std::string::npos &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@.-_+") ==
             std::string::npos;
}

}  // namespace

TokenAnswer metadata_token(cloud::Machine& machine, std::string& why_not) {
  if (cloud::lower(machine.variable("NO_GCE_CHECK").value_or("")) == "true") {
    why_not = "NO_GCE_CHECK is true";
    return {};
  }
  const std::string accounts = "http://" + machine.variable("GCE_METADATA_HOST").value_or(kAddress) +
                               "/computeMetadata/v1/instance/service-accounts/";
  const std::vector<std::pair<std::string, std::string>> headers{{"Metadata-Flavor", "Google"}};
  const auto about =
      machine.send_one({"GET", accounts + "default/?recursive=true", headers, {}, cloud::kMetadataTimeout});
  if (about.status == 0 || !is_metadata_server(about)) {
    why_not = about.status == 0 ? about.problem : "what answers there is another machine";
    return {};
  }
  const auto json = about.ok() ? Json::parse(about.body) : std::nullopt;
  const std::string email = json ? json->string("email").value_or("") : "";
  if (!is_email(email)) {
    why_not = "this machine has no service account";
    return {};
  }
  const auto token = machine.send_one({"GET", accounts + email + "/token", headers, {}});
  return token_in(machine, token, {"service account " + email + " of this machine", "serviceAccount:" + email});
}

}  // namespace berth::gcp
