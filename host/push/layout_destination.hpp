// The destination of a push to an OCI image layout, and the content that a layout already has.
// Source: OCI image-spec 1.1, image-layout.md.
#pragma once

#include <memory>
#include <string>

#include "base/cancellation.hpp"
#include "push/destination.hpp"

namespace berth::push {

// `directory` of the layout, which is created if it does not exist. The image is named NAME:TAG, or
// NAME@DIGEST without a tag. Fails with class disk or validation if the directory is not a layout.
// `cancellation` must outlive the result.
base::Result<std::unique_ptr<Destination>> layout_destination(
    std::string directory, std::string name, const base::Cancellation& cancellation);

// Returns a view of a layout's content; the layout may not exist yet.
std::unique_ptr<StoredContent> layout_content(std::string directory);

}  // namespace berth::push
