// Origin: the scheme, host and port that a credential is bound to. Always valid once constructed;
// value. Source: RFC 6454, section 4.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::http {

class Origin {
 public:
  // Parses an absolute http or https URL. Class server, code "http.url", also for URLs with user
  // information.
  static base::Result<Origin> of(std::string_view url);
  // Creates the origin of a registry host ("r.example", "localhost:5000", "[::1]:5000").
  static Origin make(bool tls, std::string_view host_and_port);

  [[nodiscard]] bool tls() const { return tls_; }
  [[nodiscard]] const std::string& host() const { return host_; }  // lower case, brackets kept
  [[nodiscard]] std::uint16_t port() const { return port_; }
  // Returns "https://r.example", with a port only if it is not the scheme's default.
  [[nodiscard]] std::string str() const;

  friend auto operator<=>(const Origin&, const Origin&) = default;

 private:
  Origin() = default;
  bool tls_ = true;
  std::string host_;
  std::uint16_t port_ = 0;
};

// Resolves `reference` (absolute or relative) against the URL that contains it. RFC 3986,
// section 5.2. Class server, "http.url".
base::Result<std::string> resolve_url(std::string_view base_url, std::string_view reference);

// Returns path, query and fragment of an absolute URL, beginning with "/".
std::string path_and_query(const std::string& url);
// Returns the absolute URL `url` with the scheme, host and port of `origin`.
std::string at_origin(const std::string& url, const Origin& origin);

}  // namespace berth::http
