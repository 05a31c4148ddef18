// The calls of the host to the plugin that concern an image.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "channel/calls.hpp"
#include "channel/field.hpp"

namespace berth::channel {

struct ImageBlob {
  std::string media_type{};
  std::string digest{};
  std::uint64_t bytes = 0;
  static constexpr auto kFields =
      fields(exact("media_type", &ImageBlob::media_type, kAnySize),
             exact("digest", &ImageBlob::digest, kAnySize), value("bytes", &ImageBlob::bytes));
};

// Blobs and platforms of the image of the next call, for images that are too large for one frame.
struct AddToImage {
  static constexpr CallInfo kInfo{.method = "image", .function = "image"};
  struct Request {
    std::vector<ImageBlob> blobs{};
    std::vector<std::string> platforms{};
    static constexpr auto kFields = fields(list("blobs", &Request::blobs, kAnySize),
                                           list("platforms", &Request::platforms, kAnySize));
  };
  using Response = Empty;
};

// An image, and the services that the host offers to the plugin in this call.
struct ImageRequest {
  std::string reference{};
  std::string repository{};
  std::string repository_path{};
  std::string tag{};
  bool has_content = false;
  std::string digest{};
  std::string media_type{};
  AddToImage::Request rest{};           // what was not sent before
  std::vector<std::string> services{};  // "registry/1", "push/1"
  static constexpr auto kFields = fields(
      exact("reference", &ImageRequest::reference, kAnySize),
      exact("repository", &ImageRequest::repository, kAnySize),
      exact("repository_path", &ImageRequest::repository_path, kAnySize),
      exact("tag", &ImageRequest::tag, kAnySize), value("has_content", &ImageRequest::has_content),
      exact("digest", &ImageRequest::digest, kAnySize),
      exact("media_type", &ImageRequest::media_type, kAnySize), value("rest", &ImageRequest::rest),
      list("services", &ImageRequest::services, kAnySize));
};

struct PrepareImagePush {
  static constexpr CallInfo kInfo{.method = "prepare", .function = "prepare_image_push"};
  using Request = ImageRequest;
  using Response = Empty;
};

struct PushImage {
  static constexpr CallInfo kInfo{.method = "push", .function = "push_image"};
  using Request = ImageRequest;
  struct Response {
    std::string digest{};
    static constexpr auto kFields = fields(text("digest", &Response::digest));
  };
};

}  // namespace berth::channel
