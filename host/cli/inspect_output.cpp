#include "cli/inspect_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.hpp"
#include "base/json_members.hpp"
#include "base/json_parser.hpp"
#include "cli/image_json.hpp"
#include "cli/output.hpp"
#include "cli/progress_meter.hpp"
#include "oci/image_config.hpp"

namespace berth::cli {
namespace {

using app::InspectedManifest;
using base::Json;
using Rows = std::vector<std::vector<std::string>>;

std::string platform_text(const std::optional<oci::Platform>& platform) {
  if (!platform) return "-";
  return platform->is_known() ? platform->full_str() : "unknown";
}

// Returns what an entry of an index is, if it is not an image: "attestation", "artifact of type …".
std::string kind_text(const InspectedManifest& manifest) {
  using State = InspectedManifest::State;
  if (manifest.state == State::missing) return "missing";
  const auto* attested = manifest.descriptor.annotation("vnd.docker.reference.type");
  if (attested != nullptr) return *attested == "attestation-manifest" ? "attestation" : *attested;
  const auto& type =
      manifest.artifact_type.empty() ? manifest.descriptor.artifact_type : manifest.artifact_type;
  if (!type.empty()) return type;
  return oci::media_type::is_index(manifest.descriptor.media_type) ? "index" : "";
}

void print_section(Context& context, const std::string& title) {
  context.out << '\n' << title << '\n';
}

void print_annotations(Context& context, const app::Annotations& annotations) {
  if (annotations.empty()) return;
  print_section(context, "Annotations:");
  Rows rows;
  for (const auto& [key, value] : annotations) rows.push_back({"  " + key, value});
  print_table(context, rows);
}

void print_layers(Context& context, const InspectedManifest& manifest) {
  Rows rows{{"LAYER", "DIGEST", "SIZE", "MEDIA TYPE"}};
  for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
    const auto& layer = manifest.layers[i];
    rows.push_back(
        {std::to_string(i + 1), layer.digest.str(), human_size(layer.size), layer.media_type});
  }
  if (rows.size() == 1) return;
  context.out << '\n';
  print_table(context, rows);
}

// Returns the members of a config that people look for, in the order of `docker inspect`.
Rows config_rows(const std::string& text) {
  Rows rows;
  constexpr std::array<std::string_view, 2> kMembers{"created", "config"};
  const auto found = base::find_members(text, "the config", kMembers);
  if (!found) return rows;
  const auto add = [&rows](const std::string& name, const Json* value) {
    if (value == nullptr || value->is_null()) return;
    const std::string shown = value->is_string() ? *value->as_string() : value->dump();
    if (!shown.empty() && shown != "[]" && shown != "{}") rows.push_back({name, shown});
  };
  if ((*found)[0]) {
    const auto created = base::parse_member(*(*found)[0], "the config");
    if (created) add("created", &*created);
  }
  if (!(*found)[1]) return rows;
  const auto config = base::parse_member(*(*found)[1], "the config");
  if (!config || !config->is_object()) return rows;
  for (const auto& [member, name] :
       std::initializer_list<std::pair<const char*, const char*>>{{"Entrypoint", "entrypoint"},
                                                                  {"Cmd", "cmd"},
                                                                  {"User", "user"},
                                                                  {"WorkingDir", "workdir"},
                                                                  {"ExposedPorts", "ports"},
                                                                  {"Volumes", "volumes"},
                                                                  {"StopSignal", "stop signal"}})
    add(name, config->find(member));
  for (const auto& [member, name] :
       std::initializer_list<std::pair<const char*, const char*>>{{"Env", "env"}}) {
    const Json* list = config->find(member);
    if (list == nullptr || list->as_array() == nullptr) continue;
    for (const auto& item : *list->as_array()) add(name, &item);
  }
  const Json* labels = config->find("Labels");
  if (labels == nullptr || labels->as_object() == nullptr) return rows;
  for (const auto& [key, value] : *labels->as_object())
    rows.push_back({"label", key + "=" + (value.is_string() ? *value.as_string() : value.dump())});
  return rows;
}

void print_index(Context& context, const app::InspectReport& report) {
  Rows rows{{"PLATFORM", "DIGEST", "LAYERS", "SIZE", "KIND"}};
  std::size_t unread = 0;
  for (const auto& manifest : report.manifests) {
    const bool read = manifest.state == InspectedManifest::State::read;
    if (manifest.state == InspectedManifest::State::not_read) ++unread;
    rows.push_back({platform_text(manifest.platform), manifest.descriptor.digest.str(),
                    read ? std::to_string(manifest.layers.size()) : "-",
                    read ? human_size(manifest.layers_size()) : "-", kind_text(manifest)});
  }
  const bool only_images = std::ranges::all_of(rows.begin() + 1, rows.end(),
                                               [](const auto& row) { return row.back().empty(); });
  if (only_images)
    for (auto& row : rows) row.pop_back();
  context.out << '\n';
  print_table(context, rows);
  if (unread > 0 && report.manifests.size() > app::kMaxReadManifests)
    context.events.info(fmt::format(
        "the index has {} entries; their layers are shown with --platform OS/ARCH", unread));
}

void print_referrers(Context& context, const app::InspectReport& report) {
  if (report.referrers_error)
    context.events.warning("referrers are not known: " + report.referrers_error->message());
  if (report.referrers.empty()) return;
  Rows rows{{"REFERRER", "SIZE", "TYPE"}};
  for (const auto& referrer : report.referrers) {
    const auto& descriptor = referrer.descriptor;
    const auto& type =
        descriptor.artifact_type.empty() ? descriptor.media_type : descriptor.artifact_type;
    rows.push_back({referrer.tag.empty() ? descriptor.digest.str() : referrer.tag,
                    human_size(descriptor.size), type});
  }
  context.out << '\n';
  print_table(context, rows);
}

void print_raw_image(Context& context, const app::InspectReport& report) {
  const auto& raw = *report.raw;
  Rows rows{{"image", report.reference},
            {"config", raw.config_digest.str()},
            {"platform", raw.platform.full_str()}};
  for (auto& row : config_rows(raw.config)) rows.push_back(std::move(row));
  print_table(context, rows);
  Rows layers{{"LAYER", "DIFF ID", "SIZE"}};
  for (std::size_t i = 0; i < raw.layers.size(); ++i)
    layers.push_back(
        {std::to_string(i + 1), raw.layers[i].diff_id.str(), human_size(raw.layers[i].size)});
  context.out << '\n';
  print_table(context, layers);
  context.events.info("the image has no manifest yet: berth creates it when it pushes the image");
}

// Platform, config and artifact of a manifest.
Rows detail_rows(const InspectedManifest& manifest) {
  Rows rows;
  if (!manifest.artifact_type.empty()) rows.push_back({"artifact type", manifest.artifact_type});
  if (manifest.subject) rows.push_back({"subject", manifest.subject->digest.str()});
  if (manifest.platform) rows.push_back({"platform", platform_text(manifest.platform)});
  for (auto& row : config_rows(manifest.config_text)) rows.push_back(std::move(row));
  return rows;
}

// The labels of the first rows are short, so that 80 columns have room for a digest.
void print_text(Context& context, const app::InspectReport& report) {
  const auto& root = *report.root;
  Rows rows{{"image", report.reference}, {"digest", root.digest.str()}, {"type", root.media_type}};
  const bool single = !report.is_index && report.manifests.size() == 1;
  const auto* only = single ? &report.manifests.front() : nullptr;
  if (only != nullptr && only->config) rows.push_back({"config", only->config->digest.str()});
  if (only != nullptr) rows.push_back({"size", human_size(only->layers_size())});
  print_table(context, rows);
  if (only != nullptr) {
    if (const auto details = detail_rows(*only); !details.empty()) {
      context.out << '\n';
      print_table(context, details);
    }
  }
  print_annotations(context, report.annotations);
  if (only != nullptr)
    print_layers(context, *only);
  else
    print_index(context, report);
  print_referrers(context, report);
}

}  // namespace

int print_inspection(Context& context, const app::InspectReport& report) {
  if (context.json)
    print_json(context, inspection_json(report));
  else if (report.raw)
    print_raw_image(context, report);
  else
    print_text(context, report);
  return 0;
}

}  // namespace berth::cli
