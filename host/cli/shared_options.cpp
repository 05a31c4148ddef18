#include "cli/shared_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/find_target.hpp"
#include "base/escape.hpp"
#include "cli/read_line.hpp"
#include "image/source.hpp"
#include "image/source_spec.hpp"

namespace berth::cli {

using base::Error;
using base::ErrorClass;

std::vector<Option> target_option_list() {
  return {{.name = "--registry",
           .value = "NAME",
           .help = "container registry to use if several match",
           .kind = ValueKind::registry},
          {.name = "--flavor",
           .value = "F",
           .help = "use a container registry of flavor F that is not registered",
           .kind = ValueKind::flavor},
          {.name = "--uri",
           .value = "U",
           .help = "with --flavor: its URI (default: the host of DESTINATION)"},
          {.name = "--set",
           .value = "K=V",
           .help = "with --flavor: one of its settings",
           .repeats = true,
           .kind = ValueKind::setting}};
}

base::Result<app::TargetOptions> target_options(const Arguments& arguments) {
  app::TargetOptions options{
      arguments.value("--registry"), arguments.value("--flavor"), arguments.value("--uri"), {}};
  BERTH_TRY(options.settings, pairs(arguments, "--set"));
  if (!options.flavor && (options.uri || !options.settings.empty()))
    return Error(ErrorClass::usage, "usage.flavor", "--uri and --set require --flavor");
  if (options.flavor && options.registry)
    return Error(ErrorClass::usage, "usage.flavor", "--registry cannot be combined with --flavor");
  return options;
}

namespace {

Error wrong_password(std::string message) {
  return Error(ErrorClass::usage, "usage.password", std::move(message));
}

}  // namespace

std::vector<Option> network_option_list() {
  return {
      {.name = "--username", .value = "U", .help = "user name", .environment = "BERTH_USERNAME"},
      {.name = "--password-stdin",
       .help = "read the password from standard input (or set BERTH_PASSWORD)"},
      {.name = "--plain-http", .help = "use HTTP without TLS for this command"},
      {.name = "--insecure", .help = "do not verify certificates in this command"},
      {.name = "--ca-file",
       .value = "FILE",
       .help = "trust the CA certificates in this PEM file",
       .environment = "BERTH_CA_FILE",
       .kind = ValueKind::file}};
}

base::Result<app::NetworkOptions> network_options(Context& context, const Arguments& arguments,
                                                  PasswordPolicy policy) {
  app::NetworkOptions options{arguments.has("--plain-http"),
                              arguments.has("--insecure"),
                              arguments.value("--ca-file"),
                              arguments.value("--username"),
                              std::nullopt,
                              "standard input",
                              {}};
  if (options.ca_file)
    BERTH_CHECK(app::check_ca_file(arguments.where("--ca-file"), *options.ca_file));
  if (!arguments.has("--password-stdin")) {
    if (auto set = context.app.variable("BERTH_PASSWORD"); options.username && !set.empty()) {
      options.password = base::Secret(std::move(set));
      options.password_from = "BERTH_PASSWORD";
      return options;
    }
    if (arguments.typed("--username") && policy == PasswordPolicy::require)
      return wrong_password("--username requires --password-stdin");
    return options;
  }
  if (!options.username) return wrong_password("--password-stdin requires --username");
  if (!arguments.operands.empty() && image::is_standard_input(arguments.operand(0)))
    return wrong_password("standard input cannot be both the image and the password")
        .fix(fmt::format("pass the password in BERTH_PASSWORD, without --password-stdin: "
                         "BERTH_PASSWORD=… berth … --username {}",
                         base::escape(*options.username, 80)));
  BERTH_TRY(auto password, read_line(context));
  if (!password.empty() && password.back() == '\r') password.pop_back();
  if (password.empty()) return wrong_password("no password on standard input");
  options.password = base::Secret(std::move(password));
  return options;
}

base::Result<std::vector<oci::Platform>> platform_options(const Arguments& arguments) {
  std::vector<oci::Platform> platforms;
  for (const auto& text : arguments.values("--platform")) {
    // Several with commas between them, as docker buildx takes them.
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find(',', begin), text.size());
      BERTH_TRY(auto platform,
                oci::Platform::parse(std::string_view(text).substr(begin, end - begin)));
      platforms.push_back(std::move(platform));
      begin = end + 1;
    }
  }
  return platforms;
}

}  // namespace berth::cli
