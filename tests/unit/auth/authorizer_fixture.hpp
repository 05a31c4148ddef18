// One session's authentication against a scripted registry and token service: what they say, and who asks.
#pragma once

#include "base/log.hpp"
#include "registry/auth_file.hpp"
#include "registry/session.hpp"
#include "support/scripted_server.hpp"

namespace berth::test {

using registry::CredentialChain;

inline std::string challenge(int token_port, const std::string& more = {}) {
  return "WWW-Authenticate: Bearer realm=\"http://localhost:" + std::to_string(token_port) + "/token\",service=\"s\"" +
         more + "\r\n";
}

inline std::string token(const std::string& text) {
  return http_answer(200, R"({"token":")" + text + R"(","expires_in":300})");
}

inline std::string manifest_head() {
  return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDocker-Content-Digest: sha256:" + std::string(64, 'a') + "\r\n\r\n";
}

inline std::unique_ptr<registry::CredentialSource> user(const std::string& name, const std::string& password) {
  return std::make_unique<registry::GivenCredential>(name, base::Secret(password), "the test");
}

// A session with a registry at `host`, that asks for one manifest.
struct Asking {
  base::Cancellation never;
  base::SilentLog log;
  CredentialChain chain;
  registry::Session session;
  explicit Asking(const std::string& host, std::vector<std::unique_ptr<registry::CredentialSource>> found = {},
                  const std::string& only_user = {})
      : chain({host, "a/b"}, only_user), session({host, false, {}, "pull,push"}, with(std::move(found)), never, log) {}
  CredentialChain& with(std::vector<std::unique_ptr<registry::CredentialSource>> found) {
    for (auto& source : found) chain.add_found(std::move(source));
    return chain;
  }
  auto head() { return session.head_manifest("a/b", "1"); }
};

template <typename... Sources>
std::vector<std::unique_ptr<registry::CredentialSource>> sources(Sources... each) {
  std::vector<std::unique_ptr<registry::CredentialSource>> all;
  (all.push_back(std::move(each)), ...);
  return all;
}

}  // namespace berth::test
