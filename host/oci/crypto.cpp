#include "oci/crypto.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <array>
#include <memory>

namespace berth::oci {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string text(const std::array<unsigned char, EVP_MAX_MD_SIZE>& buffer, unsigned size) {
  return {reinterpret_cast<const char*>(buffer.data()), size};
}

base::Error bad_key(const char* why) {
  ERR_clear_error();
  return base::Error(base::ErrorClass::validation, "crypto.key", "the key cannot sign").cause(why);
}

// Nobody is asked for the password of an encrypted key.
int no_password(char*, int, int, void*) { return -1; }

}  // namespace

std::string sha256(std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> buffer{};
  unsigned size = 0;
  EVP_Digest(data.data(), data.size(), buffer.data(), &size, EVP_sha256(), nullptr);
  return text(buffer, size);
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> buffer{};
  unsigned size = 0;
  HMAC(EVP_sha256(), bytes(key), static_cast<int>(key.size()), bytes(data), data.size(), buffer.data(), &size);
  return text(buffer, size);
}

base::Result<std::string> sign_rs256(std::string_view pem, std::string_view data) {
  const std::unique_ptr<BIO, Free> source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const std::unique_ptr<EVP_PKEY, Free> key(PEM_read_bio_PrivateKey(source.get(), nullptr, no_password, nullptr));
  if (key == nullptr) return bad_key("it is no private key in PEM, or it is encrypted");
  if (EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA) return bad_key("it is no RSA key");
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes(data), data.size()) != 1)
    return bad_key("OpenSSL refuses it");
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes(data),
                     data.size()) != 1)
    return bad_key("OpenSSL refuses it");
  signature.resize(size);
  return signature;
}

}  // namespace berth::oci
