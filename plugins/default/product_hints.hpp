// What products without a flavor of their own require for a push, and what their error messages
// mean. Pure. Sources: the products' documentation and issue threads (README.md,
// tests/field/README.md).
#pragma once

#include <optional>
#include <string>

#include <berth/explanations.hpp>

#include "default/product.hpp"

namespace berth::default_flavor {

// `host` is the registry's: "harbor.example:8443". `product` is null if it was not recognised; a
// message may still give it away. std::nullopt if the message is clear.
std::optional<Explanation> explain_error(const RegistryError& error, const Product* product,
                                         const std::string& host);

// What the product requires for a push to `repository` that a token does not grant; std::nullopt:
// not known.
std::optional<Explanation> push_requirement(const Product& product, const std::string& repository,
                                            const std::string& host);

}  // namespace berth::default_flavor
