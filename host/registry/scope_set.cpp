#include "registry/scope_set.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

namespace berth::registry {
namespace {

constexpr std::size_t kMaxScope = 4096;

std::vector<std::string> split_words(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

void settle(std::vector<std::string>& actions) {
  std::ranges::sort(actions);
  actions.erase(std::unique(actions.begin(), actions.end()), actions.end());
  if (std::ranges::find(actions, "*") != actions.end()) actions = {"*"};
}

}  // namespace

std::string repository_of(std::string_view scope) {
  const auto begin = scope.find(':');
  const auto end = scope.rfind(':');
  if (begin == std::string_view::npos || begin == end) return {};
  return std::string(scope.substr(begin + 1, end - begin - 1));
}

bool only_reads(std::string_view actions) {
  return actions.find("push") == std::string_view::npos &&
         actions.find('*') == std::string_view::npos &&
         actions.find("create") == std::string_view::npos &&
         actions.find("write") == std::string_view::npos &&
         actions.find("delete") == std::string_view::npos;
}

ScopeSet ScopeSet::readable_below(std::string_view path) const {
  constexpr std::string_view kRepository = "repository:";
  ScopeSet allowed;
  for (const auto& [resource, actions] : scopes_) {
    if (path.empty() && resource == "registry:catalog") allowed.merge({resource, actions});
    if (!resource.starts_with(kRepository)) continue;
    const std::string name = resource.substr(kRepository.size());
    const bool below = path.empty() || name == path || name.starts_with(std::string(path) + "/");
    std::vector<std::string> reading;
    std::ranges::copy_if(actions, std::back_inserter(reading),
                         [](const auto& action) { return only_reads(action); });
    if (below && !reading.empty()) allowed.merge({resource, std::move(reading)});
  }
  return allowed;
}

void ScopeSet::add(std::string_view text) {
  if (text.size() > kMaxScope) return;
  for (const auto& word : split_words(text, ' ')) {
    // TYPE:NAME:ACTIONS; the name may contain a colon before a port.
    const auto last = word.rfind(':');
    if (last == std::string::npos || last == word.find(':'))
      merge({word, {}});
    else
      merge({word.substr(0, last), split_words(std::string_view(word).substr(last + 1), ',')});
  }
}

void ScopeSet::add(const ScopeSet& other) {
  for (const auto& scope : other.scopes_) merge(scope);
}

void ScopeSet::merge(Scope scope) {
  auto known = std::ranges::find(scopes_, scope.resource, &Scope::resource);
  if (known == scopes_.end())
    known = scopes_.insert(scopes_.end(), Scope{std::move(scope.resource), {}});
  known->actions.insert(known->actions.end(), scope.actions.begin(), scope.actions.end());
  settle(known->actions);
}

bool ScopeSet::covers(const ScopeSet& other) const {
  ScopeSet both = *this;
  both.add(other);
  return both.list() == list();
}

std::vector<std::string> ScopeSet::list() const {
  std::vector<std::string> texts;
  for (const auto& [resource, actions] : scopes_)
    texts.push_back(actions.empty() ? resource
                                    : fmt::format("{}:{}", resource, fmt::join(actions, ",")));
  return texts;
}

}  // namespace berth::registry
