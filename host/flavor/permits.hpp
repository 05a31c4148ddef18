// Permits: what the permissions of one flavor come to on this machine, now: variables, home and files are looked at
// when the question is asked. Nothing that the plugin says widens them. Every refusal is class trust, code
// "flavor.denied": which flavor tried what, and the line that its author is to add. Safe from any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flavor/permissions.hpp"
#include "http/address.hpp"
#include "http/origin.hpp"

namespace berth::flavor {

using Variables = std::function<std::optional<std::string>(std::string_view name)>;

inline constexpr std::size_t kLargestPermittedFile = std::size_t{1} << 20U;

class Permits {
 public:
  // `permissions` as the metadata has them, where they were parsed already.
  Permits(std::string flavor, const std::vector<std::string>& permissions, Variables variables);

  [[nodiscard]] base::Result<void> read_variable(std::string_view name) const;
  // The file's bytes; nothing: it is not there. `path` is absolute, or begins with "~/", or is literally what a
  // variable or a key says. A regular file of at most 1 MiB, in the end within the folder of the pattern that permits
  // it, unless a person named this very file by a variable or a key: then it may be a link to anywhere. Class
  // validation, code "file.too-large"; class trust; class disk.
  [[nodiscard]] base::Result<std::optional<std::string>> read_file(const std::string& path) const;
  // By name or absolute path with any arguments, or, where a file's key permits it, with exactly the words that stand
  // there, which quotes may hold together.
  [[nodiscard]] base::Result<void> run(const std::vector<std::string>& argv) const;
  // Where a request to `url` may lead: for a host or a pattern that was declared, global and private addresses, and the
  // literal's own kind; for what a person named, anywhere. Class trust; class server, code "http.url".
  [[nodiscard]] base::Result<http::AddressRule> call(const std::string& url) const;
  // Whether a request to `url` may carry the user's credentials for the container registry: with TLS, to a host that
  // was declared for it. Class trust; class server, code "http.url".
  [[nodiscard]] base::Result<void> send_credentials(const std::string& url) const;
  [[nodiscard]] std::optional<std::string> variable(std::string_view name) const { return variables_(name); }

 private:
  // A choice with its variables filled in.
  struct Place {
    std::string literal;  // a path, or what it begins with
    std::string pattern;  // what follows, with * in it; empty: `literal` is all
    bool named = false;   // a person named this very file
  };
  [[nodiscard]] std::optional<Place> fill_in(const std::string& choice) const;
  [[nodiscard]] std::optional<Place> first_place(const Permission& permission) const;
  [[nodiscard]] std::string expand_home(const std::string& path) const;
  // What the permission's file says under its key; nothing where there is no such file, or it cannot be read.
  [[nodiscard]] std::vector<std::string> values_of(const Permission& permission) const;
  [[nodiscard]] std::optional<Place> place_of(const std::string& path) const;
  [[nodiscard]] std::optional<http::AddressRule> rule_for(const Permission& permission,
                                                          const http::Origin& origin) const;
  [[nodiscard]] bool may_run(const Permission& permission, const std::vector<std::string>& argv) const;
  [[nodiscard]] base::Error denied(std::string_view tried, const std::string& line) const;

  std::string flavor_;
  std::vector<Permission> permissions_;
  Variables variables_;
};

}  // namespace berth::flavor
