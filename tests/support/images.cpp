#include "support/images.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <cstring>
#include <random>

#include "oci/hasher.hpp"

namespace berth::test {

std::string tar_header(const std::string& name, std::size_t size) {
  std::string block(512, '\0');
  std::memcpy(block.data(), name.data(), name.size());
  std::snprintf(block.data() + 100, 8, "%07o", 0644);
  std::snprintf(block.data() + 108, 8, "%07o", 0);
  std::snprintf(block.data() + 116, 8, "%07o", 0);
  std::snprintf(block.data() + 124, 12, "%011zo", size);
  std::snprintf(block.data() + 136, 12, "%011o", 0);
  block[156] = '0';
  std::memcpy(block.data() + 257,
              "ustar\0"
              "00",
              8);
  std::memset(block.data() + 148, ' ', 8);
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  std::snprintf(block.data() + 148, 8, "%06o", sum);
  return block;
}

namespace {

std::string config_json(const std::vector<std::string>& tars) {
  std::string ids;
  for (const auto& tar : tars) ids += (ids.empty() ? "\"" : ",\"") + sha256(tar) + "\"";
  return fmt::format(
      R"({{"architecture":"amd64","os":"linux","config":{{}},"rootfs":{{"type":"layers","diff_ids":[{}]}}}})",
      ids);
}

std::string add_blob(const TempDir& directory, const std::string& layout,
                     const std::string& bytes) {
  const std::string digest = sha256(bytes);
  directory.write(layout + "/blobs/sha256/" + digest.substr(7), bytes);
  return fmt::format(R"("digest":"{}","size":{})", digest, bytes.size());
}

}  // namespace

std::string tar_entries(const Files& files) {
  std::string tar;
  for (const auto& [name, bytes] : files) {
    tar += tar_header(name, bytes.size()) + bytes;
    tar.resize((tar.size() + 511) / 512 * 512);
  }
  return tar;
}

std::string tar_of(const Files& files) { return tar_entries(files) + std::string(1024, '\0'); }

std::string gzip(const std::string& bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("deflateInit2");
  std::string result(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

std::string sha256(const std::string& bytes) { return oci::digest_of(bytes).str(); }

std::string noise(std::size_t size, unsigned seed) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; i += 8) {
    const auto value = random();
    std::memcpy(bytes.data() + i, &value, std::min<std::size_t>(8, size - i));
  }
  return bytes;
}

std::string write_layout(const TempDir& directory, const std::string& name, const std::string& tag,
                         const std::vector<std::string>& layers) {
  std::vector<std::string> tars;
  std::string descriptors;
  for (const auto& layer : layers) {
    tars.push_back(tar_of({{"file", layer}}));
    descriptors +=
        (descriptors.empty() ? "" : ",") +
        fmt::format(R"({{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip",{}}})",
                    add_blob(directory, name, gzip(tars.back())));
  }
  const std::string config = add_blob(directory, name, config_json(tars));
  const std::string manifest = fmt::format(
      R"({{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json",{}}},"layers":[{}]}})",
      config, descriptors);
  const std::string entry = add_blob(directory, name, manifest);
  directory.write(name + "/oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  directory.write(
      name + "/index.json",
      fmt::format(
          R"({{"schemaVersion":2,"manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json",{},"annotations":{{"org.opencontainers.image.ref.name":"{}"}}}}]}})",
          entry, tag));
  return sha256(manifest);
}

Files DockerArchive::files() const {
  const std::string config_name = sha256(config).substr(7) + ".json";
  Files files{{config_name, config}};
  std::string names;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string path = fmt::format("layer{}/layer.tar", i);
    files.emplace_back(path, layers[i]);
    names += (names.empty() ? "\"" : ",\"") + path + "\"";
  }
  files.emplace_back("manifest.json",
                     fmt::format(R"([{{"Config":"{}","RepoTags":["{}"],"Layers":[{}]}}])",
                                 config_name, name, names));
  return files;
}

DockerArchive docker_archive(const std::vector<std::string>& layers) {
  DockerArchive archive;
  for (const auto& layer : layers) archive.layers.push_back(tar_of({{"file", layer}}));
  archive.config = config_json(archive.layers);
  return archive;
}

}  // namespace berth::test
