#include <fmt/format.h>

#include "app/connection.hpp"
#include "app/workspace.hpp"
#include "base/escape.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "cli/read_line.hpp"
#include "cli/secret_prompt.hpp"
#include "cli/shared_options.hpp"
#include "registry/auth_store.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;

struct LoginPlace {
  std::string host;
  base::Json settings;
  std::string takes_user;  // in the words of the flavor that claims the host; empty: it says nothing
  std::string takes_secret;
  std::string help;  // both
};

// A registered name that is misspelt, as in "Prod" for prod, is not taken for a host: it would receive the password.
bool is_misspelt_name(const base::Result<const store::ContainerRegistry*>& registered, const std::string& typed) {
  return !registered && typed != "localhost" && typed.find_first_of(".:/") == std::string::npos &&
         registered.error().fix().starts_with("did you mean");
}

// The host of a registered container registry, with its settings, or the one that was typed.
base::Result<LoginPlace> find_place(const Context& context, const std::string& typed) {
  BERTH_TRY(const auto workspace, app::open_workspace(context.app, context.events));
  const auto registered = workspace.contents.find(typed);
  if (workspace.contents.find_unusable(typed) != nullptr) return registered.error().clone();
  if (is_misspelt_name(registered, typed))
    return registered.error().clone().fix(
        fmt::format("{} For the host of that name write {}:443", registered.error().fix(), typed));
  auto uri = registered ? base::Result<oci::RegistryUri>((*registered)->uri) : oci::RegistryUri::parse(typed);
  if (!uri) return std::move(uri).error();
  if (uri->is_layout()) return Error(ErrorClass::usage, "login.layout", typed + " is a directory; it needs no login");
  LoginPlace place{uri->host(), registered ? (*registered)->settings : base::Json::object(), {}, {}, {}};
  const auto flavor = registered ? workspace.index.find((*registered)->flavor) : workspace.index.claiming(place.host);
  if (!flavor) return place;  // a login needs none
  place.takes_user = (*flavor)->metadata->login_user;
  place.takes_secret = (*flavor)->metadata->login_secret;
  place.help = app::login_help(*(*flavor)->metadata);
  return place;
}

// " (your Acme id)"
std::string explained(const std::string& words) { return words.empty() ? words : " (" + base::escape(words) + ")"; }

// docker's config.json.
base::Result<std::string> credential_file(const Context& context) {
  if (!context.app.paths.docker_config.empty()) return context.app.paths.docker_config + "/config.json";
  return Error(ErrorClass::usage, "usage.no-home", "no directory for docker's config.json")
      .cause("HOME is not set")
      .fix("set HOME or DOCKER_CONFIG");
}

// Asks for what was not given.
base::Result<void> complete(Context& context, app::NetworkOptions& options, const LoginPlace& place) {
  if (!options.username) {
    if (!context.interactive)
      return Error(ErrorClass::usage, "usage.username", "login needs a user name")
          .fix("--username U --password-stdin" + explained(place.takes_user));
    context.terminal.line(fmt::format("user name for {}{}:", place.host, explained(place.takes_user)));
    BERTH_TRY(const auto typed, read_line(context));
    if (typed.empty()) return Error(ErrorClass::usage, "usage.username", "no user name was typed");
    options.username = typed;
  }
  // RFC 7617, section 2: the first colon ends the name.
  const auto& name = *options.username;
  if (name.empty() || name.find(':') != std::string::npos || !base::is_clean_text(name))
    return Error(ErrorClass::usage, "usage.username", base::quote(name, 80) + " is no user name")
        .cause("a user name has no colon and no control characters");
  if (options.password) return {};
  BERTH_TRY(options.password, ask_secret(context, fmt::format("password of {} for {}{}:", *options.username, place.host,
                                                              explained(place.takes_secret))));
  return {};
}

// A registry that answers strangers has tried no password.
base::Result<void> try_login(Context& context, const LoginPlace& place, const app::NetworkOptions& options) {
  BERTH_TRY(const auto connection,
            app::connect_to_log_in(context.app, place.host, place.settings, options, place.help, context.events));
  BERTH_CHECK(connection.session->ping());
  if (!connection.session->has_logged_in())
    context.terminal.warning(place.host + " does not require authentication; the password was not verified");
  return {};
}

base::Result<int> log_in(Context& context, const Arguments& arguments) {
  BERTH_TRY(const auto place, find_place(context, arguments.operand(0)));
  context.subject = "cannot log in to " + place.host;
  BERTH_TRY(const auto file, credential_file(context));
  BERTH_TRY(auto options, network_options(context, arguments, PasswordPolicy::prompt));
  BERTH_CHECK(complete(context, options, place));
  BERTH_CHECK(try_login(context, place, options));
  BERTH_TRY(
      const auto where,
      registry::AuthStore(file, context.app.cancellation).store(place.host, *options.username, *options.password));
  if (context.json)
    print_json(context, base::Json::object({{"schema", 1}, {"ok", true}, {"host", place.host}, {"stored", where}}));
  if (!context.json)
    context.out << fmt::format("logged in to {}; credentials stored in {}\n", place.host, base::escape(where));
  return 0;
}

base::Result<int> log_out(Context& context, const Arguments& arguments) {
  BERTH_TRY(const auto place, find_place(context, arguments.operand(0)));
  BERTH_TRY(const auto file, credential_file(context));
  BERTH_TRY(const bool erased, registry::AuthStore(file, context.app.cancellation).erase(place.host));
  if (!erased)
    return Error(ErrorClass::not_found, "login.none", "not logged in to " + place.host)
        .cause(base::escape(file) + " has no credentials for it");
  if (context.json) print_json(context, base::Json::object({{"schema", 1}, {"ok", true}, {"host", place.host}}));
  if (!context.json) context.out << fmt::format("logged out of {}\n", place.host);
  return 0;
}

}  // namespace

Command login_command() {
  Command command;
  command.name = "login";
  command.summary = "Verify credentials and store them where docker does";
  command.operands = {{"HOST-or-NAME", true, false}};
  command.examples = {"berth login registry.example.com", "berth login --username ci --password-stdin prod"};
  command.options = network_option_list();
  command.run = log_in;
  return command;
}

Command logout_command() {
  Command command;
  command.name = "logout";
  command.summary = "Delete stored credentials";
  command.operands = {{"HOST-or-NAME", true, false}};
  command.examples = {"berth logout registry.example.com", "berth logout prod"};
  command.run = log_out;
  return command;
}

}  // namespace berth::cli
