#include "common/aws_signature.hpp"

#include <map>

#include <berth/encoding.hpp>

#include "common/text.hpp"
#include "common/time.hpp"

namespace berth::common {

Headers aws_signed_headers(Headers headers, std::string_view body, const AwsKeys& keys,
                           const AwsSigning& signing, HostApi& host_api) {
  const std::string time = basic_time(signing.seconds);
  const std::string day = time.substr(0, 8);
  headers.emplace_back("X-Amz-Date", time);
  if (!keys.session_token.empty()) headers.emplace_back("X-Amz-Security-Token", keys.session_token);

  std::map<std::string, std::string> by_name{{"host", signing.host}};
  for (const auto& [name, value] : headers) by_name[lower(name)] = std::string(trimmed(value));
  std::string lines;
  std::string names;
  for (const auto& [name, value] : by_name) {
    lines += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }

  const std::string request =
      "POST\n/\n" + signing.query + "\n" + lines + "\n" + names + "\n" + hex(host_api.sha256(body));
  const std::string scope = day + "/" + signing.region + "/" + signing.service + "/aws4_request";
  const std::string to_sign =
      "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + hex(host_api.sha256(request));
  std::string key = "AWS4" + keys.secret_access_key;
  for (const std::string& part :
       {day, signing.region, signing.service, std::string("aws4_request")})
    key = host_api.hmac_sha256(key, part);
  headers.emplace_back("Authorization", "AWS4-HMAC-SHA256 Credential=" + keys.access_key_id + "/" +
                                            scope + ", SignedHeaders=" + names + ", Signature=" +
                                            hex(host_api.hmac_sha256(key, to_sign)));
  return headers;
}

}  // namespace berth::common
