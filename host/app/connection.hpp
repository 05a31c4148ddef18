// Connections to registries: TLS, credentials and limits, from options and settings.
#pragma once

#include <memory>
#include <vector>

#include "app/app.hpp"
#include "app/events.hpp"
#include "app/network_options.hpp"
#include "app/target.hpp"
#include "flavor/plugin.hpp"
#include "registry/registries_conf.hpp"
#include "registry/registry_client.hpp"

namespace berth::app {

// A client of a registry with what it references.
struct Connection {
  registry::RegistryOptions options;
  std::unique_ptr<registry::CredentialChain> credentials;
  std::unique_ptr<registry::RegistryClient> client;
};

// What a connection is for, which decides what its tokens permit. A check must not create anything,
// and some registries create the repository when a token for a push is requested.
enum class Purpose { push, check, remove };

// References must outlive the connection.
struct ConnectRequest {
  const Target& target;  // not a layout
  const NetworkOptions& options;
  Purpose purpose;
  flavor::Plugin& plugin;  // of the target's flavor; may provide the credentials
  std::optional<base::Result<flavor::ProvidedCredential>> early_credential =
      std::nullopt;  // of an earlier request
  http::RetryObserver on_retry = {};
};

// Sends no request, except one without credentials if registries.conf permits an insecure registry.
// Warns of what is not verified. Class usage, code "usage.ca-file", if the CA file cannot be read.
base::Result<Connection> connect(const App& app, ConnectRequest request, Events& events);

// To read the image at `place`. `settings`: of the registered container registry that holds it; may
// be empty.
base::Result<Connection> connect_to_pull(const App& app, const registry::PullSource& place,
                                         const base::Json& settings, const NetworkOptions& options,
                                         Events& events);

// A host at which credentials are verified.
struct LoginHost {
  std::string host = {};
  base::Json settings = base::Json::object();  // of the registered container registry
  std::string username_hint =
      {};  // what the flavor expects as user name and as password; may be empty
  std::string password_hint = {};
};

// With no credentials other than those of `options`.
base::Result<Connection> connect_to_log_in(const App& app, const LoginHost& host,
                                           const NetworkOptions& options, Events& events);

}  // namespace berth::app
