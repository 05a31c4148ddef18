// Error messages of Docker Hub, and what they mean. Sources: README.md.
#pragma once

#include "common/error_hint.hpp"

namespace berth::dockerhub {

inline constexpr common::ErrorHint kErrorHints[] = {
    {"insufficient scopes", "the access token is read-only",
     "create one with Read & Write at https://app.docker.com/settings/personal-access-tokens, "
     "then: berth login "
     "docker.io"},
    {"personal access token",
     "the account does not accept its password: it uses two-factor authentication, or its "
     "organization enforces single "
     "sign-on",
     "create an access token at https://app.docker.com/settings/personal-access-tokens, then: "
     "berth login docker.io"},
    {"incorrect username or password",
     "the user name or the password is wrong, or the access token has expired or was deleted",
     "berth login docker.io, with an access token of "
     "https://app.docker.com/settings/personal-access-tokens"},
    {"access to the resource is denied",
     "these credentials may not push there: the namespace belongs to another account, the team has "
     "no write access, or "
     "the plan's private repositories are used up",
     "berth login docker.io, or ask an owner of the namespace for write access"},
    {"unauthenticated pull rate limit",
     "this address has used up its pulls; a push reads manifests as well", "berth login docker.io"},
    {"pull rate limit", "this account has used up its pulls; a push reads manifests as well",
     "try again later; limits: https://docs.docker.com/docker-hub/usage/"},
};

}  // namespace berth::dockerhub
