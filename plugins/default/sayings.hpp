// What products without a flavor of their own say when a push fails, and what it means.
// Sources: the products' documentation and issue threads (README.md).
#pragma once

#include "cloud/saying.hpp"

namespace berth::default_flavor {

inline constexpr cloud::Saying kSayings[] = {
    {"permission_denied: write_package",
     "the package exists, and this workflow's repository has no write access to it; or the token lacks write:packages",
     "package settings, Manage Actions access: give the repository the role Write"},
    {"cannot be authenticated with the token provided",
     "the token is expired or revoked, fine-grained, or not authorised for the organisation's single sign-on",
     "make a classic token with write:packages, then: berth login ghcr.io"},
    {"installation not allowed to", "the workflow may not write packages",
     "in the workflow: permissions: { packages: write }"},
    {"Nested repositories are not supported", "this server takes names of two parts alone",
     "push NAMESPACE/NAME, without a third part"},
    {"Quota has been exceeded", "the namespace's storage is used up", "delete old tags, or ask for a larger quota"},
    {"protected repository path", "the project protects this path, and this login may not push there",
     "ask a maintainer, or push another path"},
    {"registry not enabled", "the project exists, and its container registry is switched off",
     "project settings, General, Visibility: enable the container registry"},
    {"does not allow updating assets", "the repository takes each tag once (redeploy is disabled)", "push another tag"},
    {"configured as immutable", "the project takes this tag once", "push another tag"},
    {"access to the resource is denied",
     "the token service grants this login no push there: the project or namespace does not exist, is spelt otherwise, "
     "or "
     "is another's",
     "compare the name with that in the registry's web page, and log in with an account that may write there"},
};

}  // namespace berth::default_flavor
