// Shared by the tests of host/registry: a client of a scripted registry.
#pragma once

#include <string>
#include <vector>

#include "../http/http_test.hpp"
#include "registry/auth_file.hpp"
#include "registry/registry_client.hpp"
#include "support/images.hpp"
#include "support/temp_dir.hpp"

namespace berth::test {

// A client with its dependencies. `config` is the text of docker's config.json.
struct TestRegistryClient {
  explicit TestRegistryClient(const ScriptedServer& server, const std::string& config = "{}")
      : credentials({server.host(), {}}),
        client({server.host(), false, quick_options(), "pull,push"},
               with_file(directory.write("config.json", config)), cancellation, log) {}
  registry::CredentialChain& with_file(const std::string& file) {
    credentials.add_discovered(
        std::make_unique<registry::AuthFile>(registry::AuthFile::Options{file}, cancellation));
    return credentials;
  }
  TempDir directory;
  base::Cancellation cancellation;
  registry::CredentialChain credentials;
  base::SilentLog log;
  registry::RegistryClient client;
};

inline std::string config_for(const std::string& host,
                              const std::string& encoded = "YWxpY2U6c2VjcmV0") {
  return R"({"auths":{")" + host + R"(":{"auth":")" + encoded + R"("}}})";
}

// "GET /v2/" of each request, in order.
inline std::vector<std::string> lines(ScriptedServer& server) {
  std::vector<std::string> result;
  for (const auto& request : server.received())
    result.push_back(request.method + " " + request.target);
  return result;
}

inline std::string digest_header(const std::string& digest) {
  return "Docker-Content-Digest: " + digest + "\r\n";
}

inline std::string answer_html(int status) {
  return http_answer(status, "<html><title>Welcome to nginx!</title></html>",
                     "Content-Type: text/html\r\n");
}

}  // namespace berth::test
