// Hasher: computes a digest incrementally. Move-only; one thread at a time. Uses OpenSSL's EVP.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "oci/digest.hpp"

namespace berth::oci {

class Hasher {
 public:
  explicit Hasher(Algorithm algorithm = Algorithm::sha256);
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  ~Hasher();

  void update(std::span<const std::byte> bytes);
  void update(std::string_view bytes);
  // Returns the digest of everything since construction or the last finish(), and resets the
  // hasher.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Returns whether `digest` is the digest of `bytes`, computed with its own algorithm.
bool is_digest_of(const Digest& digest, std::string_view bytes);
Digest digest_of(std::string_view bytes, Algorithm algorithm = Algorithm::sha256);

}  // namespace berth::oci
