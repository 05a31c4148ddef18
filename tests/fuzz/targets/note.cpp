// A plugin's note: what it declares, before anything of it runs.
#include "base/escape.hpp"
#include "flavor/claim.hpp"
#include "flavor/flavor_settings.hpp"
#include "flavor/metadata.hpp"
#include "flavor/permissions.hpp"
#include "fuzz/target.hpp"

namespace berth::fuzz {

void run_note(std::string_view input) {
  const auto metadata = flavor::parse_metadata(std::string(input), "plugin.so");
  if (!metadata) return;
  require(metadata->note == input, "the note is kept as it is");
  require(!metadata->flavor.empty() && metadata->flavor.size() <= 63, "a flavor has a name");
  for (const auto* text : {&metadata->flavor, &metadata->version, &metadata->description,
                           &metadata->login_user, &metadata->login_secret})
    require(base::is_clean_text(*text), "texts are clean");
  for (const auto& permission : metadata->permissions) {
    require(base::is_clean_text(permission), "permissions are clean");
    require(!flavor::describe_permission(permission).empty(), "a permission can be shown");
  }
  for (const auto& claim : metadata->claims)
    require(flavor::claim_specificity(claim, "r.example") <=
                    flavor::claim_specificity(claim, "r.example:443") ||
                claim.find(':') == std::string::npos,
            "a claim with a port does not claim the host without it");
  for (const auto& finding : metadata->findings)
    require(base::is_clean_text(finding.meaning), "texts are clean");
  require(bool(flavor::settings_of(metadata->settings_schema)), "the settings schema is valid");
}

}  // namespace berth::fuzz
