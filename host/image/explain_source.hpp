// Explains a source that is no image of the kind that its transport names: what it is, and what to type instead.
// Nothing is damaged there: class usage if it is an image of another transport, or no archive at all; class not-found
// if it has no image.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "image/source.hpp"
#include "image/tar_index.hpp"

namespace berth::image {

// The names in a directory or an archive.
struct FileTree {
  std::string name;                                    // for errors
  std::string path;                                    // as typed, for fixes; "-": standard input
  bool directory = false;                              // else an archive
  std::vector<std::string> names;                      // relative, "a/b"; of a directory two levels
  std::function<std::string(const std::string&)> read  // the beginning of a file; empty if there is none
      {};

  [[nodiscard]] bool has(std::string_view name) const;  // that file, or anything below it
};

// `index` must outlive the tree.
FileTree archive_tree(const TarIndex& index, const std::string& path);
FileTree directory_tree(const std::string& path);

// Whether manifest.json is that of an image (skopeo's dir:), not the list of a docker archive.
bool is_single_manifest(const FileTree& tree);

// What `tree` is, if the transport `wanted` was asked for. Codes "source.not-docker-archive",
// "source.no-layout", and "source.folder" for a directory where an archive was expected.
base::Error explain_no_image(const FileTree& tree, Transport wanted);

// The same of a file that is not a tar archive, by its first bytes. Class usage, code "source.not-tar".
base::Error explain_no_archive(std::string_view head, const std::string& name, const std::string& path);

// Fails if `spec` is a path without a transport: class usage, code "source.transport", with the transport to use; class
// not-found, code "source.no-file", if it can only be meant as a path and does not exist.
base::Result<void> check_bare_path(const SourceSpec& spec);

}  // namespace berth::image
