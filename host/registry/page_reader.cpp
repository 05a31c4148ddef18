#include "registry/page_reader.hpp"

#include <fmt/format.h>

#include <functional>

#include "base/redact.hpp"
#include "oci/grammar.hpp"
#include "registry/upload_location.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::string_view kBlanks = " \t";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// Returns whether a parameter of a link is rel="next"; the value may lack the quotes, and may be a
// list of relations.
bool is_next(std::string_view parameter) {
  const auto equals = parameter.find('=');
  if (equals == std::string_view::npos) return false;
  if (oci::to_lower(trimmed(parameter.substr(0, equals))) != "rel") return false;
  auto value = trimmed(parameter.substr(equals + 1));
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  const std::string relations = " " + oci::to_lower(value) + " ";
  return relations.find(" next ") != std::string::npos;
}

// Returns the end of the text that begins at `begin`, up to one of `ends` outside quotes.
std::size_t end_of_part(std::string_view text, std::size_t begin, std::string_view ends) {
  bool quoted = false;
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (!quoted && ends.find(text[i]) != std::string_view::npos) return i;
  }
  return text.size();
}

// Returns the target of `URL; rel="next"`, a link without the brackets that RFC 8288 requires
// (Quay, in 2016: heroku/docker-registry-client#11).
std::optional<std::string_view> bare_next_target(std::string_view header) {
  const auto semicolon = header.find(';');
  if (semicolon == std::string_view::npos || header.find('<') != std::string_view::npos)
    return std::nullopt;
  for (std::size_t begin = semicolon + 1; begin < header.size();) {
    const auto end = end_of_part(header, begin, ";,");
    if (is_next(header.substr(begin, end - begin))) return trimmed(header.substr(0, semicolon));
    begin = end + 1;
  }
  return std::nullopt;
}

// Returns the target of the first link with rel="next": `<URL>; rel="next", <URL>; rel="last"`.
std::optional<std::string_view> next_target(std::string_view header) {
  for (std::size_t at = 0; at < header.size();) {
    const auto open = header.find('<', at);
    const auto close = header.find('>', open);
    if (open == std::string_view::npos || close == std::string_view::npos) return std::nullopt;
    bool next = false;
    std::size_t end = close + 1;
    while (end < header.size() && header[end] != ',') {
      const auto begin = end + 1;  // after ">" or ";"
      end = end_of_part(header, header[end] == ';' ? begin : end, ";,");
      if (end > begin) next = next || is_next(header.substr(begin, end - begin));
    }
    if (next) return header.substr(open + 1, close - open - 1);
    at = end + 1;
  }
  return std::nullopt;
}

Error wrong_link(std::string_view host, std::string cause) {
  return Error(ErrorClass::server, "registry.page-link",
               fmt::format("{} refers to a next page that cannot be requested", host))
      .cause(std::move(cause));
}

}  // namespace

base::Result<std::optional<std::string>> next_page(const http::Response& response,
                                                   const std::string& request_url,
                                                   const http::Origin& own, std::string_view host) {
  std::optional<std::string_view> target;
  for (const auto header : response.header_all("link"))
    if (!target) target = next_target(header);
  for (const auto header : response.header_all("link"))
    if (!target) target = bare_next_target(header);
  if (!target) return std::optional<std::string>();
  auto url = http::resolve_url(request_url, *target);
  if (!url) return wrong_link(host, url.error().cause());
  const auto origin = http::Origin::of(*url);
  if (!origin) return wrong_link(host, origin.error().cause());
  if (*origin == own) return std::optional(std::move(*url));
  if (is_misspelt_origin(*url, *origin, own)) return std::optional(http::at_origin(*url, own));
  return wrong_link(host,
                    fmt::format("its Link is {}, which is another origin", base::redact_url(*url)))
      .fix("make the proxy in front of the registry forward Host and X-Forwarded-Proto");
}

PageReader::PageReader(AuthenticatedClient& client, std::string repository, const std::string& path,
                       http::Request request)
    : client_(client),
      repository_(std::move(repository)),
      request_(std::move(request)),
      url_(client.url(path)) {}

base::Result<std::optional<http::Response>> PageReader::next() {
  if (!url_) return std::optional<http::Response>();
  const bool is_new = seen_.insert(std::hash<std::string>()(*url_)).second;
  if (!is_new || seen_.size() > kMaxPages)
    return Error(ErrorClass::server, "registry.page-loop",
                 fmt::format("the list of {} does not end", client_.host()))
        .cause(is_new ? fmt::format("it has more than {} pages", kMaxPages)
                      : fmt::format("page {} refers to an earlier one", seen_.size()));
  request_.url = *url_;
  BERTH_TRY(auto response, client_.send(request_, repository_));
  url_.reset();
  if (response.ok()) {
    BERTH_TRY(url_, next_page(response, request_.url, client_.origin(), client_.host()));
  }
  return std::optional(std::move(response));
}

}  // namespace berth::registry
