#include "http/proxy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/escape.hpp"
#include "base/hex.hpp"
#include "http/address.hpp"
#include "http/curl_handles.hpp"

namespace berth::http {
namespace {

using Environment = std::function<std::optional<std::string>(std::string_view)>;

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

constexpr std::string_view kBlank = " \t\r\n";

// Returns `text` without surrounding white space and quotation marks, which `docker run --env-file`
// keeps.
std::string_view bare(std::string_view text) {
  for (std::string_view before; before != text;) {
    before = text;
    text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
    text = text.substr(0, text.find_last_not_of(kBlank) + 1);
    const bool quoted = text.size() >= 2 && text.front() == text.back() &&
                        (text.front() == '"' || text.front() == '\'');
    if (quoted) text = text.substr(1, text.size() - 2);
  }
  return text;
}

ProxyVariable first_set(const Environment& environment, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (auto value = environment(name).value_or(""); !bare(value).empty())
      return {name, std::move(value)};
  return {};
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// One entry of NO_PROXY, except for "*" and networks.
struct Exception {
  std::string host;  // without brackets
  std::string port;  // empty: any
};

Exception split_port(const std::string& entry) {
  if (entry.front() == '[') {
    const auto bracket = entry.find(']');
    if (bracket == std::string::npos) return {entry, ""};
    const bool has_port = bracket + 1 < entry.size() && entry[bracket + 1] == ':';
    return {entry.substr(1, bracket - 1), has_port ? entry.substr(bracket + 2) : ""};
  }
  const auto colon = entry.find(':');
  if (colon == std::string::npos || entry.find(':', colon + 1) != std::string::npos)
    return {entry, ""};
  return {entry.substr(0, colon), entry.substr(colon + 1)};
}

bool is_in_network(const std::string& entry, const Address& address) {
  const auto slash = entry.find('/');
  const auto network = Address::parse(entry.substr(0, slash));
  const auto bits = number(std::string_view(entry).substr(slash + 1));
  const bool ipv4 = network && network->is_ipv4();
  if (!network || !bits || *bits < 0 || *bits > (ipv4 ? 32 : 128) || ipv4 != address.is_ipv4())
    return false;
  return address.is_within(*network, *bits + (ipv4 ? 96 : 0));
}

bool is_host_or_below(std::string_view entry, std::string_view host) {
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry.starts_with('.')) return host.ends_with(entry);
  return host == entry || (host.ends_with(entry) && host[host.size() - entry.size() - 1] == '.');
}

bool is_exception(const std::string& entry, const Origin& origin,
                  const std::optional<Address>& address) {
  if (entry == "*") return true;
  if (entry.find('/') != std::string::npos) return address && is_in_network(entry, *address);
  const auto exception = split_port(entry);
  if (exception.host.empty()) return false;
  if (!exception.port.empty() && exception.port != std::to_string(origin.port())) return false;
  if (const auto listed = Address::parse(exception.host)) return address && *listed == *address;
  return !address && is_host_or_below(exception.host, origin.host());
}

// The parts of a variable's value. Only `login` may contain what looks like a password.
struct ProxyParts {
  std::string scheme;
  std::optional<std::string> login;  // "USER:PASSWORD", as written
  std::string host_and_port;
};

// Everything before the last "@" is the login, so that a password may contain "@", "/" and "#"
// unencoded, which Go partly rejects. Only "%" has to be encoded.
ProxyParts split_proxy(std::string_view value) {
  ProxyParts parts{"http", std::nullopt, {}};
  if (const auto scheme = value.find("://"); scheme != std::string_view::npos) {
    parts.scheme = lower_case(value.substr(0, scheme));
    value.remove_prefix(scheme + 3);
  }
  if (const auto at = value.rfind('@'); at != std::string_view::npos) {
    parts.login = std::string(value.substr(0, at));
    value.remove_prefix(at + 1);
  }
  parts.host_and_port = value.substr(0, value.find_first_of("/?#"));
  return parts;
}

// A "%" that does not begin an escape is kept.
std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto high =
        text[i] == '%' && i + 2 < text.size() ? base::hex_value(text[i + 1]) : std::nullopt;
    const auto low = high ? base::hex_value(text[i + 2]) : std::nullopt;
    decoded += low ? static_cast<char>(*high * 16 + *low) : text[i];
    if (low) i += 2;
  }
  return decoded;
}

base::Error bad_proxy(const ProxyVariable& variable, const ProxyParts& parts, std::string cause) {
  const bool has_login = parts.login.has_value();
  return base::Error(base::ErrorClass::network, "http.proxy-url",
                     "invalid proxy in " + variable.name)
      .cause(std::move(cause))
      .fix("set " + variable.name + "=http://" + (has_login ? "USER:PASSWORD@" : "") + "HOST:PORT" +
           (has_login ? std::string(kEncodePassword) : ""));
}

bool is_proxy_scheme(std::string_view scheme) {
  return scheme == "http" || scheme == "https" || scheme == "socks5" || scheme == "socks5h";
}

// libcurl's defaults differ: 443 for an https proxy and 1080 for all others.
std::string port_or_own(const std::string& port, std::string_view scheme) {
  if (!port.empty()) return port;
  if (scheme == "http") return "80";
  return scheme == "https" ? "443" : "1080";
}

// Returns "http://proxy.example:3128". Errors show only `parts`, without the login.
base::Result<std::string> proxy_url(const ProxyVariable& variable, const ProxyParts& parts) {
  if (!is_proxy_scheme(parts.scheme))
    return bad_proxy(
        variable, parts,
        base::quote(parts.scheme, 40) + " is not a supported scheme: http, https, socks5, socks5h");
  if (parts.host_and_port.empty()) return bad_proxy(variable, parts, "it has no host");
  const CurlUrl url(curl().url());
  const std::string text = parts.scheme + "://" + parts.host_and_port;
  const auto host = parts.host_and_port.substr(0, parts.host_and_port.find(':'));
  if (const auto code =
          curl().url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME);
      code != 0)
    return bad_proxy(variable, parts,
                     fmt::format("host {}: {}", base::quote(host, 100), curl().url_strerror(code)));
  return parts.scheme + "://" + url_part(url, CURLUPART_HOST).value_or("") + ":" +
         port_or_own(url_part(url, CURLUPART_PORT).value_or(""), parts.scheme);
}

}  // namespace

ProxyVariables ProxyVariables::from(const Environment& environment) {
  ProxyVariables variables;
  variables.https =
      first_set(environment, {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"});
  const bool is_cgi = !environment("REQUEST_METHOD").value_or("").empty();
  variables.http =
      is_cgi ? first_set(environment, {"http_proxy", "ALL_PROXY", "all_proxy"})
             : first_set(environment, {"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"});
  variables.no_proxy = first_set(environment, {"NO_PROXY", "no_proxy"}).value;
  return variables;
}

bool goes_direct(std::string_view no_proxy, const Origin& origin) {
  if (classify_literal(origin.host()) == AddressKind::loopback) return true;
  const auto address = Address::parse(origin.host());
  no_proxy = bare(no_proxy);
  constexpr std::string_view kBetween = ", \t\r\n";
  for (std::size_t begin = 0;
       (begin = no_proxy.find_first_not_of(kBetween, begin)) != std::string_view::npos;) {
    const auto end = std::min(no_proxy.find_first_of(kBetween, begin), no_proxy.size());
    if (is_exception(lower_case(no_proxy.substr(begin, end - begin)), origin, address)) return true;
    begin = end;
  }
  return false;
}

base::Result<std::optional<Proxy>> proxy_for(const ProxyVariables& variables,
                                             const Origin& origin) {
  const ProxyVariable& variable = origin.tls() ? variables.https : variables.http;
  if (variable.value.empty() || goes_direct(variables.no_proxy, origin))
    return std::optional<Proxy>();
  const auto parts = split_proxy(bare(variable.value));
  Proxy proxy;
  BERTH_TRY(proxy.url, proxy_url(variable, parts));
  proxy.variable = variable.name;
  if (!parts.login) return std::optional<Proxy>(std::move(proxy));
  const auto colon = std::min(parts.login->find(':'), parts.login->size());
  proxy.username = percent_decoded(std::string_view(*parts.login).substr(0, colon));
  auto password = percent_decoded(
      std::string_view(*parts.login).substr(std::min(colon + 1, parts.login->size())));
  if (!base::is_clean_text(proxy.username) || !base::is_clean_text(password))
    return bad_proxy(variable, parts, "its user name or password has control characters");
  proxy.password = base::Secret(std::move(password));
  return std::optional<Proxy>(std::move(proxy));
}

}  // namespace berth::http
