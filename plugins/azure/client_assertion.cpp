#include "azure/client_assertion.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include <berth/encoding.hpp>
#include <berth/json.hpp>

#include "common/sha1.hpp"
#include "common/text.hpp"

namespace berth::azure {
namespace {

constexpr std::int64_t kLifetime = 600;
constexpr const char* kAddKey =
    "add the RSA key of the certificate: openssl pkey -in KEY >> FILE.pem";

// Returns the first PEM block whose label ends with that text, with its BEGIN and END lines; empty
// if it is missing.
std::string_view pem_block(std::string_view pem, const std::string& label) {
  const auto named = pem.find(label + "-----");
  const auto begin = named == std::string_view::npos ? named : pem.rfind("-----BEGIN ", named);
  const auto end = begin == std::string_view::npos ? begin : pem.find("-----END ", named);
  const auto last = end == std::string_view::npos ? end : pem.find("-----", end + 9);
  return last == std::string_view::npos ? std::string_view() : pem.substr(begin, last + 5 - begin);
}

std::optional<std::string> der_of(std::string_view block) {
  const auto start = block.find('\n');
  const auto end = block.rfind("-----END ");
  if (start == std::string_view::npos || end == std::string_view::npos || end < start)
    return std::nullopt;
  std::string text(block.substr(start, end - start));
  text.erase(std::remove_if(text.begin(), text.end(),
                            [](char c) { return c == '\n' || c == '\r' || c == ' '; }),
             text.end());
  return base64_decode(text);
}

// RFC 7519: another one each time. It need not be a secret.
std::string new_id(common::HostApi& host_api, const std::string& client_id) {
  const auto ticks = std::chrono::steady_clock::now().time_since_epoch().count();
  const std::string id = hex(
      host_api.sha256(client_id + std::to_string(host_api.now()) + "." + std::to_string(ticks)));
  return id.substr(0, 8) + "-" + id.substr(8, 4) + "-" + id.substr(12, 4) + "-" + id.substr(16, 4) +
         "-" + id.substr(20, 12);
}

std::string claims_json(common::HostApi& host_api, const std::string& client_id,
                        const std::string& audience) {
  const std::string client = json_quote(client_id);
  return R"({"aud":)" + json_quote(audience) + R"(,"iss":)" + client + R"(,"sub":)" + client +
         R"(,"exp":)" + std::to_string(host_api.now() + kLifetime) + R"(,"iat":)" +
         std::to_string(host_api.now()) + R"(,"jti":")" + new_id(host_api, client_id) + "\"}";
}

}  // namespace

ClientAssertion client_assertion(common::HostApi& host_api, std::string_view pem,
                                 const std::string& client_id, const std::string& audience) {
  if (pem.find("-----BEGIN ") == std::string_view::npos)
    return {
        {}, "it is not a PEM file", "convert it: openssl pkcs12 -in FILE.pfx -nodes -out FILE.pem"};
  const std::string_view key = pem_block(pem, "PRIVATE KEY");
  if (key.empty()) return {{}, "it contains no private key", kAddKey};
  if (key.find("ENCRYPTED") != std::string_view::npos)
    return {{},
            "its private key is encrypted",
            "decrypt it: (openssl pkey -in FILE; openssl x509 -in FILE) > FILE.pem"};
  const auto certificate = der_of(pem_block(pem, "BEGIN CERTIFICATE"));
  if (!certificate)
    return {
        {}, "it contains no certificate", "append it: openssl x509 -in CERTIFICATE >> FILE.pem"};
  const std::string header = R"({"alg":"RS256","typ":"JWT","x5t":")" +
                             base64url_encode(common::sha1(*certificate)) + "\"}";
  const std::string text =
      base64url_encode(header) + "." + base64url_encode(claims_json(host_api, client_id, audience));
  const std::string signature = host_api.rs256(std::string(key) + "\n", text);
  if (signature.empty()) return {{}, "its private key is not a valid RSA key", kAddKey};
  return {text + "." + base64url_encode(signature), {}, {}};
}

}  // namespace berth::azure
