#include "cli/connection.hpp"

#include <string>

#include "base/files.hpp"
#include "image/source.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;

Error wrong_password(std::string message) { return Error(ErrorClass::usage, "usage.password", std::move(message)); }

std::optional<bool> tls_setting(const Target& target) {
  const base::Json* value = target.settings.find("tls");
  return value != nullptr ? value->as_bool() : std::nullopt;
}

std::unique_ptr<registry::CredentialSource> credentials_for(const Context& context, const Target& target,
                                                            const NetworkOptions& options) {
  if (options.username && options.password) {
    registry::Credential given{*options.username, options.password->clone(),
                               "password of " + *options.username + ", from standard input"};
    return std::make_unique<registry::GivenCredential>(target.uri.host(), std::move(given));
  }
  const auto file = target.settings.string_or("credential-file", context.paths.docker_config + "/config.json");
  return std::make_unique<registry::DockerConfig>(file);
}

base::Result<void> check_ca_file(const std::string& path) {
  if (path.empty()) return {};
  BERTH_TRY([[maybe_unused]] const auto file, base::open_for_reading(path));
  return {};
}

}  // namespace

std::vector<Option> network_option_list() {
  return {{"--username", "U", "log in as U, with --password-stdin", false, "BERTH_USERNAME", {}},
          {"--password-stdin", "", "read the password from standard input", false, {}, {}},
          {"--plain-http", "", "speak http for this call", false, {}, {}},
          {"--insecure", "", "do not check certificates in this call", false, {}, {}},
          {"--ca-file", "FILE", "trust the certificates in this PEM file", false, "BERTH_CA_FILE", {}}};
}

base::Result<NetworkOptions> network_options(Context& context, const Arguments& arguments) {
  NetworkOptions options{arguments.has("--plain-http"), arguments.has("--insecure"), arguments.value("--ca-file"),
                         arguments.value("--username"), std::nullopt};
  if (!arguments.has("--password-stdin")) {
    if (arguments.typed("--username")) return wrong_password("--username goes with --password-stdin");
    return options;
  }
  if (!options.username) return wrong_password("--password-stdin needs --username");
  if (arguments.operands.size() > 1 && image::is_standard_input(arguments.operand(0)))
    return wrong_password("standard input cannot be both the image and the password");
  std::string password;
  std::getline(context.in, password);
  if (!password.empty() && password.back() == '\r') password.pop_back();
  if (password.empty()) return wrong_password("standard input holds no password");
  options.password = base::Secret(std::move(password));
  return options;
}

base::Result<Connection> connect(Context& context, const Target& target, const NetworkOptions& options) {
  registry::SessionOptions session;
  session.host = target.uri.host();
  session.tls = options.plain_http ? false : tls_setting(target).value_or(!oci::is_loopback_host(session.host));
  session.http.tls.verify = !options.insecure;
  session.http.tls.ca_file = options.ca_file.value_or(target.settings.string_or("ca-file", ""));
  BERTH_CHECK(check_ca_file(session.http.tls.ca_file));
  if (options.plain_http) context.terminal.warning("speaking plain http with " + session.host + ": --plain-http");
  if (options.insecure) context.terminal.warning("not checking the certificate of " + session.host + ": --insecure");
  Connection connection;
  connection.credentials = credentials_for(context, target, options);
  connection.session = std::make_unique<registry::Session>(std::move(session), *connection.credentials,
                                                           context.cancellation, context.log);
  return connection;
}

}  // namespace berth::cli
