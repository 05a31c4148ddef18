#include "registry/upload_body.hpp"

#include "registry/upload.hpp"

namespace berth::registry {

base::Result<std::size_t> EndOnErrorSource::read(std::span<std::byte> buffer) {
  auto count = inner_.read(buffer);
  if (count) sent_ += *count;
  if (count) return count;
  failure_ = std::move(count).error();
  return std::size_t{0};
}

bool EndOnErrorSource::rewind() {
  sent_ = 0;
  return !failure_ && inner_.rewind();
}

base::Result<void> set_body(http::Request& request, http::BodySource& source) {
  const auto size = source.size();
  if (!size || *size > kSmallBlob) {
    request.source = &source;
    return {};
  }
  request.body.resize(*size);
  auto left = std::as_writable_bytes(std::span(request.body));
  while (!left.empty()) {
    BERTH_TRY(const auto count, source.read(left));
    if (count == 0)
      return base::Error(base::ErrorClass::integrity, "http.short-body",
                         "the request body is shorter than announced");
    left = left.subspan(count);
  }
  return {};
}

}  // namespace berth::registry
