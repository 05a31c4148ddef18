// Streams that decompress while they are read.
#pragma once

#include <vector>

#include "http/message.hpp"
#include "image/decompressor.hpp"

namespace berth::image {

class DecompressedStream final : public http::BodySource {
 public:
  // `name` of the archive or layer is for errors. Owns `inner`.
  DecompressedStream(std::unique_ptr<http::BodySource> inner, Compression compression,
                     std::string name);

  [[nodiscard]] std::optional<std::uint64_t> size() const override { return std::nullopt; }
  // Fails as Decompressor does, or with class integrity, code "source.truncated", if the input ends
  // within a member, after all bytes before have been returned.
  base::Result<std::size_t> read(std::span<std::byte> buffer) override;
  bool rewind() override;

 private:
  std::unique_ptr<http::BodySource> inner_;
  Compression compression_;
  std::string name_;
  std::unique_ptr<Decompressor> decompressor_;
  std::vector<std::byte> buffer_;
  std::span<const std::byte> input_;  // part of buffer_ that is not yet consumed
  bool at_end_ = false;               // of inner_
};

// Describes the compressed input, for errors and fixes.
struct ArchiveInput {
  std::string name;                          // "build/app.tar", "standard input"
  std::string file = {};                     // for a command line; empty: standard input
  std::string transport = "docker-archive";  // the transport that the user named
};

// Returns a stream of the data of `stream`, decompressed as often as it is compressed (a .tar.gz
// that a job compressed again), at most three times. Class usage, code "source.compression", if the
// format is not supported; the fix is the command that decompresses it.
base::Result<std::unique_ptr<http::BodySource>> decompress_all(
    std::unique_ptr<http::BodySource> stream, const ArchiveInput& input);

base::Error unsupported_compression(const UnsupportedFormat& format, const std::string& name,
                                    std::string fix);

}  // namespace berth::image
