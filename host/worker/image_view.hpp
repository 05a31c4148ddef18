// ImageView: the image that a plugin receives in a call, built from the host's messages.
#pragma once

#include <berth/abi.h>

#include <deque>
#include <vector>

#include "channel/image_calls.hpp"

namespace berth::worker {

class ImageView {
 public:
  // Adds blobs and platforms.
  void add(channel::AddToImage::Request part);
  // Sets the other members, and adds the last blobs and platforms.
  void complete(channel::ImageRequest request);
  // Returns the image. Valid until the next change of this object.
  const berth_image* image();

 private:
  channel::ImageRequest request_;
  std::deque<channel::AddToImage::Request>
      parts_;  // a deque, because the views point to the elements
  std::vector<berth_blob> blobs_;
  std::vector<berth_string> platforms_;
  berth_image image_{};
};

}  // namespace berth::worker
