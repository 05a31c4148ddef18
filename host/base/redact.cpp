#include "base/redact.hpp"

#include <algorithm>
#include <span>

namespace berth::base {
namespace {

constexpr std::string_view kHidden = "…";
constexpr std::size_t kMinTokenLength = 8;
constexpr std::size_t kMinSecretLength = 4;
constexpr std::string_view kUrlEnds = " \t\r\n\"'<>`\\^{}|";

using Names = std::span<const std::string_view>;

constexpr std::string_view kShownParameters[] = {"digest",  "from", "mount", "scope",
                                                 "service", "n",    "last"};
constexpr std::string_view kSecretHeaders[] = {
    "authorization",   "proxy-authorization",  "cookie",           "set-cookie",
    "x-registry-auth", "x-amz-security-token", "x-registry-config"};
// In lower case, without dashes and underscores.
constexpr std::string_view kSecretNames[] = {"password",
                                             "passwd",
                                             "passphrase",
                                             "secret",
                                             "token",
                                             "accesstoken",
                                             "refreshtoken",
                                             "identitytoken",
                                             "idtoken",
                                             "registrytoken",
                                             "clientsecret",
                                             "secretkey",
                                             "secretaccesskey",
                                             "sessiontoken",
                                             "apikey",
                                             "privatekey",
                                             "auth",
                                             "sig",
                                             "signature",
                                             "xamzsignature",
                                             "xgoogsignature",
                                             "xamzsecuritytoken",
                                             "xamzcredential",
                                             "xgoogcredential",
                                             "assertion"};

bool contains(Names names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_name_char(char c) { return is_alphanumeric(c) || c == '-' || c == '_'; }
// RFC 6750, section 2.1: b64token.
bool is_token_char(char c) {
  return is_alphanumeric(c) || std::string_view("-._~+/=").find(c) != std::string_view::npos;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text, bool skip_separators) {
  std::string result;
  for (const char c : text)
    if (!skip_separators || (c != '-' && c != '_')) result += lower(c);
  return result;
}

template <typename Predicate>
std::size_t length_while(std::string_view text, Predicate predicate) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, predicate) - text.begin());
}

std::size_t length_to(std::string_view text, std::string_view ends) {
  return std::min(text.find_first_of(ends), text.size());
}

// In a sentence, "Bearer" may be followed by "authentication".
bool is_prose(std::string_view token) {
  return std::ranges::all_of(token.substr(1),
                             [](char c) { return (c >= 'a' && c <= 'z') || c == '.' || c == '-'; });
}

// The replacement for the start of `text` and the length that it replaces; 0: the start is not
// secret.
struct Found {
  std::size_t length = 0;
  std::string shown = {};
};

Found find_url(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"})
    if (lowered(text.substr(0, scheme.size()), false) == scheme) {
      const auto length = length_to(text, kUrlEnds);
      return {length, redact_url(text.substr(0, length))};
    }
  return {};
}

Found find_scheme(std::string_view text) {
  for (const std::string_view scheme : {"basic ", "bearer "}) {
    if (lowered(text.substr(0, scheme.size()), false) != scheme) continue;
    const auto token = text.substr(scheme.size());
    const auto length = length_while(token, is_token_char);
    const bool parameter = length < token.size() && token[length] == '"';  // realm="…"
    if (length < kMinTokenLength || parameter || is_prose(token.substr(0, length))) return {};
    return {scheme.size() + length, std::string(text.substr(0, scheme.size())).append(kHidden)};
  }
  return {};
}

Found find_web_token(std::string_view text) {
  if (!text.starts_with("eyJ")) return {};
  const auto length = length_while(text, is_token_char);
  return length < 2 * kMinTokenLength ? Found{} : Found{length, std::string(kHidden)};
}

// Returns the length up to the closing quote. A quote with more backslashes than the opening one is
// part of the value.
std::size_t quoted_length(std::string_view value, char quote, std::size_t escapes) {
  std::size_t run = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == quote && run <= escapes) return i - run;
    run = value[i] == '\\' ? run + 1 : 0;
  }
  return value.size();
}

// Hides the value at `at`, which is quoted or ends at white space or punctuation. In quoted text,
// its quotes are escaped.
Found hide_value(std::string_view text, std::size_t at) {
  const auto escapes = length_while(text.substr(at), [](char c) { return c == '\\'; });
  const char quote = at + escapes < text.size() ? text[at + escapes] : ' ';
  const bool quoted = quote == '"' || quote == '\'';
  const auto begin = quoted ? at + escapes + 1 : at;
  const auto value = text.substr(begin);
  const auto length =
      quoted ? quoted_length(value, quote, escapes) : length_to(value, " \t\r\n\"'&;,)}]\\");
  if (length == 0 || value.starts_with(kHidden)) return {};
  return {begin + length, std::string(text.substr(0, begin)).append(kHidden)};
}

// Finds Name: value, NAME=VALUE, "name": "value", and the same in escaped text.
Found find_named(std::string_view text) {
  const auto name_length = length_while(text, is_name_char);
  const auto name = text.substr(0, name_length);
  auto at = name_length;
  auto skip = [&](std::string_view characters) {
    at += length_while(text.substr(at),
                       [&](char c) { return characters.find(c) != std::string_view::npos; });
  };
  if (contains(kSecretHeaders, lowered(name, false)) && text.substr(at).starts_with(":")) {
    const auto end = length_to(text, "\r\n");
    return {end, std::string(text.substr(0, at + 1)).append(" ").append(kHidden)};
  }
  if (!contains(kSecretNames, lowered(name, true))) return {};
  if (text.substr(at).starts_with("=")) return hide_value(text, at + 1);
  skip("\\");
  if (!text.substr(at).starts_with("\"")) return {};
  ++at;
  skip(" \t");
  if (!text.substr(at).starts_with(":")) return {};
  ++at;
  skip(" \t");
  return hide_value(text, at);
}

Found find_secret(std::string_view text) {
  for (const auto find : {find_url, find_scheme, find_web_token, find_named})
    if (auto found = find(text); found.length > 0) return found;
  return {};
}

}  // namespace

std::string redact_url(std::string_view url) {
  std::string result;
  const auto scheme_end = url.find("://");
  const auto authority = scheme_end == std::string_view::npos ? 0 : scheme_end + 3;
  const auto path = std::min(url.find_first_of("/?#", authority), url.size());
  const auto at = url.substr(0, path).rfind('@');
  result += url.substr(0, authority);
  const auto host = at != std::string_view::npos && at >= authority ? at + 1 : authority;
  const auto query = std::min(url.find('?'), url.size());
  result += url.substr(host, query - host);
  for (std::size_t begin = query; begin < url.size();) {
    const auto end = std::min(url.find('&', begin + 1), url.size());
    const auto parameter = url.substr(begin + 1, end - begin - 1);
    const auto equals = std::min(parameter.find('='), parameter.size());
    result += url[begin];
    result += parameter.substr(0, equals);
    if (equals < parameter.size()) result += "=";
    if (equals < parameter.size())
      result += contains(kShownParameters, parameter.substr(0, equals))
                    ? parameter.substr(equals + 1)
                    : kHidden;
    begin = end;
  }
  return result;
}

std::string redact(std::string_view text) {
  std::string result;
  bool in_name = false;  // a secret starts only at the start of a name or token
  while (!text.empty()) {
    auto found = in_name ? Found{} : find_secret(text);
    if (found.length == 0) found = {1, std::string(1, text[0])};
    result += found.shown;
    in_name = is_name_char(text[found.length - 1]);
    text.remove_prefix(found.length);
  }
  return result;
}

std::string redact(std::string text, const Secret& known) {
  const auto secret = known.reveal();
  if (secret.size() < kMinSecretLength) return text;
  for (auto at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + kHidden.size()))
    text.replace(at, secret.size(), kHidden);
  return text;
}

}  // namespace berth::base
