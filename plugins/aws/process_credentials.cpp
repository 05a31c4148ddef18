#include "aws/process_credentials.hpp"

#include <berth/json.hpp>

#include "common/text.hpp"
#include "common/time.hpp"

namespace berth::aws {
namespace {

KeysAnswer keys_in(const std::string& printed, const std::string& source, std::int64_t now) {
  const auto json = Json::parse(printed);
  if (!json || !json->is_object()) return {std::nullopt, source + " did not print JSON"};
  if (json->number("Version").value_or(0) != 1)
    return {std::nullopt, source + " printed a Version that is not 1"};
  const std::string id = json->string("AccessKeyId").value_or("");
  const std::string secret = json->string("SecretAccessKey").value_or("");
  if (id.empty() || secret.empty())
    return {std::nullopt,
            source + " printed no " + (id.empty() ? "AccessKeyId" : "SecretAccessKey")};
  Keys keys{id, secret, json->string("SessionToken").value_or(""), 0, source};
  const Json* expiration = json->find("Expiration");
  if (expiration != nullptr && expiration->kind() != Json::Kind::null) {
    const auto time = common::parse_time(expiration->text());
    if (!time) return {std::nullopt, source + " printed an Expiration that is not a time"};
    if (*time <= now)
      return {std::nullopt,
              source + " printed keys that expired at " + common::extended_time(*time)};
    keys.expires = *time;
  }
  return {std::move(keys), {}};
}

KeysAnswer keys_printed_by(common::HostApi& host_api, const std::vector<std::string>& command,
                           const std::string& source) {
  const common::Output output = host_api.run(command);
  if (!output.problem.empty()) return {std::nullopt, source + ": " + output.problem};
  if (output.status != 0)
    return {std::nullopt, source + ": " + common::failed_program(command.front(), output)};
  return keys_in(output.out, source, host_api.now());
}

}  // namespace

KeysAnswer process_keys(common::HostApi& host_api, const std::string& command,
                        const std::string& source) {
  const auto arguments = common::split_command_line(command);
  if (arguments.empty())
    return {std::nullopt,
            source + ": credential_process " + (command.empty() ? "is empty" : "has an open quote"),
            "correct credential_process in " + source};
  KeysAnswer answer = keys_printed_by(host_api, arguments, "credential_process of " + source);
  // Its arguments may be secrets, so that the command is not shown.
  if (!answer.keys)
    answer.fix = "run the credential_process of " + source + " to see why, or correct it";
  return answer;
}

KeysAnswer exported_keys(common::HostApi& host_api, const std::string& profile,
                         const std::string& why, const std::string& fix) {
  auto answer = keys_printed_by(
      host_api,
      {"aws", "configure", "export-credentials", "--profile", profile, "--format", "process"},
      "aws configure export-credentials --profile " + profile);
  if (answer.keys) return answer;
  answer.problem = why + "; " + answer.problem;
  answer.fix = fix;
  return answer;
}

}  // namespace berth::aws
