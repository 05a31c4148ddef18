// Images built from given bytes, so that a test knows every byte.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "support/temp_dir.hpp"

namespace berth::test {

using Files = std::vector<std::pair<std::string, std::string>>;  // name, bytes

// A ustar archive; names of up to 100 bytes.
std::string tar_of(const Files& files);
// The header of one such entry.
std::string tar_header(const std::string& name, std::size_t size);
// The same without the end-of-archive blocks.
std::string tar_entries(const Files& files);
std::string gzip(const std::string& bytes);
std::string sha256(const std::string& bytes);  // "sha256:…"
// Incompressible bytes, determined by the seed.
std::string noise(std::size_t size, unsigned seed);

// An OCI layout below `directory`/`name` with one image of gzipped layers, each with one file.
// Returns its digest.
std::string write_layout(const TempDir& directory, const std::string& name, const std::string& tag,
                         const std::vector<std::string>& layers);

// A docker archive in the old format: manifest.json, CONFIG.json, ID/layer.tar with uncompressed
// layers.
struct DockerArchive {
  std::string config;
  std::vector<std::string> layers;  // tar files
  std::string name = "demo/app:1";
  [[nodiscard]] Files files() const;
  [[nodiscard]] std::string tar() const { return tar_of(files()); }
};
DockerArchive docker_archive(const std::vector<std::string>& layers);

}  // namespace berth::test
