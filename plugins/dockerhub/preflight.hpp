// Preflight checks of a push to Docker Hub. Pure.
#pragma once

#include <optional>
#include <string>

#include "common/finding.hpp"
#include "dockerhub/hub_api.hpp"
#include "dockerhub/hub_name.hpp"

namespace berth::dockerhub {

// The settings create_repository and private.
struct Creation {
  bool is_enabled = false;
  std::optional<bool> is_private{};  // std::nullopt: as the account's settings have it
  // Hub's API creates a repository only with a visibility; without one, the push creates it.
  [[nodiscard]] bool by_api() const { return is_enabled && is_private.has_value(); }
};

// The credentials in use do not grant a push. `granted`: what they grant ("pull"); `user` is empty
// for a token without a name; `source` is where they come from.
common::Finding check_granted(const std::string& granted, const HubName& name,
                              const std::string& user, const std::string& source);
// The token service rejected them for a push: they may only read.
common::Finding read_only_token(const std::string& user, const std::string& source);

// `is_taken`: the tag exists and is another image, or may be.
common::Findings check_repository(const HubRepository& repository, const HubName& name,
                                  const std::string& tag, bool has_conflict,
                                  const Creation& creation);

// The repository was not created, or cannot be: `error` is the reason.
common::Finding not_created(const HubName& name, const std::string& error);

}  // namespace berth::dockerhub
