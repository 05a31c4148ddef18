// A docker archive or an OCI archive as `berth push` reads it: which image is meant, and the first
// bytes of its blobs.
#include <array>
#include <variant>

#include "fuzz/target.hpp"
#include "image/open_source.hpp"
#include "image/source.hpp"

namespace berth::fuzz {
namespace {

constexpr std::uint64_t kMaxRead = 1U << 20U;

void drain(base::Result<std::unique_ptr<http::BodySource>> stream) {
  if (!stream) return;
  std::array<std::byte, 4096> buffer{};
  for (std::uint64_t total = 0; total < kMaxRead;) {
    const auto count = (*stream)->read(buffer);
    if (!count || *count == 0) return;
    require(*count <= buffer.size(), "a stream fills at most its buffer");
    total += *count;
  }
}

void read_image(image::Source& source) {
  if (const auto* ready = std::get_if<image::ReadyImage>(&source.contents())) {
    require(!ready->manifests.empty(), "an image with manifests has a root");
    for (const auto& blob : ready->blobs) drain(source.open_blob(blob.descriptor));
  }
  if (const auto* raw = std::get_if<image::RawImage>(&source.contents()))
    for (std::size_t i = 0; i < raw->layers.size(); ++i) drain(source.open_layer(i));
}

}  // namespace

// "d" or "o", "!" to request a platform, the selector up to the end of the line, the archive.
void run_archive(std::string_view input) {
  if (input.empty()) return;
  const bool docker = input[0] == 'd';
  input.remove_prefix(1);
  auto selector = take_line(input);
  std::vector<oci::Platform> platforms;
  if (selector.starts_with('!')) {
    platforms.push_back(oci::Platform::parse("linux/amd64").value());
    selector.remove_prefix(1);
  }
  const auto file = memory_file(with_tar_checksums(input));
  const base::Cancellation cancellation;
  base::SilentLog log;
  const auto no_environment = [](std::string_view) -> std::optional<std::string> {
    return std::nullopt;
  };
  const image::SourceContext context{cancellation, log, no_environment, platforms};
  const image::SourceSpec spec{
      docker ? image::Transport::docker_archive : image::Transport::oci_archive,
      "/proc/self/fd/" + std::to_string(file.get()), std::string(selector), "an archive"};
  if (const auto source = image::open_source(spec, context)) read_image(**source);
}

}  // namespace berth::fuzz
