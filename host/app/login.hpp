// login, logout: verifies credentials, and stores and erases them where docker keeps them.
#pragma once

#include <string>

#include "app/app.hpp"
#include "app/connection.hpp"
#include "app/events.hpp"

namespace berth::app {

// Finds the host of a registered container registry, or parses `name` as a host. A misspelt
// registered name is not taken for a host, which would receive the password. Class usage, code
// "login.layout", if it is a directory.
base::Result<LoginHost> find_login_host(const App& app, const std::string& name, Events& events);

// Docker's config.json. Class usage, code "usage.no-home", if its directory is unknown.
base::Result<std::string> credential_file(const App& app);

struct LoginReport {
  std::string host;
  std::string stored_in;  // a file or a credential helper
};

// Sends one request with `network.username` and `network.password`, which must be set, and stores
// them if the registry accepts them. Warns if the registry does not require authentication, because
// then they were not verified.
base::Result<LoginReport> login(const App& app, const LoginHost& host,
                                const NetworkOptions& network, Events& events);

struct LogoutReport {
  std::string host;
};

// Class not-found, code "login.none", if no credentials are stored for that host.
base::Result<LogoutReport> logout(const App& app, const std::string& name, Events& events);

}  // namespace berth::app
