// What Docker Hub says when a push fails, and what it means. Sources: README.md.
#pragma once

#include "cloud/saying.hpp"

namespace berth::dockerhub {

inline constexpr cloud::Saying kSayings[] = {
    {"insufficient scopes", "the access token may only read",
     "make one with Read & Write at https://app.docker.com/settings/personal-access-tokens, then: berth login "
     "docker.io"},
    {"access to the resource is denied",
     "this login may not push there: the namespace is another's, the team has no write access, or the plan's private "
     "repositories are used up",
     "berth login docker.io, or ask the owner of the namespace for write access"},
    {"pull rate limit", "the pulls of this account or address are used up; a push reads manifests, too",
     "wait, or log in: berth login docker.io"},
};

}  // namespace berth::dockerhub
