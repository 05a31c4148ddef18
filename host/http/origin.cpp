#include "http/origin.hpp"

#include <charconv>
#include <optional>

#include "base/escape.hpp"
#include "base/redact.hpp"
#include "http/curl_handles.hpp"

namespace berth::http {
namespace {

base::Error bad_url(std::string_view url, std::string cause) {
  return base::Error(base::ErrorClass::server, "http.url",
                     "invalid URL " + base::quote(base::redact_url(url)))
      .cause(std::move(cause));
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::uint16_t default_port(bool tls) { return tls ? 443 : 80; }

}  // namespace

base::Result<Origin> Origin::of(std::string_view url) {
  const CurlUrl parsed(curl().url());
  const std::string text(url);
  if (!base::is_clean_text(url)) return bad_url(url, "it has control characters");
  if (const auto code = curl().url_set(parsed.get(), CURLUPART_URL, text.c_str(), 0);
      code != CURLUE_OK)
    return bad_url(url, curl().url_strerror(code));
  const auto scheme = url_part(parsed, CURLUPART_SCHEME);
  if (scheme != "https" && scheme != "http") return bad_url(url, "it is neither http nor https");
  if (url_part(parsed, CURLUPART_USER) || url_part(parsed, CURLUPART_PASSWORD))
    return bad_url(url, "it contains a user name or password");
  if (url_part(parsed, CURLUPART_ZONEID))
    return bad_url(url, "its IPv6 zone is valid only on this machine");
  const auto host = url_part(parsed, CURLUPART_HOST);
  const auto port = url_part(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if (!host || !port) return bad_url(url, "it has no host");
  // libcurl decodes percent-encoded hosts: what they hold is not looked at above.
  if (!base::is_clean_text(*host) || host->find('%') != std::string::npos)
    return bad_url(url, "its host has characters that no host name has");
  Origin origin;
  origin.tls_ = scheme == "https";
  origin.host_ = lower(*host);
  std::from_chars(port->data(), port->data() + port->size(), origin.port_);
  return origin;
}

Origin Origin::make(bool tls, std::string_view host_and_port) {
  Origin origin;
  origin.tls_ = tls;
  origin.port_ = default_port(tls);
  std::string_view host = host_and_port;
  const auto colon = host_and_port.rfind(':');
  if (colon != std::string_view::npos && host_and_port.find(']', colon) == std::string_view::npos) {
    std::from_chars(host_and_port.data() + colon + 1, host_and_port.data() + host_and_port.size(),
                    origin.port_);
    host = host_and_port.substr(0, colon);
  }
  origin.host_ = lower(std::string(host));
  return origin;
}

std::string Origin::str() const {
  std::string text = (tls_ ? "https://" : "http://") + host_;
  if (port_ != default_port(tls_)) text += ":" + std::to_string(port_);
  return text;
}

base::Result<std::string> resolve_url(std::string_view base_url, std::string_view reference) {
  const CurlUrl parsed(curl().url());
  for (const std::string_view step : {base_url, reference}) {
    const std::string text(step);
    if (!base::is_clean_text(step)) return bad_url(step, "it has control characters");
    if (const auto code = curl().url_set(parsed.get(), CURLUPART_URL, text.c_str(), 0);
        code != CURLUE_OK)
      return bad_url(step, curl().url_strerror(code));
  }
  const auto url = url_part(parsed, CURLUPART_URL);
  if (!url) return bad_url(reference, "it cannot be resolved");
  BERTH_TRY([[maybe_unused]] const auto origin, Origin::of(*url));
  return *url;
}

std::string path_and_query(const std::string& url) {
  const auto path = url.find_first_of("/?#", url.find("://") + 3);
  if (path == std::string::npos) return "/";
  return url[path] == '/' ? url.substr(path) : "/" + url.substr(path);
}

std::string at_origin(const std::string& url, const Origin& origin) {
  return origin.str() + path_and_query(url);
}

}  // namespace berth::http
