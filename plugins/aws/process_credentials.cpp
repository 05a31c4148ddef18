#include "aws/process_credentials.hpp"

#include <berth/json.hpp>

#include "cloud/text.hpp"
#include "cloud/time.hpp"

namespace berth::aws {
namespace {

KeysAnswer keys_printed_by(cloud::Machine& machine, const std::vector<std::string>& command,
                           const std::string& source) {
  const cloud::Output output = machine.run(command);
  if (!output.problem.empty()) return {std::nullopt, source + ": " + output.problem};
  if (output.status != 0)
    return {std::nullopt, source + ": " + command.front() + " ended with status " + std::to_string(output.status)};
  const auto json = Json::parse(output.out);
  if (!json || !json->is_object()) return {std::nullopt, source + ": " + command.front() + " did not print JSON"};
  if (json->number("Version").value_or(0) != 1) return {std::nullopt, source + ": it printed a Version that is not 1"};
  const auto id = json->string("AccessKeyId");
  const auto secret = json->string("SecretAccessKey");
  if (!id || !secret) return {std::nullopt, source + ": it printed no AccessKeyId or no SecretAccessKey"};
  Keys keys{*id, *secret, json->string("SessionToken").value_or(""), 0, source};
  if (const auto expires = json->string("Expiration")) {
    const auto time = cloud::parse_time(*expires);
    if (!time) return {std::nullopt, source + ": it printed an Expiration that is no time"};
    if (*time <= machine.now()) return {std::nullopt, source + ": it printed keys that have expired"};
    keys.expires = *time;
  }
  return {std::move(keys), {}};
}

}  // namespace

KeysAnswer process_keys(cloud::Machine& machine, const std::string& command, const std::string& place) {
  const auto words = cloud::words(command);
  if (words.empty()) return {std::nullopt, place + ": credential_process is no command line"};
  return keys_printed_by(machine, words, "credential_process of " + place);
}

KeysAnswer exported_keys(cloud::Machine& machine, const std::string& profile, const std::string& because) {
  auto answer =
      keys_printed_by(machine, {"aws", "configure", "export-credentials", "--profile", profile, "--format", "process"},
                      "aws configure export-credentials --profile " + profile);
  if (!answer.keys) answer.problem = because + "; " + answer.problem;
  return answer;
}

}  // namespace berth::aws
