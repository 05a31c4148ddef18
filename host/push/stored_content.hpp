// StoredContent: content that a destination already has; used for content that the source does not
// have.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "oci/descriptor.hpp"

namespace berth::push {

// Thread-safe. An error means that it is not known.
class StoredContent {
 public:
  StoredContent() = default;
  StoredContent(const StoredContent&) = delete;
  StoredContent& operator=(const StoredContent&) = delete;
  virtual ~StoredContent() = default;

  // Returns whether the destination has the blob, with its bytes.
  virtual base::Result<bool> has_blob(const oci::Descriptor& blob) = 0;
  virtual base::Result<bool> has_manifest(const oci::Descriptor& manifest) = 0;
  // Returns whether the destination reports the blob, without reading a byte of it. With
  // `repository`: whether this other repository of the same registry does.
  virtual base::Result<bool> reports_blob(const oci::Descriptor& blob,
                                          const std::string* repository) {
    return repository == nullptr ? has_blob(blob) : base::Result<bool>(false);
  }
  // Returns the digest that the tag or digest points to; std::nullopt if it does not exist, or is
  // not looked up.
  virtual base::Result<std::optional<oci::Digest>> resolve(const std::string& /*reference*/) {
    return std::optional<oci::Digest>();
  }
};

}  // namespace berth::push
