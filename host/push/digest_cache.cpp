#include "push/digest_cache.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/base64.hpp"
#include "base/escape.hpp"
#include "base/file_io.hpp"
#include "base/file_trust.hpp"
#include "oci/grammar.hpp"
#include "oci/hasher.hpp"
#include "oci/image_config.hpp"
#include "push/checked_record.hpp"

namespace berth::push {
namespace {

// At most 16,384 layers and 16,384 blobs of about 300 bytes, 256 archives, and 256 images.
constexpr std::size_t kMaxLayersOfDirectory = 64;
constexpr std::size_t kMaxBlobsOfDirectory = 64;
constexpr std::size_t kMaxArchives = 256;
constexpr std::size_t kMaxImages = 256;
constexpr std::size_t kMaxConfig = std::size_t{256} << 10U;

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> fields;
  while (!line.empty()) {
    const auto space = std::min(line.find(' '), line.size());
    fields.push_back(line.substr(0, space));
    line.remove_prefix(std::min(space + 1, line.size()));
  }
  return fields;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<CompressedBlob> parse_blob(std::string_view digest, std::string_view size) {
  auto parsed = oci::Digest::parse(digest);
  const auto bytes = parse_number(size);
  if (!parsed || !bytes) return std::nullopt;
  return CompressedBlob{std::move(*parsed), *bytes};
}

std::string format_blob(const CompressedBlob& blob) {
  return fmt::format("{} {}", blob.digest.str(), blob.size);
}

std::string layer_line(const oci::Digest& diff_id, std::string_view encoder) {
  return fmt::format("layer {} {}", diff_id.str(), encoder);
}

std::string record_name(const std::string& line) { return std::string(oci::digest_of(line).hex()); }

std::string blob_line(std::string_view host, const oci::Digest& blob) {
  return fmt::format("blob {} {}", blob.str(), host);
}

std::string archive_line(const platform::FileVersion& version) {
  return fmt::format("file {} {} {} {} {} {}", platform::boot_id(), version.device, version.inode,
                     version.size, version.modified, version.changed);
}

std::string archive_name(const platform::FileVersion& version) {
  return fmt::format("{:x}-{:x}", version.device, version.inode);
}

}  // namespace

DigestCache::DigestCache(std::string directory, base::Log& log)
    : directory_(std::move(directory)), log_(log) {
  if (!directory_.empty() && !check_directory(false)) directory_.clear();
}

bool DigestCache::check_directory(bool create) {
  if (create && !base::make_parents(directory_ + "/layers")) return false;
  const auto distrusted = base::distrust_ancestors(directory_);
  if (!distrusted) return true;
  log_.write(base::LogLevel::warning,
             fmt::format("the digest cache is not used: other users can change it: {}: {}",
                         base::escape(distrusted->path), distrusted->trust.cause),
             {});
  return false;
}

// Another user may have created the directory after it was checked.
void DigestCache::store(const std::string& directory, const std::string& name,
                        std::string_view kind, const std::vector<std::string>& lines,
                        std::size_t most) {
  std::call_once(created_, [this] { writable_ = check_directory(true); });
  if (!writable_ || !write_record(directory, name, kind, lines, most))
    log_.write(base::LogLevel::step, "digest cache not written", {{"directory", directory_}});
}

std::string DigestCache::layer_directory(const oci::Digest& diff_id) const {
  return fmt::format("{}/layers/{}", directory_, diff_id.hex().substr(0, 2));
}

std::optional<CompressedBlob> DigestCache::find_layer(const oci::Digest& diff_id,
                                                      std::string_view encoder) const {
  const std::string line = layer_line(diff_id, encoder);
  if (in_memory_) {
    const std::lock_guard lock(mutex_);
    if (const auto found = layers_.find(line); found != layers_.end()) return found->second;
  }
  if (directory_.empty()) return std::nullopt;
  const auto lines = read_record(layer_directory(diff_id) + "/" + record_name(line), "layer");
  if (!lines || lines->size() < 2 || lines->front() != line) return std::nullopt;
  const auto fields = split((*lines)[1]);
  return fields.size() == 2 ? parse_blob(fields[0], fields[1]) : std::nullopt;
}

void DigestCache::store_layer(const oci::Digest& diff_id, std::string_view encoder,
                              const CompressedBlob& blob) {
  const std::string line = layer_line(diff_id, encoder);
  if (in_memory_) {
    const std::lock_guard lock(mutex_);
    layers_.insert_or_assign(line, blob);
  }
  if (directory_.empty()) return;
  store(layer_directory(diff_id), record_name(line), "layer", {line, format_blob(blob)},
        kMaxLayersOfDirectory);
}

std::string DigestCache::blob_directory(const oci::Digest& blob) const {
  return fmt::format("{}/blobs/{}", directory_, blob.hex().substr(0, 2));
}

std::vector<std::string> DigestCache::find_repositories(std::string_view host,
                                                        const oci::Digest& blob) const {
  if (directory_.empty()) return {};
  const std::string line = blob_line(host, blob);
  auto lines = read_record(blob_directory(blob) + "/" + record_name(line), "blob");
  if (!lines || lines->empty() || lines->front() != line) return {};
  lines->erase(lines->begin());
  std::erase_if(*lines, [](const auto& name) { return !oci::check_repository(name); });
  if (lines->size() > kMaxRepositories) lines->resize(kMaxRepositories);
  return std::move(*lines);
}

void DigestCache::store_repository(std::string_view host, const std::string& repository,
                                   const oci::Digest& blob) {
  if (directory_.empty()) return;
  auto repositories = find_repositories(host, blob);
  if (!repositories.empty() && repositories.front() == repository) return;
  std::erase(repositories, repository);
  const std::string line = blob_line(host, blob);
  std::vector<std::string> lines{line, repository};
  for (const auto& other : repositories)
    if (lines.size() <= kMaxRepositories) lines.push_back(other);
  store(blob_directory(blob), record_name(line), "blob", lines, kMaxBlobsOfDirectory);
}

std::optional<image::RawImage> DigestCache::find_image(const std::string& config_digest,
                                                       std::string_view encoder) const {
  const auto digest = oci::Digest::parse(config_digest);
  if (directory_.empty() || !digest) return std::nullopt;
  const auto lines = read_record(directory_ + "/images/" + std::string(digest->hex()), "image");
  if (!lines || lines->empty()) return std::nullopt;
  auto config = base::base64_decode(lines->front());
  if (!config || !is_digest_of(*digest, *config)) return std::nullopt;
  image::RawImage image{
      .config = std::move(*config), .config_digest = *digest, .platform = {}, .layers = {}};
  image.platform = oci::config_platform(image.config).value_or(oci::Platform());
  for (std::size_t i = 1; i < lines->size(); ++i) {
    const auto fields = split((*lines)[i]);
    const auto layer = fields.size() == 2 ? parse_blob(fields[0], fields[1]) : std::nullopt;
    if (!layer || (!encoder.empty() && !find_layer(layer->digest, encoder))) return std::nullopt;
    image.layers.push_back(
        {.diff_id = layer->digest, .size = layer->size, .place = "the Docker daemon's archive"});
  }
  return image;
}

void DigestCache::store_image(const image::RawImage& image) {
  if (directory_.empty() || image.config.size() > kMaxConfig) return;
  std::vector<std::string> lines{base::base64_encode(image.config)};
  for (const auto& layer : image.layers) {
    if (layer.compression) return;
    lines.push_back(format_blob({layer.diff_id, layer.size}));
  }
  const std::string name(image.config_digest.hex());
  if (read_record(directory_ + "/images/" + name, "image") == lines) return;
  store(directory_ + "/images", name, "image", lines, kMaxImages);
}

std::vector<DigestCache::VerifiedLayer> DigestCache::find_archive(
    const platform::FileVersion& version) const {
  if (directory_.empty()) return {};
  const auto lines = read_record(directory_ + "/archives/" + archive_name(version), "archive");
  if (!lines || lines->empty() || lines->front() != archive_line(version)) return {};
  std::vector<VerifiedLayer> layers;
  for (std::size_t i = 1; i < lines->size(); ++i) {
    const auto fields = split((*lines)[i]);
    auto diff_id = fields.empty() ? base::Result<oci::Digest>(oci::Digest::parse(""))
                                  : oci::Digest::parse(fields[0]);
    const auto offset = fields.size() >= 2 ? parse_number(fields[1]) : std::nullopt;
    if (!diff_id || !offset || (fields.size() != 2 && fields.size() != 4)) return {};
    layers.push_back({std::move(*diff_id), *offset,
                      fields.size() == 4 ? parse_blob(fields[2], fields[3]) : std::nullopt});
  }
  return layers;
}

void DigestCache::store_archive(const platform::FileVersion& version,
                                const std::vector<VerifiedLayer>& layers) {
  if (directory_.empty() || platform::boot_id().empty()) return;
  std::vector<std::string> lines{archive_line(version)};
  for (const auto& layer : layers)
    lines.push_back(fmt::format("{} {}{}", layer.diff_id.str(), layer.offset,
                                layer.stored ? " " + format_blob(*layer.stored) : ""));
  store(directory_ + "/archives", archive_name(version), "archive", lines, kMaxArchives);
}

}  // namespace berth::push
