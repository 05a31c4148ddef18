#include "push/known_layers.hpp"

#include <algorithm>
#include <set>

#include "image/encoder_identity.hpp"

namespace berth::push {
namespace {

constexpr std::size_t kMaxVerifiedLayers = 2'000;  // of one archive

// The blob that the encoder makes of a layer that does not pass through.
std::optional<CompressedBlob> find_encoded(const image::RawLayer& layer, const DigestCache& cache,
                                           const image::Encoding& encoding) {
  if (auto digest = digest_in_advance(encoding, layer))
    return CompressedBlob{std::move(*digest), layer.size};
  return cache.find_layer(layer.diff_id, encoder_identity(encoding));
}

// An archive of several images has one record. Adds the layers of the other images to it.
void add_other_images(std::vector<DigestCache::VerifiedLayer> known,
                      std::vector<DigestCache::VerifiedLayer>& layers) {
  std::set<std::string> added;
  for (const auto& layer : layers) added.insert(layer.diff_id.str());
  for (auto& layer : known)
    if (layers.size() < kMaxVerifiedLayers && added.insert(layer.diff_id.str()).second)
      layers.push_back(std::move(layer));
}

}  // namespace

// Of several layers with one diff ID, the first is transferred. The blob of a layer that passes
// through depends on the archive, and not on the encoder.
KnownLayers find_known_layers(const image::Source& source, const DigestCache& cache,
                              const image::Encoding& encoding) {
  KnownLayers known;
  const auto* image = std::get_if<image::RawImage>(&source.contents());
  if (image == nullptr) return known;
  std::map<std::string, DigestCache::VerifiedLayer> verified;
  if (const auto version = source.settled_version())
    for (auto& layer : cache.find_archive(*version))
      verified.emplace(layer.diff_id.str(), std::move(layer));
  for (const auto& layer : image->layers) {
    const auto [place, is_first] = known.emplace(layer.diff_id.str(), KnownLayer());
    if (!is_first) continue;
    const auto stored = verified.find(place->first);
    const bool is_stored = stored != verified.end() && stored->second.offset == layer.offset;
    place->second.verified = source.vouches_for_layers() || is_stored;
    if (!passes_through(encoding, layer))
      place->second.blob = find_encoded(layer, cache, encoding);
    else if (is_stored)
      place->second.blob = stored->second.stored;
  }
  return known;
}

KnownLayers known_from_push(const Plan& plan, const std::vector<BlobResult>& blobs) {
  KnownLayers known;
  for (std::size_t i = 0; i < plan.blobs.size(); ++i)
    if (const auto& diff_id = plan.blobs[i].diff_id)
      known[diff_id->str()] = {CompressedBlob{blobs.at(i).digest, blobs.at(i).size}, true};
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
  plan.predicted = build_manifest(*image, plan.form, blobs, plan.encoding);
  plan.digest = plan.predicted->digest;
}

void remember_layers(const image::Source& source, const Plan& plan,
                     const std::map<std::string, CompressedBlob>& blobs, DigestCache& cache) {
  const auto* image = std::get_if<image::RawImage>(&source.contents());
  if (image == nullptr) return;
  std::vector<DigestCache::VerifiedLayer> layers;
  bool changed = false;
  for (const auto& planned : plan.blobs) {
    if (!planned.diff_id) continue;
    const auto& layer = image->layers[planned.source_index];
    const auto& blob = blobs.at(layer.diff_id.str());
    const bool known = planned.digest && *planned.digest == blob.digest;
    const bool passed_through = passes_through(plan.encoding, layer);
    layers.push_back(
        {layer.diff_id, layer.offset, passed_through ? std::optional(blob) : std::nullopt});
    changed = changed || !planned.verified || (passed_through && !known);
    if (!passed_through && !known)
      cache.store_layer(layer.diff_id, encoder_identity(plan.encoding), blob);
  }
  const auto version = source.settled_version();
  if (!version || !changed) return;
  add_other_images(cache.find_archive(*version), layers);
  cache.store_archive(*version, layers);
}

}  // namespace berth::push
