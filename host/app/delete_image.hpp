// delete: deletes tags and manifests of a registry.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/app.hpp"
#include "app/events.hpp"
#include "app/find_target.hpp"
#include "app/network_options.hpp"
#include "oci/digest.hpp"

namespace berth::app {

// One reference to delete, as it was found.
struct ImageToDelete {
  std::string reference;           // "r.example/app:1", "r.example/app@sha256:…"
  std::optional<std::string> tag;  // std::nullopt: the manifest of `digest`, with all of its tags
  oci::Digest digest;              // that the tag points to
};

// What was deleted.
struct DeletedImage {
  ImageToDelete image;
  bool manifest = false;  // the manifest, not only a tag of it
  std::vector<std::string> tags =
      {};                  // that went with it, `tag` among them; in the registry's order
  bool tags_known = true;  // false: they could not be looked up
};

struct DeleteRequest {
  std::vector<std::string> references;
  TargetOptions target = {};
  NetworkOptions network = {};
  bool force = false;  // also if other tags point to the manifest
};

// Deletes the references of a request one after the other. References must outlive it.
class ImageDeletion {
 public:
  ImageDeletion(const App& app, const DeleteRequest& request, Events& events);
  ~ImageDeletion();
  ImageDeletion(const ImageDeletion&) = delete;
  ImageDeletion& operator=(const ImageDeletion&) = delete;

  // Finds all references before any is deleted. Class not-found, code "delete.not-found", if one of
  // them does not exist; class usage, codes "delete.no-tag" (neither tag nor digest) and
  // "delete.layout".
  base::Result<std::vector<ImageToDelete>> find();

  // Deletes the reference at that position of find(). A tag is deleted by its name, which keeps the
  // manifest. Where the registry deletes only manifests, the manifest is deleted, unless other tags
  // point to it, which is checked right before. So is that of a digest. Errors:
  //   usage   "delete.other-tags": other tags point to it, and DeleteRequest::force is not set
  //   denied  "delete.manifest-denied", "auth.denied"
  //   server  "delete.unsupported": the registry does not delete manifests; "delete.changed": the
  //   tag
  //           points to another manifest than find() returned; "delete.ineffective": the registry
  //           accepted the deletion and still has the tag or manifest
  base::Result<DeletedImage> remove(std::size_t position);

 private:
  class Run;
  std::unique_ptr<Run> run_;
};

}  // namespace berth::app
