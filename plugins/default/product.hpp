// Which product a registry is, told from its challenge. Pure.
// Sources of the marks: the products' documentation and source, as README.md lists them.
#pragma once

#include <optional>
#include <string_view>

namespace berth::default_flavor {

struct Product {
  const char* name;    // "Harbor"
  const char* flavor;  // that knows its rules; null: there is none
};

// `challenge`: what WWW-Authenticate says in the answer to GET /v2/; `server`: the field Server. Nothing: it could be
// any.
std::optional<Product> recognise(std::string_view challenge, std::string_view server);

}  // namespace berth::default_flavor
