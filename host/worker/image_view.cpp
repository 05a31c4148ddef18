#include "worker/image_view.hpp"

#include <utility>

#include "worker/abi_strings.hpp"

namespace berth::worker {

void ImageView::add(channel::AddToImage::Request part) {
  const auto& kept = parts_.emplace_back(std::move(part));
  for (const auto& blob : kept.blobs)
    blobs_.push_back({view(blob.media_type), view(blob.digest), blob.bytes});
  for (const auto& platform : kept.platforms) platforms_.push_back(view(platform));
}

void ImageView::complete(channel::ImageRequest request) {
  add(std::move(request.rest));
  request_ = std::move(request);
}

const berth_image* ImageView::image() {
  image_ = {};
  image_.size = sizeof(berth_image);
  image_.reference = view(request_.reference);
  image_.repository = view(request_.repository);
  image_.repository_path = view(request_.repository_path);
  image_.tag = view(request_.tag);
  image_.has_content = request_.has_content ? 1 : 0;
  image_.digest = view(request_.digest);
  image_.media_type = view(request_.media_type);
  image_.blobs = blobs_.data();
  image_.blob_count = blobs_.size();
  image_.blob_size = sizeof(berth_blob);
  image_.platforms = platforms_.data();
  image_.platform_count = platforms_.size();
  return &image_;
}

}  // namespace berth::worker
