#include "oci/hasher.hpp"

#include <openssl/evp.h>

#include <array>
#include <new>

namespace berth::oci {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// OpenSSL's own digests fail only if memory runs out.
void check(int ok) {
  if (ok != 1) throw std::bad_alloc();
}

}  // namespace

struct Hasher::State {
  std::unique_ptr<EVP_MD_CTX, FreeContext> context{EVP_MD_CTX_new()};
  Algorithm algorithm = Algorithm::sha256;

  void start() {
    check(EVP_DigestInit_ex(context.get(),
                            algorithm == Algorithm::sha512 ? EVP_sha512() : EVP_sha256(), nullptr));
  }
};

Hasher::Hasher(Algorithm algorithm) : state_(std::make_unique<State>()) {
  if (!state_->context) throw std::bad_alloc();
  state_->algorithm = algorithm;
  state_->start();
}

Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::update(std::span<const std::byte> bytes) {
  check(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()));
}

void Hasher::update(std::string_view bytes) { update(std::as_bytes(std::span(bytes))); }

Digest Hasher::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
  unsigned length = 0;
  check(EVP_DigestFinal_ex(state_->context.get(), raw.data(), &length));
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text = state_->algorithm == Algorithm::sha512 ? "sha512:" : "sha256:";
  for (unsigned i = 0; i < length; ++i) {
    text += kHex[raw[i] >> 4U];
    text += kHex[raw[i] & 15U];
  }
  state_->start();
  return Digest(std::move(text));
}

bool is_digest_of(const Digest& digest, std::string_view bytes) {
  return digest_of(bytes, digest.algorithm()) == digest;
}

Digest digest_of(std::string_view bytes, Algorithm algorithm) {
  Hasher hasher(algorithm);
  hasher.update(bytes);
  return hasher.finish();
}

}  // namespace berth::oci
