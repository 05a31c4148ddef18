// ScopeSet: the scopes that a token is requested for, one per resource: "repository:a/b:pull,push".
// Value. Source: Docker Registry v2, "Token Scope Documentation".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::registry {

// Returns "a/b" for the scope "repository:a/b:pull,push"; empty if the scope has another form.
std::string repository_of(std::string_view scope);

// Returns whether requesting and using a token for these actions ("pull,metadata_read") has no side
// effects. Some registries create a repository if a token for push is requested.
bool only_reads(std::string_view actions);

class ScopeSet {
 public:
  ScopeSet() = default;
  // `text`: scopes separated by spaces.
  explicit ScopeSet(std::string_view text) { add(text); }

  // Adds scopes. Actions on a resource in the set are merged with its own. Text over 4 KiB is
  // ignored.
  void add(std::string_view text);
  void add(const ScopeSet& other);
  // Returns the part that a plugin for `path` may request: actions that read, on repositories at or
  // below `path`; if `path` is empty, on all repositories and the catalog.
  [[nodiscard]] ScopeSet readable_below(std::string_view path) const;
  // Returns whether the set contains all of `other`.
  [[nodiscard]] bool covers(const ScopeSet& other) const;
  [[nodiscard]] bool empty() const { return scopes_.empty(); }
  // In the order in which they were added: some services read only the first scope.
  [[nodiscard]] std::vector<std::string> list() const;

 private:
  struct Scope {
    std::string resource;  // "repository:a/b"; the whole text if it is not a valid scope
    std::vector<std::string> actions;  // sorted; "*" includes all others and is then the only one
  };
  void merge(Scope scope);
  std::vector<Scope> scopes_;
};

}  // namespace berth::registry
