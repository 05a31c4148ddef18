// Explains why a source is not an image of its transport: detects what it is, and suggests what to
// type. The source is not damaged: class usage if it is an image of another transport or not an
// archive; class not-found if it does not contain an image.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "image/source_spec.hpp"
#include "image/tar_index.hpp"

namespace berth::image {

// The file names in a directory or an archive.
struct FileTree {
  std::string name;                // for errors
  std::string path;                // as typed, for fixes; "-": standard input
  bool directory = false;          // false: an archive
  std::vector<std::string> names;  // relative, "a/b"; for a directory only two levels
  std::function<std::string(const std::string&)>
      read  // reads the start of a file; empty if missing
      {};

  [[nodiscard]] bool has(std::string_view name) const;  // that file, or any file below it
};

// `index` must outlive the tree.
FileTree archive_tree(const TarIndex& index, const std::string& path);
FileTree directory_tree(const std::string& path);

// Returns whether manifest.json is the manifest of one image (skopeo's dir:), not the list of a
// docker archive.
bool is_single_manifest(const FileTree& tree);

// Returns the error that describes `tree`, which is not of the `wanted` transport. Codes
// "source.not-docker-archive", "source.no-layout", and "source.folder" for a directory instead of
// an archive.
base::Error explain_no_image(const FileTree& tree, Transport wanted);

}  // namespace berth::image
