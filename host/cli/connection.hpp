// How a target's registry is reached: TLS, credentials, limits, from options and settings.
#pragma once

#include <memory>
#include <vector>

#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/target.hpp"
#include "registry/session.hpp"

namespace berth::cli {

// A session and what it borrows.
struct Connection {
  std::unique_ptr<registry::CredentialSource> credentials;
  std::unique_ptr<registry::Session> session;
};

// The network options of a command line.
struct NetworkOptions {
  bool plain_http = false;
  bool insecure = false;
  std::optional<std::string> ca_file;
  std::optional<std::string> username;
  std::optional<base::Secret> password;
};

// Reads the password from the context's input, which SOURCE ("…:-", the first of two operands) must leave alone.
// Class usage, code "usage.password".
base::Result<NetworkOptions> network_options(Context& context, const Arguments& arguments);
std::vector<Option> network_option_list();

// Not for layouts. Makes no connection yet; that the CA file can be read is seen here.
base::Result<Connection> connect(Context& context, const Target& target, const NetworkOptions& options);

}  // namespace berth::cli
