#include "push/known_layers.hpp"

#include <algorithm>

#include "image/layer_encoder.hpp"

namespace berth::push {
namespace {

// A gzip layer is uploaded unchanged: its blob depends on the archive, and not on the encoder.
bool is_passed_through(const image::RawLayer& layer) { return layer.compression == image::Compression::gzip; }

}  // namespace

KnownLayers find_known_layers(const image::Source& source, const DigestCache& cache) {
  KnownLayers known;
  const auto* image = std::get_if<image::RawImage>(&source.contents());
  if (image == nullptr) return known;
  for (const auto& layer : image->layers) known.emplace(layer.diff_id.str(), KnownLayer());
  if (source.vouches_for_layers())
    for (auto& [diff_id, layer] : known) layer.verified = true;
  if (const auto version = source.settled_version())
    for (auto& verified : cache.find_archive(*version))
      for (const auto& layer : image->layers)
        if (layer.diff_id == verified.diff_id && layer.offset == verified.offset)
          known[layer.diff_id.str()] = {verified.stored, true};
  for (const auto& layer : image->layers)
    if (!is_passed_through(layer))
      known[layer.diff_id.str()].blob = cache.find_layer(layer.diff_id, image::gzip_encoder_identity());
  return known;
}

void add_known_layers(const image::Source& source, const KnownLayers& known, Plan& plan) {
  const auto* image = std::get_if<image::RawImage>(&source.contents());
  if (image == nullptr) return;
  std::map<std::string, CompressedBlob> blobs;
  plan.total_size = 0;
  for (auto& blob : plan.blobs) {
    const auto layer = blob.diff_id ? known.find(blob.diff_id->str()) : known.end();
    if (layer != known.end()) {
      blob.verified = layer->second.verified;
      if (const auto& compressed = layer->second.blob) {
        blob.digest = compressed->digest;
        blob.size = compressed->size;
        blobs.emplace(layer->first, *compressed);
      }
    }
    plan.total_size += blob.size;
  }
  if (blobs.size() != known.size()) return;
  plan.predicted = build_manifest(*image, plan.form, blobs);
  plan.digest = plan.predicted->digest;
}

void remember_layers(const image::Source& source, const Plan& plan, const std::map<std::string, CompressedBlob>& blobs,
                     DigestCache& cache) {
  const auto* image = std::get_if<image::RawImage>(&source.contents());
  if (image == nullptr) return;
  std::vector<DigestCache::VerifiedLayer> layers;
  bool changed = false;
  for (const auto& planned : plan.blobs) {
    if (!planned.diff_id) continue;
    const auto& layer = image->layers[planned.source_index];
    const auto& blob = blobs.at(layer.diff_id.str());
    const bool known = planned.digest && *planned.digest == blob.digest;
    const bool passed_through = is_passed_through(layer);
    layers.push_back({layer.diff_id, layer.offset, passed_through ? std::optional(blob) : std::nullopt});
    changed = changed || !planned.verified || (passed_through && !known);
    if (!passed_through && !known) cache.store_layer(layer.diff_id, image::gzip_encoder_identity(), blob);
  }
  if (const auto version = source.settled_version(); version && changed) cache.store_archive(*version, layers);
}

}  // namespace berth::push
