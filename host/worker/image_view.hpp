// ImageView: the image that a plugin receives in a call, built from the host's messages.
#pragma once

#include <berth/abi.h>

#include <deque>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace berth::worker {

class ImageView {
 public:
  // Adds the members of an image in `json` (channel/protocol.hpp). Blobs and platforms are
  // appended.
  void add(const base::Json& json);
  // Returns the image. Valid until the next add() and until this object is moved from.
  const berth_image* image();

 private:
  berth_string keep(std::string text);

  std::deque<std::string> texts_;  // a deque, because berth_string points to the elements
  std::vector<berth_blob> blobs_;
  std::vector<berth_string> platforms_;
  berth_image image_{};
};

}  // namespace berth::worker
