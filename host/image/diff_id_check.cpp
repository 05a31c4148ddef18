#include "image/diff_id_check.hpp"

#include <fmt/format.h>

#include <vector>

#include "image/decompressed_stream.hpp"

namespace berth::image {
namespace {

constexpr std::size_t kVerifiedPiece = std::size_t{512} << 10U;

// Passes on `inner`, which it does not own, and reports what is read.
class ReportingStream final : public http::BodySource {
 public:
  ReportingStream(http::BodySource& inner,
                  const std::function<base::Result<void>(std::uint64_t)>& on_read)
      : inner_(inner), on_read_(on_read) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return inner_.size(); }
  base::Result<std::size_t> read(std::span<std::byte> buffer) override {
    BERTH_TRY(const auto count, inner_.read(buffer));
    BERTH_CHECK(on_read_(count));
    return count;
  }
  bool rewind() override { return inner_.rewind(); }

 private:
  http::BodySource& inner_;
  const std::function<base::Result<void>(std::uint64_t)>& on_read_;
};

}  // namespace

DiffIdCheck::DiffIdCheck(const RawLayer& layer)
    : expected_(layer.diff_id), place_(layer.place), hasher_(expected_.algorithm()) {}

base::Result<void> DiffIdCheck::finish() {
  const auto actual = hasher_.finish();
  if (actual == expected_) return {};
  return base::Error(base::ErrorClass::integrity, "source.layer",
                     fmt::format("layer {} of {} is damaged", expected_.brief(), place_))
      .cause(fmt::format("its uncompressed digest is {}, the image config has {}", actual.str(),
                         expected_.str()));
}

base::Result<void> verify_layer(
    http::BodySource& stream, const RawLayer& layer,
    const std::function<base::Result<void>(std::uint64_t count)>& on_read) {
  std::unique_ptr<http::BodySource> bytes = std::make_unique<ReportingStream>(stream, on_read);
  if (layer.compression)
    bytes = std::make_unique<DecompressedStream>(
        std::move(bytes), *layer.compression,
        fmt::format("layer {} of {}", layer.diff_id.brief(), layer.place));
  DiffIdCheck check(layer);
  std::vector<std::byte> buffer(kVerifiedPiece);
  while (true) {
    BERTH_TRY(const auto count, bytes->read(buffer));
    if (count == 0) return check.finish();
    check.update(std::span(buffer).first(count));
  }
}

}  // namespace berth::image
