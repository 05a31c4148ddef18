// ScopeSet: what a token is asked for, each resource once: "repository:a/b:pull,push". Value.
// Source: Docker Registry v2, "Token Scope Documentation".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::registry {

// "a/b" of the scope "repository:a/b:pull,push"; empty if it does not have that form.
std::string repository_of(std::string_view scope);

// Whether a token for these actions ("pull,metadata_read") changes nothing when it is requested or used. Some
// registries create a repository when a token for push is requested.
bool only_reads(std::string_view actions);

class ScopeSet {
 public:
  ScopeSet() = default;
  // Scopes with spaces between them.
  explicit ScopeSet(std::string_view text) { add(text); }

  // The actions on a resource that is there already are added to its own. More than 4 KiB is no scope: left out.
  void add(std::string_view text);
  void add(const ScopeSet& other);
  // The part of it that a plugin for `path` may have a token for: actions that read, of repositories at or below it; of
  // all, and the catalog, if `path` is empty.
  [[nodiscard]] ScopeSet readable_below(std::string_view path) const;
  // Whether all of `other` is in it.
  [[nodiscard]] bool covers(const ScopeSet& other) const;
  [[nodiscard]] bool empty() const { return scopes_.empty(); }
  // In the order in which they were first added: a service may read the first alone.
  [[nodiscard]] std::vector<std::string> list() const;

 private:
  struct Scope {
    std::string resource;              // "repository:a/b"; the whole text of what is no scope
    std::vector<std::string> actions;  // sorted; "*" stands for all and alone
  };
  void merge(Scope scope);
  std::vector<Scope> scopes_;
};

}  // namespace berth::registry
