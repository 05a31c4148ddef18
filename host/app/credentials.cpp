#include "app/credentials.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "app/network_options.hpp"
#include "flavor/credential_source.hpp"
#include "registry/auth_file.hpp"
#include "registry/credential_helper.hpp"

namespace berth::app {
namespace {

bool is_explicit(const NetworkOptions& options) { return options.username && options.password; }

std::unique_ptr<registry::CredentialSource> explicit_credential(const NetworkOptions& options) {
  return std::make_unique<registry::ExplicitCredential>(
      *options.username, options.password->clone(), options.password_from);
}

std::unique_ptr<registry::CredentialSource> auth_file(const App& app,
                                                      registry::AuthFile::Options options) {
  options.log = &app.log;
  return std::make_unique<registry::AuthFile>(std::move(options), app.cancellation);
}

bool is_present(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// Adds the sources that the container registry's settings name. Returns false if they name none.
base::Result<bool> add_configured_credentials(const App& app, const base::Json& settings,
                                              registry::CredentialChain& chain) {
  const auto helper_name = settings.string_or("credential-helper", "");
  const auto file = settings.string_or("credential-file", "");
  const auto username = settings.string_or("username", "");
  if (!helper_name.empty()) {
    BERTH_TRY(auto helper, registry::CredentialHelper::named(helper_name, app.cancellation));
    chain.add_explicit(std::make_unique<registry::HelperSource>(std::move(helper), username));
  }
  if (!file.empty())
    chain.add_explicit(auth_file(
        app, {.location = file, .username = username, .variable = "setting credential-file"}));
  return !helper_name.empty() || !file.empty();
}

// Adds the files where docker and the containers tools store credentials, in their order, and the
// flavor.
void add_discovered_credentials(const App& app, const std::string& username,
                                std::unique_ptr<registry::CredentialSource> provided,
                                registry::CredentialChain& chain) {
  auto variable = [&](std::string_view name) { return app.variable(name); };
  auto add = [&](registry::AuthFile::Options options) {
    options.username = username;
    chain.add_discovered(auth_file(app, std::move(options)));
  };
  using registry::KeyRule;
  const auto& paths = app.paths;
  if (const auto file = variable("REGISTRY_AUTH_FILE"); !file.empty())
    add({.location = file, .keys = KeyRule::containers, .variable = "REGISTRY_AUTH_FILE"});
  if (provided != nullptr) chain.add_discovered(std::move(provided));
  const auto runtime = variable("XDG_RUNTIME_DIR");
  add({.location = (runtime.empty() ? fmt::format("/run/containers/{}", ::getuid())
                                    : runtime + "/containers") +
                   "/auth.json",
       .keys = KeyRule::containers});
  if (!paths.config_home.empty())
    add({.location = paths.config_home + "/containers/auth.json", .keys = KeyRule::containers});
  if (auto text = variable("DOCKER_AUTH_CONFIG"); !text.empty())
    add({.location = "DOCKER_AUTH_CONFIG", .text = std::move(text), .keys = KeyRule::containers});
  if (!paths.docker_config.empty())
    add({.location = paths.docker_config + "/config.json",
         .keys = KeyRule::docker,
         .variable = variable("DOCKER_CONFIG").empty() ? "" : "DOCKER_CONFIG"});
  if (!paths.legacy_auths.empty() && is_present(paths.legacy_auths))
    add({.location = paths.legacy_auths, .keys = KeyRule::docker, .legacy = true});
}

}  // namespace

std::unique_ptr<registry::CredentialSource> flavor_credentials(
    flavor::Plugin& plugin, const Target& target,
    std::optional<base::Result<flavor::ProvidedCredential>> early) {
  if (!plugin.provides_credentials()) return nullptr;
  return std::make_unique<flavor::PluginCredentials>(plugin, target.flavor->metadata->flavor,
                                                     target.settings.string_or("username", ""),
                                                     std::move(early));
}

std::unique_ptr<registry::CredentialChain> explicit_credentials(registry::CredentialRequest request,
                                                                const NetworkOptions& options) {
  auto chain = std::make_unique<registry::CredentialChain>(std::move(request));
  chain->add_explicit(explicit_credential(options));
  return chain;
}

base::Result<std::unique_ptr<registry::CredentialChain>> find_credentials(
    const App& app, registry::CredentialRequest request, const base::Json& settings,
    const NetworkOptions& options, std::unique_ptr<registry::CredentialSource> flavor) {
  if (is_explicit(options)) return explicit_credentials(std::move(request), options);
  const std::string username = settings.string_or("username", "");
  auto chain = std::make_unique<registry::CredentialChain>(std::move(request), username);
  BERTH_TRY(const bool configured, add_configured_credentials(app, settings, *chain));
  if (!configured) add_discovered_credentials(app, username, std::move(flavor), *chain);
  return chain;
}

bool asks_flavor_for_credential(const App& app, const Target& target,
                                const NetworkOptions& options) {
  return target.is_remote() && !is_explicit(options) &&
         app.variable("REGISTRY_AUTH_FILE").empty() &&
         target.settings.string_or("credential-helper", "").empty() &&
         target.settings.string_or("credential-file", "").empty();
}

}  // namespace berth::app
