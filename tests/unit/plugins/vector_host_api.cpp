#include "vector_host_api.hpp"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <set>

#include <berth/encoding.hpp>

#include "common/text.hpp"
#include "common/time.hpp"

namespace berth::test {
namespace {

using Pairs = std::multiset<std::pair<std::string, std::string>>;

std::string unescaped(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%') {
      result += static_cast<char>(std::stoi(text.substr(at + 1, 2), nullptr, 16));
      at += 2;
    } else {
      result += text[at] == '+' ? ' ' : text[at];
    }
  }
  return result;
}

Pairs pairs_of(const std::string& form) {
  Pairs pairs;
  for (const auto& field : common::split(form, '&')) {
    const auto equals = field.find('=');
    if (!field.empty())
      pairs.emplace(unescaped(field.substr(0, equals)), unescaped(field.substr(equals + 1)));
  }
  return pairs;
}

Pairs pairs_of(const nlohmann::json& list) {
  Pairs pairs;
  for (const auto& field : list) pairs.emplace(field[0], field[1]);
  return pairs;
}

nlohmann::json part_of(const std::string& jwt, std::size_t part) {
  return nlohmann::json::parse(base64_decode(common::split(jwt, '.').at(part)).value_or("{}"),
                               nullptr, false);
}

// Tokens that are signed here are compared decoded: older clients pad their parts, contrary to RFC
// 7515, "jti" is always different, and "x5t" belongs to a certificate that does not exist.
void check_signed(Pairs& sent, Pairs& recorded) {
  for (const char* name : {"assertion", "client_assertion"}) {
    const auto is_it = [name](const auto& field) { return field.first == name; };
    const auto ours = std::find_if(sent.begin(), sent.end(), is_it);
    const auto theirs = std::find_if(recorded.begin(), recorded.end(), is_it);
    if (ours == sent.end() || theirs == recorded.end() ||
        theirs->second.find('.') == std::string::npos)
      continue;
    for (const std::size_t part : {0, 1}) {
      auto claims = part_of(ours->second, part);
      auto expected = part_of(theirs->second, part);
      for (const char* own : {"jti", "x5t"}) {
        CHECK(claims.contains(own) == expected.contains(own));
        claims.erase(own);
        expected.erase(own);
      }
      CHECK(claims == expected);
    }
    sent.erase(ours);
    recorded.erase(theirs);
  }
}

void check_body(const common::Request& request, const nlohmann::json& recorded) {
  if (recorded.contains("json")) {
    CHECK(nlohmann::json::parse(request.body, nullptr, false) == recorded["json"]);
  } else if (recorded.contains("form")) {
    auto sent = pairs_of(request.body);
    auto expected = pairs_of(recorded["form"]);
    check_signed(sent, expected);
    // Parameters that msal sends only for its own cache.
    expected.erase({"client_info", "1"});
    CHECK(sent == expected);
  }
  if (!recorded.contains("json") && !recorded.contains("form"))
    CHECK(request.body == recorded.value("body", ""));
}

void check_headers(const common::Request& request, const nlohmann::json& recorded,
                   bool ignore_bearer) {
  std::map<std::string, std::string> sent;
  for (const auto& [name, value] : request.headers) sent[common::lower(name)] = value;
  for (const auto& header : recorded["headers"].items()) {
    CAPTURE(header.key());
    if (ignore_bearer && sent[header.key()].rfind("Bearer ", 0) == 0) continue;
    auto expected = header.value().get<std::string>();
    // Clients that accept any type send no Accept. A form is UTF-8 by default (RFC 7578, WHATWG
    // URL).
    if (header.key() == "accept" && expected == "*/*") continue;
    if (header.key() == "content-type")
      expected = expected.substr(0, expected.find(";charset=UTF-8"));
    CHECK(sent[header.key()] == expected);
  }
}

// Without the port, which a recorded client took from the fake.
void check_url(const std::string& url, const nlohmann::json& recorded) {
  const std::string expected = recorded["scheme"].get<std::string>() + "://" +
                               recorded["host"].get<std::string>() +
                               recorded["path"].get<std::string>();
  const auto query = url.find('?');
  CHECK(url.substr(0, query) == expected);
  CHECK(pairs_of(query == std::string::npos ? "" : url.substr(query + 1)) ==
        pairs_of(recorded["query"]));
}

// "aws/x#2": without the first two exchanges; "aws/x:1": only the first one.
nlohmann::json load(const std::string& one) {
  const auto name = one.substr(0, one.find_first_of("#:"));
  std::ifstream file(std::string(BERTH_VECTORS) + "/" + name + ".json");
  auto vector = nlohmann::json::parse(file, nullptr, false);
  REQUIRE_MESSAGE(vector.is_object(), name);
  if (name.size() == one.size()) return vector;
  const auto count = std::stoul(one.substr(name.size() + 1));
  auto& exchanges = vector["exchanges"];
  const auto at = exchanges.begin() + static_cast<std::ptrdiff_t>(count);
  if (one[name.size()] == '#')
    exchanges.erase(exchanges.begin(), at);
  else
    exchanges.erase(at, exchanges.end());
  return vector;
}

common::Response response_of(const nlohmann::json& given) {
  if (!given.is_object()) return {0, {}, {}, "no answer within 1 s"};
  common::Response response{given["status"], {}, given.value("body", ""), {}};
  for (const auto& header : given["headers"].items())
    response.headers.emplace_back(header.key(), header.value());
  return response;
}

std::string digest_of(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, 0);
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace

ThrowAwayKey throw_away_key() {
  std::ifstream file(std::string(BERTH_VECTORS) + "/../keys/throw_away_rsa.json");
  const auto json = nlohmann::json::parse(file, nullptr, false);
  std::string pem = "-----BEGIN PRIVATE KEY-----\n";
  for (const auto& line : json["pkcs8_base64"]) pem += line.get<std::string>() + "\n";
  return {json["key_id"], pem + "-----END PRIVATE KEY-----\n"};
}

std::string codes(const common::Findings& findings) {
  std::string codes;
  for (const auto& finding : findings) codes += std::string(finding.kind->code) + " ";
  return codes;
}

common::Response recorded_answer(const std::string& one, std::size_t exchange) {
  return response_of(load(one)["exchanges"][exchange]["answer"]);
}

VectorHostApi::VectorHostApi(const std::vector<std::string>& cases) {
  for (const auto& one : cases) {
    vector_ = load(one);
    // The vendors' clients sign more headers than botocore and this flavor do, and send forms with
    // a charset.
    const bool of_vendor = vector_["reference"].get<std::string>().rfind("npm", 0) == 0;
    for (auto exchange : vector_["exchanges"]) {
      auto& headers = exchange["request"]["headers"];
      if (of_vendor)
        for (const char* name : {"authorization", "x-amz-content-sha256"}) headers.erase(name);
      if (of_vendor && common::starts_with(headers.value("content-type", ""),
                                           "application/x-www-form-urlencoded;"))
        headers.erase("content-type");
      exchanges_.push_back(std::move(exchange));
    }
    clock_ = common::parse_time(vector_["clock"].get<std::string>()).value();
  }
}

std::string VectorHostApi::first_field(const std::string& one, const std::string& field) {
  const auto vector = load(one);
  for (const auto& pair : vector["exchanges"][0]["request"]["form"])
    if (pair[0] == field) return pair[1];
  return {};
}

VectorHostApi::~VectorHostApi() { CHECK(next_ == exchanges_.size()); }

std::vector<common::Response> VectorHostApi::send(const std::vector<common::Request>& requests) {
  std::vector<common::Response> responses;
  for (const auto& request : requests) responses.push_back(answer(request));
  return responses;
}

common::Response VectorHostApi::answer(const common::Request& request) {
  CAPTURE(request.method + " " + request.url + " " + request.body);
  if (next_ == exchanges_.size()) return {0, {}, {}, "no response"};
  const auto& exchange = exchanges_[next_++];
  const auto& recorded = exchange["request"];
  CHECK(request.method == recorded["method"].get<std::string>());
  check_url(request.url, recorded);
  check_headers(request, recorded, ignore_bearer);
  check_body(request, recorded);
  return response_of(exchange["answer"]);
}

std::optional<std::string> VectorHostApi::environment_variable(const std::string& name) {
  const auto found = variables.find(name);
  return found == variables.end() ? std::nullopt : std::optional(found->second);
}

common::File VectorHostApi::file(const std::string& path) {
  const auto found = files.find(path);
  return found == files.end() ? common::File{} : common::File{true, found->second, {}};
}

common::Output VectorHostApi::run(const std::vector<std::string>& command) {
  std::string line;
  for (const auto& argument : command) line += (line.empty() ? "" : " ") + argument;
  const auto found = programs.find(line);
  return found == programs.end()
             ? common::Output{-1, {}, "program " + command.front() + " not found", {}, true}
             : found->second;
}

std::string VectorHostApi::sha256(std::string_view bytes) { return digest_of(bytes); }

std::string VectorHostApi::hmac_sha256(std::string_view key, std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, 0);
  unsigned size = SHA256_DIGEST_LENGTH;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
       reinterpret_cast<unsigned char*>(digest.data()), &size);
  return digest;
}

std::string VectorHostApi::rs256(const std::string& pem_key, std::string_view bytes) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem_key.data(), static_cast<int>(pem_key.size())), BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  if (!key) return {};
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
  std::size_t size = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  EVP_DigestSign(context.get(), nullptr, &size, data, bytes.size());
  std::string signature(size, 0);
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data,
                 bytes.size());
  signature.resize(size);
  return signature;
}

}  // namespace berth::test
