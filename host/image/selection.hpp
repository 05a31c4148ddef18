// Which of several images in one place is meant.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace berth::image {

// The place of the image that has `selector` among its names; "@N" is the Nth, counted from 0; empty is the only one.
// Class usage, code "source.ambiguous"; class not-found, code "source.no-image", with a near miss.
base::Result<std::size_t> select_image(const std::vector<std::vector<std::string>>& names, const std::string& selector,
                                       const std::string& place);

}  // namespace berth::image
