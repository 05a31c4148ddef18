#include "gcp/external_identity.hpp"

#include "common/text.hpp"
#include "gcp/aws_identity.hpp"

namespace berth::gcp {
namespace {

constexpr const char* kAllowExecutables = "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES";

// The token in `text`, of the form that the member `format` has.
SubjectToken token_in_text(const Json& source, const std::string& text, const std::string& from) {
  const Json* format = source.find("format");
  if (format == nullptr || format->string("type").value_or("text") == "text") {
    const std::string token(common::trimmed(text));
    return token.empty() ? SubjectToken{{}, from + " is empty"} : SubjectToken{token};
  }
  if (*format->string("type") != "json")
    return {{}, from + ": format " + *format->string("type") + " is not supported"};
  const std::string field = format->string("subject_token_field_name").value_or("");
  const auto json = Json::parse(text);
  const auto token = json ? json->string(field) : std::nullopt;
  if (!token) return {{}, from + " is not JSON with a member " + field};
  return {*token};
}

SubjectToken token_of_subject_file(common::HostApi& host_api, const Json& source,
                                   const std::string& place) {
  const std::string path = *source.string("file");
  const common::File file = host_api.file(path);
  if (!file.problem.empty()) return {{}, place + " names " + path + ": " + file.problem};
  if (!file.found) return {{}, place + " names " + path + ", which does not exist"};
  return token_in_text(source, file.text, path);
}

SubjectToken token_of_url(common::HostApi& host_api, const Json& source, const std::string& place) {
  common::Request request{"GET", *source.string("url"), {{"Accept", "application/json"}}, {}};
  if (const Json* headers = source.find("headers"))
    for (const auto& name : headers->names())
      request.headers.emplace_back(name, headers->string(name).value_or(""));
  const auto response = host_api.send_one(request);
  const std::string from = common::host_of_url(request.url) + ", which " + place + " names,";
  if (!response.ok())
    return {{},
            from + (response.status == 0
                        ? " did not respond: " + response.problem
                        : " responded with status " + std::to_string(response.status))};
  return token_in_text(source, response.body, "the response of " + from);
}

// AIP-4117, "Executable-sourced credentials": what the program prints.
SubjectToken token_printed(const common::Output& output, const std::string& from) {
  if (!output.problem.empty()) return {{}, from + ": " + output.problem};
  const auto json = Json::parse(output.out);
  if (output.status != 0 || !json)
    return {{},
            from + " exited with status " + std::to_string(output.status) +
                (json ? "" : " and printed no JSON")};
  if (!json->boolean("success").value_or(false))
    return {{}, from + " failed: " + json->string("message").value_or("it gave no reason")};
  const auto token =
      json->string("id_token") ? json->string("id_token") : json->string("saml_response");
  return token ? SubjectToken{*token}
               : SubjectToken{{}, from + " printed neither id_token nor saml_response"};
}

SubjectToken token_of_program(common::HostApi& host_api, const Json& program,
                              const std::string& place) {
  const std::string command = program.string("command").value_or("");
  if (host_api.environment_variable(kAllowExecutables).value_or("") != "1")
    return {{},
            place + " requires a program to be run (" + command + "), which " + kAllowExecutables +
                " does not allow",
            std::string("export ") + kAllowExecutables + "=1"};
  const auto arguments = common::split_command_line(command);
  if (arguments.empty()) return {{}, place + ": its command is not a command line"};
  return token_printed(host_api.run(arguments), arguments.front() + ", which " + place + " names,");
}

}  // namespace

SubjectToken subject_token(common::HostApi& host_api, const Json& account,
                           const std::string& place) {
  const Json* source = account.find("credential_source");
  if (source == nullptr || !source->is_object()) return {{}, place + " has no credential_source"};
  if (source->string("file")) return token_of_subject_file(host_api, *source, place);
  // AWS's also has a url, of its own meaning.
  if (source->string("environment_id"))
    return aws_subject_token(host_api, *source, account.string("audience").value_or(""), place);
  if (source->string("url")) return token_of_url(host_api, *source, place);
  if (const Json* program = source->find("executable"))
    return token_of_program(host_api, *program, place);
  return {{}, place + ": its credential_source has neither file, url nor executable"};
}

}  // namespace berth::gcp
