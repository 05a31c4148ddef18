// ImageView: the image of a call as the plugin receives it, built from messages of the host.
#pragma once

#include <berth/abi.h>

#include <deque>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace berth::worker {

class ImageView {
 public:
  // Takes what `json` has: the members of an image (channel/protocol.hpp); blobs and platforms are appended.
  void add(const base::Json& json);
  // Valid until the next add(), and while this object is not moved from.
  const berth_image* image();

 private:
  berth_string keep(std::string text);

  std::deque<std::string> texts_;  // does not move its elements
  std::vector<berth_blob> blobs_;
  std::vector<berth_string> platforms_;
  berth_image image_{};
};

}  // namespace berth::worker
