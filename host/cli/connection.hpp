// How a target's registry is reached: TLS, credentials, limits, from options and settings.
#pragma once

#include <memory>
#include <vector>

#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/target.hpp"
#include "flavor/plugin.hpp"
#include "registry/registries_conf.hpp"
#include "registry/session.hpp"

namespace berth::cli {

// A session, what it borrows, and how it reaches the registry.
struct Connection {
  registry::SessionOptions options;
  std::unique_ptr<registry::CredentialChain> credentials;
  std::unique_ptr<registry::Session> session;
};

// The network options of a command line.
struct NetworkOptions {
  bool plain_http = false;
  bool insecure = false;
  std::optional<std::string> ca_file;  // it has been checked
  std::optional<std::string> username;
  std::optional<base::Secret> password;
  std::string password_from;  // in words: "standard input"
  http::Limits limits = {};
};

// Whether a person will be asked for the password that --username goes without.
enum class Missing { refused, asked_for };

// Reads the password from the context's input, which SOURCE ("…:-", the first of two operands) must leave alone.
// Class usage, code "usage.password".
base::Result<NetworkOptions> network_options(Context& context, const Arguments& arguments,
                                             Missing password = Missing::refused);
std::vector<Option> network_option_list();
// Class usage, code "usage.ca-file": `path` is not a file with certificates. `where` names the option or setting.
base::Result<void> check_ca_file(const std::string& where, const std::string& path);

// What a connection is for: asking alone must create nothing, and on some registries a token for pushing does.
enum class Purpose { push, check };

// Not for layouts. Makes no connection yet; that the CA file can be read is seen here. `plugin` is the target's flavor,
// which may provide the credential; it outlives the connection. `early`: what it provided already. `on_retry` observes
// the retries of the session.
base::Result<Connection> connect(Context& context, const Target& target, const NetworkOptions& options, Purpose purpose,
                                 flavor::Plugin& plugin, std::optional<flavor::ProvidedCredential> early = std::nullopt,
                                 http::RetryObserver on_retry = {});

// Whether the target's flavor will be asked for the credential, if it provides any: nobody gave one or said where it
// is. A flavor that was asked in vain would take the login in use for its own.
bool asks_flavor_for_credential(const Context& context, const Target& target, const NetworkOptions& options);

// To read an image from there, with the settings of the registered container registry that holds it, if there is one.
base::Result<Connection> connect_to_pull(Context& context, const registry::PullSource& place,
                                         const base::Json& settings, const NetworkOptions& options);

// What a flavor says that a login takes; empty: nothing.
std::string login_help(const flavor::Metadata& metadata);

// To try a login at a host, with the user name and the password of `options` and no other. `help`: see
// login_help().
base::Result<Connection> connect_to_log_in(Context& context, const std::string& host, const base::Json& settings,
                                           const NetworkOptions& options, std::string help);

}  // namespace berth::cli
