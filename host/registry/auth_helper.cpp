#include "registry/auth_helper.hpp"

#include "registry/credential_keys.hpp"

namespace berth::registry {
namespace {

using base::Json;

base::Error wrong_type(const char* field, const char* type) {
  return base::Error(base::ErrorClass::auth, "auth.config", "cannot read credentials")
      .cause(std::string("\"") + field + "\" is not " + type);
}

}  // namespace

base::Result<NamedHelper> helper_for(const Json& config, const std::string& host) {
  const Json* helpers = config.find_any_case("credHelpers");
  if (helpers != nullptr && !helpers->is_object() && !helpers->is_null())
    return wrong_type("credHelpers", "an object");
  if (helpers != nullptr && helpers->is_object())
    for (const auto* member :
         matching_members(*helpers->as_object(), host, "", KeyRule::containers)) {
      if (!is_host_key(member->first, host)) continue;
      if (!member->second.is_string()) return wrong_type("credHelpers", "an object of strings");
      return NamedHelper{*member->second.as_string(), "credHelpers"};
    }
  const Json* store = config.find_any_case("credsStore");
  if (store == nullptr || store->is_null()) return NamedHelper{};
  if (!store->is_string()) return wrong_type("credsStore", "a string");
  return NamedHelper{*store->as_string(), "credsStore"};
}

}  // namespace berth::registry
