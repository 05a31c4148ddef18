// What a plugin's permissions allow: the first line is a permission, the others are what the plugin
// asks for.
#include "flavor/permissions.hpp"

#include <algorithm>

#include "flavor/permission_policy.hpp"
#include "fuzz/target.hpp"
#include "http/origin.hpp"
#include "platform/special_paths.hpp"

namespace berth::fuzz {
namespace {

using Kind = flavor::Permission::Kind;

// A model of "host:port", "*.host:port" and "http://" that shares no code with the host.
bool covers(std::string_view pattern, const http::Origin& origin) {
  const bool tls = !pattern.starts_with("http://");
  if (!tls) pattern.remove_prefix(7);
  if (tls != origin.tls()) return false;
  std::string_view host = origin.host();
  if (!pattern.starts_with("*.")) return pattern.substr(0, host.size()) == host;
  pattern.remove_prefix(2);
  const auto port = pattern.rfind(':');
  pattern = pattern.substr(0, port);
  return host.size() > pattern.size() && host.ends_with(pattern) &&
         host[host.size() - pattern.size() - 1] == '.';
}

void check_call(const flavor::PermissionPolicy& permits, const flavor::Permission& permission,
                const std::string& url) {
  const auto origin = http::Origin::of(url);
  const auto allowed = permits.call(url);
  if (allowed)
    require(origin && permission.kind == Kind::http, "only hosts that are permitted are called");
  const bool literal =
      std::none_of(permission.choices.begin(), permission.choices.end(),
                   [](const auto& choice) { return choice.find('$') != std::string::npos; });
  if (allowed && literal && permission.key.empty())
    require(std::any_of(permission.choices.begin(), permission.choices.end(),
                        [&](const auto& choice) { return covers(choice, *origin); }),
            "a pattern covers the host that is called");
  if (permits.send_credentials(url))
    require(origin && origin->tls() && permission.kind == Kind::credentials,
            "credentials are sent with TLS only");
}

bool is_normal(std::string_view path) {
  const std::string text = std::string(path) + "/";
  return text.find("/../") == std::string::npos && text.find("/./") == std::string::npos;
}

}  // namespace

void run_permissions(std::string_view input) {
  const std::string line(take_line(input));
  const auto permission = flavor::parse_permission(line);
  require(!flavor::describe_permission(line).empty() || line.empty(),
          "every permission can be shown");
  if (!permission) return;
  require(!permission->choices.empty(), "a permission names something");
  if (permission->kind == Kind::file)
    for (const auto& choice : permission->choices)
      require(is_normal(choice) && !platform::is_kernel_path(choice),
              "a path leads where it appears to lead");
  const auto variables = [](std::string_view name) -> std::optional<std::string> {
    if (name == "HOME") return "/nonexistent/home";
    if (name == "HOST") return "api.r.example";
    return std::nullopt;
  };
  const flavor::PermissionPolicy permits("fuzz", {line}, variables);
  while (!input.empty()) {
    const std::string request(take_line(input));
    check_call(permits, *permission, request);
    if (permits.read_variable(request))
      require(permission->kind == Kind::env &&
                  std::find(permission->choices.begin(), permission->choices.end(), request) !=
                      permission->choices.end(),
              "only variables that are permitted are read");
    if (permits.run({request, "argument"}))
      require(permission->kind == Kind::exec, "only permitted programs are run");
  }
}

}  // namespace berth::fuzz
