// The image of a push or a check, and what a flavor is told of it.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "app/registry_image.hpp"
#include "app/target.hpp"
#include "cli/context.hpp"
#include "flavor/plugin.hpp"
#include "image/source.hpp"

namespace berth::cli {

// SOURCE as it was typed.
base::Result<std::unique_ptr<image::Source>> open_image(Context& context, const std::string& typed,
                                                        std::vector<oci::Platform> platforms,
                                                        const app::SourceAccess& access);

// The local docker daemon's image of that full name, else of the name as it was typed.
base::Result<std::unique_ptr<image::Source>> open_local_image(const Context& context, const std::string& full_name,
                                                              const std::string& typed,
                                                              std::vector<oci::Platform> platforms);

flavor::ImageView image_view(const app::Target& target, const push::Plan* plan);

// The form of a manifest that berth creates for these targets: the same for all, so that all have one digest. Readers
// of a layout look for OCI manifests only.
push::ManifestForm manifest_form(std::span<const app::Target> targets);

// The image that a destination's digest demands, where the source tells before anything moves. Class integrity, code
// "push.digest-mismatch".
base::Result<void> check_expected(const app::Target& target, const push::Plan& plan);

// From here on errors speak of this target ("… was not pushed"), and a failure's JSON says what is known of it.
void know_target(Context& context, const app::Target& target, const std::string& failed);
// Prints the destinations ("pushing to localhost:5000/app:1"), and the tag if it is the default one; with -v the
// container registries, their flavors and why they were chosen.
void announce_targets(const Context& context, const std::string& doing, std::span<const app::Target> targets);

// Shows each finding of one call as it comes: on the terminal, and in what the context knows, which outlives it.
std::function<void(const flavor::Finding&)> finding_shower(Context& context);

}  // namespace berth::cli
