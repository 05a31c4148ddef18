#include "worker/image_view.hpp"

#include "worker/reply.hpp"

namespace berth::worker {
using base::Json;

berth_string ImageView::keep(std::string text) { return view(texts_.emplace_back(std::move(text))); }

void ImageView::add(const Json& json) {
  for (const auto& [key, member] :
       {std::pair{"reference", &image_.reference}, std::pair{"repository", &image_.repository},
        std::pair{"full_repository", &image_.repository_path}, std::pair{"tag", &image_.tag},
        std::pair{"digest", &image_.digest}, std::pair{"media_type", &image_.media_type}})
    if (member->data == nullptr || json.find(key) != nullptr) *member = keep(json.string_or(key, ""));
  if (json.is_true("has_content")) image_.has_content = 1;
  if (const Json* blobs = json.find("blobs"); blobs != nullptr && blobs->is_array())
    for (const auto& blob : *blobs->as_array()) {
      const Json* bytes = blob.find("bytes");
      blobs_.push_back({keep(blob.string_or("media_type", "")), keep(blob.string_or("digest", "")),
                        bytes != nullptr ? bytes->as_uint().value_or(0) : 0});
    }
  if (const Json* platforms = json.find("platforms"); platforms != nullptr && platforms->is_array())
    for (const auto& platform : *platforms->as_array())
      if (platform.is_string()) platforms_.push_back(keep(*platform.as_string()));
}

const berth_image* ImageView::image() {
  image_.size = sizeof(berth_image);
  image_.blobs = blobs_.data();
  image_.blob_count = blobs_.size();
  image_.blob_size = sizeof(berth_blob);
  image_.platforms = platforms_.data();
  image_.platform_count = platforms_.size();
  return &image_;
}

}  // namespace berth::worker
