#include "http/proxy.hpp"

#include <charconv>

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

ProxyVariable first_set(const Environment& environment, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (auto value = environment(name).value_or(""); !value.empty()) return {name, std::move(value)};
  return {};
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// One entry of NO_PROXY, apart from "*" and networks.
struct Exception {
  std::string host;  // brackets gone
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
  if (colon == std::string::npos || entry.find(':', colon + 1) != std::string::npos) return {entry, ""};
  return {entry.substr(0, colon), entry.substr(colon + 1)};
}

bool is_in_network(const std::string& entry, const Address& address) {
  const auto slash = entry.find('/');
  const auto network = Address::parse(entry.substr(0, slash));
  const auto bits = number(std::string_view(entry).substr(slash + 1));
  const bool ipv4 = network && network->is_ipv4();
  if (!network || !bits || *bits < 0 || *bits > (ipv4 ? 32 : 128) || ipv4 != address.is_ipv4()) return false;
  return address.is_within(*network, *bits + (ipv4 ? 96 : 0));
}

bool is_host_or_below(std::string_view entry, std::string_view host) {
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry.starts_with('.')) return host.ends_with(entry);
  return host == entry || (host.ends_with(entry) && host[host.size() - entry.size() - 1] == '.');
}

bool is_exception(const std::string& entry, const Origin& origin, const std::optional<Address>& address) {
  if (entry == "*") return true;
  if (entry.find('/') != std::string::npos) return address && is_in_network(entry, *address);
  const auto exception = split_port(entry);
  if (exception.host.empty()) return false;
  if (!exception.port.empty() && exception.port != std::to_string(origin.port())) return false;
  if (const auto listed = Address::parse(exception.host)) return address && *listed == *address;
  return !address && is_host_or_below(exception.host, origin.host());
}

base::Error bad_proxy(const ProxyVariable& variable, std::string cause) {
  return base::Error(base::ErrorClass::network, "http.proxy-url", variable.name + " names no usable proxy")
      .cause(std::move(cause))
      .fix("write " + variable.name + "=http://HOST:PORT");
}

bool is_proxy_scheme(std::string_view scheme) {
  return scheme == "http" || scheme == "https" || scheme == "socks5" || scheme == "socks5h";
}

// libcurl would take 443 for an https proxy and 1080 for all others.
std::string port_or_own(const std::string& port, std::string_view scheme) {
  if (!port.empty()) return port;
  if (scheme == "http") return "80";
  return scheme == "https" ? "443" : "1080";
}

}  // namespace

ProxyVariables ProxyVariables::from(const Environment& environment) {
  ProxyVariables variables;
  variables.https = first_set(environment, {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"});
  const bool is_cgi = !environment("REQUEST_METHOD").value_or("").empty();
  variables.http = is_cgi ? first_set(environment, {"http_proxy", "ALL_PROXY", "all_proxy"})
                          : first_set(environment, {"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"});
  variables.no_proxy = first_set(environment, {"NO_PROXY", "no_proxy"}).value;
  return variables;
}

bool goes_direct(std::string_view no_proxy, const Origin& origin) {
  if (literal_kind(origin.host()) == AddressKind::loopback) return true;
  const auto address = Address::parse(origin.host());
  constexpr std::string_view kBetween = ", \t\r\n";
  for (std::size_t begin = 0; (begin = no_proxy.find_first_not_of(kBetween, begin)) != std::string_view::npos;) {
    const auto end = std::min(no_proxy.find_first_of(kBetween, begin), no_proxy.size());
    if (is_exception(lower_case(no_proxy.substr(begin, end - begin)), origin, address)) return true;
    begin = end;
  }
  return false;
}

base::Result<std::optional<Proxy>> proxy_for(const ProxyVariables& variables, const Origin& origin) {
  const ProxyVariable& variable = origin.tls() ? variables.https : variables.http;
  if (variable.value.empty() || goes_direct(variables.no_proxy, origin)) return std::optional<Proxy>();
  const CurlUrl url(curl_url());
  const bool has_scheme = variable.value.find("://") != std::string::npos;
  const std::string text = has_scheme ? variable.value : "http://" + variable.value;
  if (const auto code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME); code != 0)
    return bad_proxy(variable, curl_url_strerror(code));
  const auto scheme = url_part(url, CURLUPART_SCHEME).value_or("");
  if (!is_proxy_scheme(scheme)) return bad_proxy(variable, "it is neither http, https, socks5 nor socks5h");
  const auto host = url_part(url, CURLUPART_HOST).value_or("");
  if (host.empty()) return bad_proxy(variable, "it has no host");
  Proxy proxy;
  proxy.url = scheme + "://" + host + ":" + port_or_own(url_part(url, CURLUPART_PORT).value_or(""), scheme);
  proxy.variable = variable.name;
  proxy.username = url_part(url, CURLUPART_USER, CURLU_URLDECODE).value_or("");
  proxy.password = base::Secret(url_part(url, CURLUPART_PASSWORD, CURLU_URLDECODE).value_or(""));
  return std::optional<Proxy>(std::move(proxy));
}

}  // namespace berth::http
