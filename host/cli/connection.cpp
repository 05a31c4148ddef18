#include "cli/connection.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <string>

#include "base/escape.hpp"
#include "cli/registries.hpp"
#include "cli/typed_line.hpp"
#include "flavor/credential_source.hpp"
#include "image/source.hpp"
#include "registry/auth_file.hpp"
#include "registry/credential_helper.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;

Error wrong_password(std::string message) { return Error(ErrorClass::usage, "usage.password", std::move(message)); }

bool is_typed(const NetworkOptions& options) { return options.username && options.password; }

std::unique_ptr<registry::CredentialSource> typed_credential(const NetworkOptions& options) {
  return std::make_unique<registry::GivenCredential>(*options.username, options.password->clone(),
                                                     options.password_from);
}

std::unique_ptr<registry::CredentialSource> file_of(Context& context, registry::AuthFile::Options options) {
  return std::make_unique<registry::AuthFile>(std::move(options), context.cancellation);
}

bool is_present(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// What the container registry's settings point at is given; without any, nothing is added.
base::Result<bool> add_set_credentials(Context& context, const base::Json& settings, registry::CredentialChain& chain) {
  const auto helper_name = settings.string_or("credential-helper", "");
  const auto file = settings.string_or("credential-file", "");
  const auto username = settings.string_or("username", "");
  if (!helper_name.empty()) {
    BERTH_TRY(auto helper, registry::CredentialHelper::named(helper_name, context.cancellation));
    chain.add_given(std::make_unique<registry::HelperSource>(std::move(helper), username));
  }
  if (!file.empty())
    chain.add_given(file_of(context, {.place = file, .username = username, .variable = "setting credential-file"}));
  return !helper_name.empty() || !file.empty();
}

// The flavor as a source of credentials; null: it is none.
std::unique_ptr<registry::CredentialSource> provided_by(flavor::Plugin& plugin, const Target& target,
                                                        std::optional<flavor::ProvidedCredential> early) {
  if (!plugin.provides_credentials()) return nullptr;
  return std::make_unique<flavor::PluginCredentials>(plugin, target.flavor->metadata->flavor,
                                                     target.settings.string_or("username", ""), std::move(early));
}

// Where docker and containers tools keep credentials, in their order, and what the flavor provides (null: nothing).
void add_found_credentials(Context& context, const std::string& username,
                           std::unique_ptr<registry::CredentialSource> provided, registry::CredentialChain& chain) {
  auto variable = [&](std::string_view name) { return context.environment(name).value_or(""); };
  auto add = [&](registry::AuthFile::Options options) {
    options.username = username;
    chain.add_found(file_of(context, std::move(options)));
  };
  using registry::KeyRule;
  const auto& paths = context.paths;
  if (const auto file = variable("REGISTRY_AUTH_FILE"); !file.empty())
    add({.place = file, .keys = KeyRule::containers, .variable = "REGISTRY_AUTH_FILE"});
  if (provided != nullptr) chain.add_found(std::move(provided));
  const auto runtime = variable("XDG_RUNTIME_DIR");
  add({.place =
           (runtime.empty() ? fmt::format("/run/containers/{}", ::getuid()) : runtime + "/containers") + "/auth.json",
       .keys = KeyRule::containers});
  if (!paths.config_home.empty())
    add({.place = paths.config_home + "/containers/auth.json", .keys = KeyRule::containers});
  if (auto text = variable("DOCKER_AUTH_CONFIG"); !text.empty())
    add({.place = "DOCKER_AUTH_CONFIG", .text = std::move(text), .keys = KeyRule::containers});
  if (!paths.docker_config.empty())
    add({.place = paths.docker_config + "/config.json",
         .keys = KeyRule::docker,
         .variable = variable("DOCKER_CONFIG").empty() ? "" : "DOCKER_CONFIG"});
  if (!paths.legacy_auths.empty() && is_present(paths.legacy_auths))
    add({.place = paths.legacy_auths, .keys = KeyRule::docker, .legacy = true});
}

base::Result<std::unique_ptr<registry::CredentialChain>> credentials_for(
    Context& context, registry::CredentialQuestion question, const base::Json& settings, const NetworkOptions& options,
    std::unique_ptr<registry::CredentialSource> provided) {
  const bool typed = is_typed(options);
  const std::string username = typed ? "" : settings.string_or("username", "");
  auto chain = std::make_unique<registry::CredentialChain>(std::move(question), username);
  if (typed) {
    chain->add_given(typed_credential(options));
    return chain;
  }
  BERTH_TRY(const bool set, add_set_credentials(context, settings, *chain));
  if (!set) add_found_credentials(context, username, std::move(provided), *chain);
  return chain;
}

}  // namespace

base::Result<void> check_ca_file(const std::string& where, const std::string& path) {
  const auto usable = http::check_certificate_file(path);
  if (usable) return {};
  return Error(ErrorClass::usage, "usage.ca-file", fmt::format("{}: {}", where, usable.error().message()))
      .cause(usable.error().cause())
      .fix("name a file of certificates in PEM form");
}

std::vector<Option> network_option_list() {
  return {{"--username", "U", "user name", false, "BERTH_USERNAME", {}},
          {"--password-stdin", "", "read the password from standard input (or set BERTH_PASSWORD)", false, {}, {}},
          {"--plain-http", "", "use HTTP without TLS for this command", false, {}, {}},
          {"--insecure", "", "do not verify certificates in this command", false, {}, {}},
          {"--ca-file", "FILE", "trust the CA certificates in this PEM file", false, "BERTH_CA_FILE", {}}};
}

base::Result<NetworkOptions> network_options(Context& context, const Arguments& arguments, Missing password_missing) {
  NetworkOptions options{arguments.has("--plain-http"),
                         arguments.has("--insecure"),
                         arguments.value("--ca-file"),
                         arguments.value("--username"),
                         std::nullopt,
                         "standard input",
                         {}};
  if (options.ca_file) BERTH_CHECK(check_ca_file(arguments.where("--ca-file"), *options.ca_file));
  if (!arguments.has("--password-stdin")) {
    if (auto set = context.environment("BERTH_PASSWORD").value_or(""); options.username && !set.empty()) {
      options.password = base::Secret(std::move(set));
      options.password_from = "BERTH_PASSWORD";
      return options;
    }
    if (arguments.typed("--username") && password_missing == Missing::refused)
      return wrong_password("--username goes with --password-stdin");
    return options;
  }
  if (!options.username) return wrong_password("--password-stdin needs --username");
  if (arguments.operands.size() > 1 && image::is_standard_input(arguments.operand(0)))
    return wrong_password("standard input cannot be both the image and the password")
        .fix(fmt::format(
            "pass the password in BERTH_PASSWORD, without --password-stdin: BERTH_PASSWORD=… berth … --username {}",
            base::escape(*options.username, 80)));
  BERTH_TRY(auto password, read_typed_line(context));
  if (!password.empty() && password.back() == '\r') password.pop_back();
  if (password.empty()) return wrong_password("standard input holds no password");
  options.password = base::Secret(std::move(password));
  return options;
}

namespace {

std::optional<bool> tls_setting(const base::Json& settings) {
  const base::Json* tls = settings.find("tls");
  return tls != nullptr ? tls->as_bool() : std::nullopt;
}

base::Result<registry::SessionOptions> session_options(Context& context, const std::string& host,
                                                       const base::Json& settings, const NetworkOptions& options) {
  registry::SessionOptions session;
  session.host = host;
  session.tls = options.plain_http ? false : tls_setting(settings).value_or(!oci::is_loopback_host(host));
  session.http.limits = options.limits;
  session.http.proxies = http::ProxyVariables::from(context.environment);
  session.http.trust =
      http::TrustPlaces::from(context.environment, context.paths.config_home, context.paths.docker_config);
  session.http.tls.verify = !options.insecure;
  const auto ca_setting = settings.string_or("ca-file", "");
  if (!options.ca_file && !ca_setting.empty()) BERTH_CHECK(check_ca_file("setting ca-file", ca_setting));
  session.http.tls.ca_file = options.ca_file.value_or(ca_setting);
  if (options.plain_http) context.terminal.warning("speaking plain http with " + host + ": --plain-http");
  if (options.insecure) context.terminal.warning("not checking the certificate of " + host + ": --insecure");
  return session;
}

Connection open_session(Context& context, const registry::SessionOptions& options,
                        std::unique_ptr<registry::CredentialChain> credentials) {
  Connection connection;
  connection.options = options;
  connection.credentials = std::move(credentials);
  connection.session =
      std::make_unique<registry::Session>(options, *connection.credentials, context.cancellation, context.log);
  return connection;
}

}  // namespace

std::string login_help(const flavor::Metadata& metadata) {
  std::string help;
  if (!metadata.login_user.empty()) help = "user name: " + metadata.login_user;
  if (!metadata.login_secret.empty()) help += (help.empty() ? "password: " : "; password: ") + metadata.login_secret;
  return help;
}

base::Result<Connection> connect(Context& context, const Target& target, const NetworkOptions& options, Purpose purpose,
                                 flavor::Plugin& plugin, std::optional<flavor::ProvidedCredential> early,
                                 http::RetryObserver on_retry) {
  BERTH_TRY(auto session, session_options(context, target.uri.host(), target.settings, options));
  session.http.on_retry = std::move(on_retry);
  BERTH_CHECK(heed_registries_conf(context, target.reference(), tls_setting(target.settings).has_value(), session));
  session.login_help = login_help(*target.flavor->metadata);
  if (purpose == Purpose::check) session.actions = "pull";
  BERTH_TRY(auto credentials, credentials_for(context, {target.uri.host(), target.full_repository}, target.settings,
                                              options, provided_by(plugin, target, std::move(early))));
  return open_session(context, session, std::move(credentials));
}

bool asks_flavor_for_credential(const Context& context, const Target& target, const NetworkOptions& options) {
  return !target.uri.is_layout() && !is_typed(options) &&
         context.environment("REGISTRY_AUTH_FILE").value_or("").empty() &&
         target.settings.string_or("credential-helper", "").empty() &&
         target.settings.string_or("credential-file", "").empty();
}

base::Result<Connection> connect_to_pull(Context& context, const registry::PullSource& place,
                                         const base::Json& settings, const NetworkOptions& options) {
  const auto& reference = place.reference;
  BERTH_TRY(auto session, session_options(context, reference.host(), settings, options));
  if (place.insecure) allow_insecure(context, place.place, tls_setting(settings).has_value(), session);
  session.actions = "pull";
  BERTH_TRY(auto credentials,
            credentials_for(context, {reference.host(), reference.repository()}, settings, options, nullptr));
  return open_session(context, session, std::move(credentials));
}

base::Result<Connection> connect_to_log_in(Context& context, const std::string& host, const base::Json& settings,
                                           const NetworkOptions& options, std::string help) {
  BERTH_TRY(auto session, session_options(context, host, settings, options));
  session.login_help = std::move(help);
  BERTH_CHECK(heed_registries_conf(context, host, tls_setting(settings).has_value(), session));
  auto credentials = std::make_unique<registry::CredentialChain>(registry::CredentialQuestion{host, {}});
  credentials->add_given(typed_credential(options));
  return open_session(context, session, std::move(credentials));
}

}  // namespace berth::cli
