// URLs that registries, proxies and plugins provide, and what is shown of them.
#include <algorithm>
#include <optional>

#include "base/escape.hpp"
#include "base/redact.hpp"
#include "fuzz/target.hpp"
#include "http/address.hpp"
#include "http/normal_path.hpp"
#include "http/origin.hpp"
#include "http/proxy.hpp"
#include "registry/upload_location.hpp"

namespace berth::fuzz {
namespace {

constexpr std::string_view kBase = "https://r.example/v2/team/app/blobs/uploads/";

void check_origin(std::string_view input) {
  const auto origin = http::Origin::of(input);
  if (!origin) return;
  const auto again = http::Origin::of(origin->str());
  require(again && *again == *origin, "an origin is read as it is written");
  require(origin->host().find_first_of("@/?#\\ ") == std::string::npos, "a host is only a host");
  require(base::is_clean_text(origin->host()), "a host has no control characters");
}

void check_resolution(std::string_view input) {
  const auto url = http::resolve_url(kBase, input);
  if (!url) return;
  require(bool(http::Origin::of(*url)), "a resolved URL has an origin");
  const auto again = http::resolve_url(kBase, *url);
  require(again && *http::Origin::of(*again) == *http::Origin::of(*url),
          "a resolved URL has one origin");
}

std::string decode(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const std::string digits(text.substr(i + 1, 2));
      char* end = nullptr;
      const auto value = std::strtol(digits.c_str(), &end, 16);
      if (end == digits.c_str() + 2) {
        result += static_cast<char>(value);
        i += 2;
        continue;
      }
    }
    result += text[i];
  }
  return result;
}

// However often a server or a proxy decodes the path, its segments stay the same.
void check_path(std::string_view input) {
  if (!http::check_normal_path(input)) return;
  const std::string path = std::string(input.substr(0, input.find('?')));
  require(path.starts_with('/'), "a path begins with a slash");
  const std::string decoded = decode(decode(path)) + "/";
  for (const char* part : {"/../", "/./", "/..;", "\\"})
    require(decoded.find(part) == std::string::npos, "a path has no dot segments");
  require(std::count(decoded.begin(), decoded.end(), '/') ==
              std::count(path.begin(), path.end(), '/') + 1,
          "decoding adds no slashes");
  require(decoded.substr(0, decoded.size() - 1).find("//") == std::string::npos,
          "a path has no empty segments");
}

void check_location(std::string_view input) {
  http::Response response;
  response.url = kBase;
  response.headers.emplace_back("location", std::string(input));
  const auto own = http::Origin::make(true, "r.example");
  const auto location = registry::upload_location(response, own, "r.example", "team/app");
  if (!location) return;
  const auto origin = http::Origin::of(*location);
  require(origin && origin->tls(), "an upload with TLS stays with TLS");
}

void check_proxy(std::string_view input) {
  const std::string value(input);
  const auto environment = [&](std::string_view name) -> std::optional<std::string> {
    if (name == "HTTPS_PROXY" || name == "NO_PROXY") return value;
    return std::nullopt;
  };
  auto variables = http::ProxyVariables::from(environment);
  const auto origin = http::Origin::make(true, "r.example");
  static_cast<void>(http::goes_direct(variables.no_proxy, origin));
  variables.no_proxy.clear();
  if (const auto proxy = http::proxy_for(variables, origin); proxy && *proxy)
    require((*proxy)->url.find('@') == std::string::npos, "a proxy's URL holds no credentials");
}

}  // namespace

void run_url(std::string_view input) {
  check_origin(input);
  check_resolution(input);
  check_path(input);
  check_location(input);
  check_proxy(input);
  if (const auto address = http::Address::parse(input))
    static_cast<void>(http::kind_name(address->kind()));
  static_cast<void>(base::redact_url(input));
  static_cast<void>(base::redact(input));
}

}  // namespace berth::fuzz
