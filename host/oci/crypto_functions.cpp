#include "oci/crypto_functions.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <optional>

namespace berth::oci {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(PKCS8_PRIV_KEY_INFO* info) const { PKCS8_PRIV_KEY_INFO_free(info); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string text(const std::array<unsigned char, EVP_MAX_MD_SIZE>& buffer, unsigned size) {
  return {reinterpret_cast<const char*>(buffer.data()), size};
}

base::Error bad_key(const char* why) {
  ERR_clear_error();
  return base::Error(base::ErrorClass::validation, "crypto.key", "invalid signing key").cause(why);
}

constexpr int kMinBits = 2048;
constexpr int kMaxBits = 8192;
constexpr int kMaxExponentBits = 64;
// An RSAPrivateKey of 8,192 bits is 4.7 kB of DER; the limit keeps every number of a key short.
constexpr std::size_t kMaxDer = std::size_t{6} << 10U;
constexpr std::size_t kMaxPem = std::size_t{16} << 10U;

struct Pem {
  std::string name;  // "PRIVATE KEY"
  std::string der;
};

std::optional<Pem> read_pem(std::string_view text) {
  const std::unique_ptr<BIO, Free> source(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (PEM_read_bio(source.get(), &name, &header, &data, &size) != 1) return std::nullopt;
  Pem pem{name, {reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)}};
  if (*header != '\0') pem.name = "encrypted";  // Proc-Type and DEK-Info: RFC 1421
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_clear_free(data, static_cast<std::size_t>(size));
  return pem;
}

// Returns the DER of an RSAPrivateKey, from PKCS#8 or PKCS#1; std::nullopt for another algorithm.
std::optional<std::string> rsa_der(const Pem& pem) {
  if (pem.name == "RSA PRIVATE KEY") return pem.der;
  const auto* at = reinterpret_cast<const unsigned char*>(pem.der.data());
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, Free> info(
      d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(pem.der.size())));
  const ASN1_OBJECT* algorithm = nullptr;
  const unsigned char* key = nullptr;
  int size = 0;
  if (info == nullptr || PKCS8_pkey_get0(&algorithm, &key, &size, nullptr, info.get()) != 1)
    return std::nullopt;
  if (OBJ_obj2nid(algorithm) != NID_rsaEncryption) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(key), static_cast<std::size_t>(size));
}

// Returns the bits of one of the key's numbers; 0 if it is missing.
int bits_of(const EVP_PKEY* key, const char* parameter) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, parameter, &number) != 1) return 0;
  const int bits = BN_num_bits(number);
  BN_clear_free(number);
  return bits;
}

// The time for a signature depends on these numbers.
const char* problem_of(const EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (bits < kMinBits || bits > kMaxBits) return "it does not have 2048 to 8192 bits";
  if (bits_of(key, OSSL_PKEY_PARAM_RSA_E) > kMaxExponentBits)
    return "its public exponent is too large";
  if (bits_of(key, OSSL_PKEY_PARAM_RSA_D) > bits)
    return "its private exponent is larger than its modulus";
  if (bits_of(key, OSSL_PKEY_PARAM_RSA_FACTOR3) > 0) return "it has more than two primes";
  for (const char* factor : {OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2})
    if (bits_of(key, factor) > bits / 2 + 8) return "its primes are larger than its modulus allows";
  return nullptr;
}

base::Result<std::unique_ptr<EVP_PKEY, Free>> rsa_key(std::string_view text) {
  const auto pem = text.size() <= kMaxPem ? read_pem(text) : std::nullopt;
  if (!pem || (pem->name != "PRIVATE KEY" && pem->name != "RSA PRIVATE KEY"))
    return bad_key("it is not an unencrypted private key in PEM");
  auto der = pem->der.size() <= kMaxDer ? rsa_der(*pem) : std::nullopt;
  if (!der) return bad_key("it is not an RSA key, or it is larger than 8192 bits");
  const auto* at = reinterpret_cast<const unsigned char*>(der->data());
  std::unique_ptr<EVP_PKEY, Free> key(
      d2i_PrivateKey(EVP_PKEY_RSA, nullptr, &at, static_cast<long>(der->size())));
  OPENSSL_cleanse(der->data(), der->size());
  if (key == nullptr) return bad_key("it is not a valid RSA key");
  if (const char* problem = problem_of(key.get())) return bad_key(problem);
  return key;
}

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
  HMAC(EVP_sha256(), bytes(key), static_cast<int>(key.size()), bytes(data), data.size(),
       buffer.data(), &size);
  return text(buffer, size);
}

base::Result<std::string> sign_rs256(std::string_view pem, std::string_view data) {
  BERTH_TRY(const auto key, rsa_key(pem));
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes(data), data.size()) != 1)
    return bad_key("OpenSSL rejected it");
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes(data), data.size()) != 1)
    return bad_key("OpenSSL rejected it");
  signature.resize(size);
  return signature;
}

}  // namespace berth::oci
