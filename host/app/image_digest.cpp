#include "app/image_digest.hpp"

namespace berth::app {

base::Result<ImageDigestReport> image_digest(const App& app, ReadImageRequest request,
                                             Events& events) {
  request.digest_only = true;
  BERTH_TRY(const auto reader, open_image_reader(app, request, events));
  BERTH_TRY(auto root, reader->root());
  return ImageDigestReport{reader->name(), std::move(root)};
}

}  // namespace berth::app
