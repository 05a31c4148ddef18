#include "registry/credential_keys.hpp"

#include <algorithm>

namespace berth::registry {
namespace {

constexpr std::string_view kHub = "docker.io";

struct ParsedKey {
  std::string scheme;  // "https"; empty if missing
  std::string host;    // normalized, see normal_host()
  std::string path;    // without leading and trailing slashes; empty for an API version
};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

// Returns one spelling per host: lower case, and one name for all of Docker Hub's hosts.
std::string normal_host(std::string_view text) {
  std::string host = lower(text);
  return host == "index.docker.io" || host == "registry-1.docker.io" ? std::string(kHub) : host;
}

ParsedKey parse_key(std::string_view key) {
  ParsedKey parsed;
  if (const auto scheme = key.find("://"); scheme != std::string_view::npos) {
    parsed.scheme = lower(key.substr(0, scheme));
    key.remove_prefix(scheme + 3);
  }
  const auto slash = key.find('/');
  parsed.host = normal_host(key.substr(0, slash));
  if (slash == std::string_view::npos) return parsed;
  key.remove_prefix(slash);
  while (key.starts_with('/')) key.remove_prefix(1);
  while (key.ends_with('/')) key.remove_suffix(1);
  if (key != "v1" && key != "v2") parsed.path = key;
  return parsed;
}

KeyScope scope_of(const ParsedKey& key, std::string_view host, std::string_view repository) {
  if (key.host != normal_host(host)) return KeyScope::other_host;
  if (key.path.empty()) return KeyScope::host;
  const bool below = repository.starts_with(key.path) &&
                     (repository.size() == key.path.size() || repository[key.path.size()] == '/');
  return below ? KeyScope::repository : KeyScope::other_path;
}

// Sorts several spellings of one host: docker's first, HTTP URLs last.
int spelling_order(std::string_view key, const ParsedKey& parsed, std::string_view host) {
  if (key == server_name(host)) return 0;
  if (key == host) return 1;
  if (parsed.scheme == "https") return 2;
  return parsed.scheme.empty() ? 3 : 4;
}

}  // namespace

std::string server_name(std::string_view host) {
  return std::string(host == kHub ? kHubServer : host);
}

std::vector<std::string> helper_names(std::string_view host) {
  if (host == kHub) return {std::string(kHubServer), "docker.io", "index.docker.io"};
  return {std::string(host), "https://" + std::string(host)};
}

KeyScope scope_of_key(std::string_view key, std::string_view host, std::string_view repository) {
  return scope_of(parse_key(key), host, repository);
}

bool is_host_key(std::string_view key, std::string_view host) {
  const auto parsed = parse_key(key);
  const auto scope = scope_of(parsed, host, "");
  return scope == KeyScope::host || (scope == KeyScope::other_path && !parsed.scheme.empty());
}

std::vector<const base::Json::Member*> matching_members(const base::Json::Object& members,
                                                        std::string_view host,
                                                        std::string_view repository, KeyRule rule) {
  struct Match {
    const base::Json::Member* member;
    KeyScope scope;
    std::size_t length;  // of the path
    int spelling;
  };
  std::vector<Match> matches;
  for (const auto& member : members) {
    const auto parsed = parse_key(member.first);
    const auto scope = scope_of(parsed, host, repository);
    if (scope == KeyScope::other_host) continue;
    if (scope == KeyScope::other_path && rule == KeyRule::containers && parsed.scheme.empty())
      continue;
    const auto length = scope == KeyScope::repository ? parsed.path.size() : 0;
    matches.push_back({&member, scope, length, spelling_order(member.first, parsed, host)});
  }
  std::ranges::stable_sort(matches, [](const Match& left, const Match& right) {
    if (left.scope != right.scope) return left.scope > right.scope;
    return left.length != right.length ? left.length > right.length
                                       : left.spelling < right.spelling;
  });
  std::vector<const base::Json::Member*> found;
  for (const auto& match : matches) found.push_back(match.member);
  return found;
}

}  // namespace berth::registry
