// A source in memory, and a destination that records its calls and fails on request.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "http/memory_source.hpp"
#include "oci/hasher.hpp"
#include "push/push.hpp"
#include "support/images.hpp"

namespace berth::test {

inline oci::Descriptor descriptor_of(const std::string& bytes) {
  return {
      std::string(oci::media_type::kOciLayerGzip), oci::digest_of(bytes), bytes.size(), {}, {}, {}};
}

class FakeSource final : public image::Source {
 public:
  [[nodiscard]] const image::Contents& contents() const override { return image; }
  base::Result<std::unique_ptr<http::BodySource>> open_blob(const oci::Descriptor& blob) override {
    return std::unique_ptr<http::BodySource>(
        std::make_unique<http::MemorySource>(blobs.at(blob.digest.str())));
  }
  base::Result<std::unique_ptr<http::BodySource>> open_layer(std::size_t index) override {
    return std::unique_ptr<http::BodySource>(
        std::make_unique<http::MemorySource>(layers.at(index)));
  }

  image::Contents image;
  std::map<std::string, std::string> blobs;
  std::vector<std::string> layers;
};

// A config, layers of these bytes, two manifests and an index above them.
inline std::unique_ptr<FakeSource> ready_image(const std::vector<std::string>& layers) {
  auto source = std::make_unique<FakeSource>();
  image::ReadyImage ready;
  const auto add = [&](const std::string& bytes, image::BlobKind kind) {
    ready.blobs.push_back({descriptor_of(bytes), kind});
    source->blobs[sha256(bytes)] = bytes;
  };
  add("config", image::BlobKind::config);
  for (const auto& layer : layers) add(layer, image::BlobKind::layer);
  const std::string manifest(oci::media_type::kOciManifest);
  for (const std::string bytes : {"child one", "child two"})
    ready.manifests.push_back(
        {bytes, manifest, oci::digest_of(bytes), oci::Platform{"linux", bytes, ""}});
  ready.manifests.push_back(
      {"root", std::string(oci::media_type::kOciIndex), oci::digest_of("root"), std::nullopt});
  source->image = std::move(ready);
  return source;
}

inline std::unique_ptr<FakeSource> raw_image(const std::vector<std::string>& layers) {
  auto source = std::make_unique<FakeSource>();
  image::RawImage raw{"{}", oci::digest_of("{}"), {"linux", "amd64", ""}, {}};
  for (const auto& layer : layers)
    raw.layers.push_back({oci::digest_of(layer), layer.size(), std::nullopt, "a.tar"});
  source->image = std::move(raw);
  source->layers = layers;
  return source;
}

class FakeDestination final : public push::Destination {
 public:
  using Failure = std::function<base::Result<void>(const std::string& event)>;

  [[nodiscard]] std::string name() const override { return "fake/repo"; }
  [[nodiscard]] std::unique_ptr<push::StoredContent> content() override {
    return std::make_unique<Content>(*this);
  }
  base::Result<push::Action> put_blob(const push::BlobToStore& blob,
                                      http::BodySource& source) override {
    BERTH_CHECK(happens("blob " + blob.digest.str()));
    if (present.count(blob.digest.str()) != 0) return push::Action::reused;
    BERTH_TRY(auto bytes, drain(source));
    const std::lock_guard lock(mutex_);
    stored[blob.digest.str()] = std::move(bytes);
    return push::Action::uploaded;
  }
  base::Result<push::Action> put_layer(http::BodySource& source, const image::LayerStream& layer,
                                       const push::BlobToStore* expected) override {
    // A failed lookup does not decide: the layer is uploaded.
    if (expected != nullptr && happens("has blob " + expected->digest.str()) &&
        present.contains(expected->digest.str()))
      return push::Action::reused;
    BERTH_CHECK(happens("layer"));
    BERTH_TRY(auto bytes, drain(source));
    if (reads_layers_twice) {
      if (!source.rewind()) return base::Error(base::ErrorClass::internal, "test.rewind", "no");
      BERTH_TRY(bytes, drain(source));
    }
    const std::lock_guard lock(mutex_);
    stored[layer.digest().str()] = std::move(bytes);
    return push::Action::uploaded;
  }
  base::Result<push::Receipt> put_manifest(const image::ReadyManifest& manifest,
                                           const std::string* reference) override {
    BERTH_CHECK(
        happens("manifest " + manifest.bytes + (reference != nullptr ? " as " + *reference : "")));
    if (reference != nullptr)
      names.insert_or_assign(*reference, stored_instead.value_or(manifest.digest));
    return push::Receipt{receipt.digest ? receipt.digest : manifest.digest, receipt.created};
  }
  base::Result<std::optional<oci::Digest>> resolve(const std::string& reference,
                                                   push::Lookup lookup) override {
    BERTH_CHECK(happens((lookup == push::Lookup::quick ? "resolve " : "read ") + reference));
    const auto named = names.find(reference);
    if (named == names.end() || forgets) return std::optional<oci::Digest>();
    return std::optional(named->second);
  }

  std::vector<std::string> events() {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  // The events that begin with `kind`.
  std::vector<std::string> events(const std::string& kind) {
    std::vector<std::string> some;
    for (const auto& event : events())
      if (event.starts_with(kind)) some.push_back(event);
    return some;
  }

  Failure on_event;  // called for each, from any thread
  // Called after each piece of a blob, with the bytes of it that were read.
  std::function<base::Result<void>(std::uint64_t)> on_read;
  bool reads_layers_twice = false;            // rewinds in between
  std::map<std::string, std::string> stored;  // digest → bytes
  std::map<std::string, int> present;         // digests that exist already
  std::map<std::string, oci::Digest> names;
  std::optional<oci::Digest> stored_instead;  // the stored form of a manifest
  bool forgets = false;
  push::Receipt receipt;  // for every manifest; without a digest: that of the manifest

 private:
  class Content final : public push::StoredContent {
   public:
    explicit Content(FakeDestination& destination) : destination_(destination) {}
    base::Result<bool> has_blob(const oci::Descriptor& blob) override {
      BERTH_CHECK(destination_.happens("has blob " + blob.digest.str()));
      return destination_.present.contains(blob.digest.str());
    }
    base::Result<bool> has_manifest(const oci::Descriptor& manifest) override {
      BERTH_CHECK(destination_.happens("has manifest " + manifest.digest.str()));
      return destination_.present.contains(manifest.digest.str());
    }

   private:
    FakeDestination& destination_;
  };

  base::Result<void> happens(const std::string& event) {
    {
      const std::lock_guard lock(mutex_);
      events_.push_back(event);
    }
    return on_event ? on_event(event) : base::Result<void>();
  }
  base::Result<std::string> drain(http::BodySource& source) {
    std::string all;
    std::string buffer(100'000, '\0');
    while (true) {
      BERTH_TRY(const auto count, source.read(std::as_writable_bytes(std::span(buffer))));
      if (count == 0) return all;
      all.append(buffer, 0, count);
      if (on_read) BERTH_CHECK(on_read(all.size()));
    }
  }

  std::mutex mutex_;
  std::vector<std::string> events_;
};

class CountingProgress final : public push::Progress {
 public:
  void begin(const push::Plan& plan) override { moved_bytes.assign(plan.blobs.size(), 0); }
  void moved(std::size_t blob, std::uint64_t bytes, std::uint64_t position) override {
    if (on_moved) on_moved();
    const std::lock_guard lock(mutex_);
    moved_bytes.at(blob) += bytes;
    positions[blob] = position;
  }
  void restarted(std::size_t blob) override {
    const std::lock_guard lock(mutex_);
    moved_bytes.at(blob) = 0;
  }
  void done(std::size_t blob, const push::BlobResult& result) override {
    const std::lock_guard lock(mutex_);
    ++(result.action == push::Action::reused ? reused : uploaded);
    results.insert_or_assign(blob, result);
  }

  std::function<void()> on_moved;  // called for each piece
  std::vector<std::uint64_t> moved_bytes;
  std::map<std::size_t, std::uint64_t> positions;        // the last of each blob
  std::map<std::size_t, push::BlobResult> results = {};  // by blob
  int uploaded = 0;
  int reused = 0;

 private:
  std::mutex mutex_;
};

}  // namespace berth::test
