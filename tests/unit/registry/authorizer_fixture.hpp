// A client's authentication against a scripted registry and token service.
#pragma once

#include "base/log.hpp"
#include "registry/auth_file.hpp"
#include "registry/registry_client.hpp"
#include "support/scripted_server.hpp"

namespace berth::test {

using registry::CredentialChain;

inline std::string challenge(const std::string& more = {}) {
  return "WWW-Authenticate: Bearer realm=\"/token\",service=\"s\"" + more + "\r\n";
}

inline std::string token(const std::string& text) {
  return http_answer(200, R"({"token":")" + text + R"(","expires_in":300})");
}

inline std::string manifest_head() {
  return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDocker-Content-Digest: sha256:" +
         std::string(64, 'a') + "\r\n\r\n";
}

inline std::unique_ptr<registry::CredentialSource> user(const std::string& name,
                                                        const std::string& password) {
  return std::make_unique<registry::ExplicitCredential>(name, base::Secret(password), "the test");
}

using Answers = std::function<Scripted(const Received&)>;

// Responses in this order; then 599.
inline Answers in_order(std::vector<Scripted> script) {
  return [script = std::move(script), next = std::size_t{0}](const Received&) mutable {
    return next < script.size() ? script[next++] : Scripted{http_answer(599)};
  };
}

// A registry and its token service at one origin: over plain HTTP, credentials are sent to no
// other.
class RegistryWithTokens {
 public:
  RegistryWithTokens(Answers registry, Answers service)
      : registry_(std::move(registry)),
        service_(std::move(service)),
        server_([this](const Received& request) {
          return is_exchange(request) ? service_(request) : registry_(request);
        }) {}
  [[nodiscard]] std::string host() const { return server_.host(); }
  // Requests to the registry, and to its token service.
  std::vector<Received> received() { return received_by(false); }
  std::vector<Received> exchanges() { return received_by(true); }

 private:
  static bool is_exchange(const Received& request) { return request.target.starts_with("/token"); }
  std::vector<Received> received_by(bool service) {
    auto all = server_.received();
    std::erase_if(all, [&](const auto& request) { return is_exchange(request) != service; });
    return all;
  }
  Answers registry_;
  Answers service_;
  ScriptedServer server_;
};

// A client of the registry at `host`, which requests one manifest.
struct Asking {
  base::Cancellation never;
  base::SilentLog log;
  CredentialChain chain;
  registry::RegistryClient client;
  explicit Asking(const std::string& host,
                  std::vector<std::unique_ptr<registry::CredentialSource>> found = {},
                  const std::string& only_user = {})
      : chain({host, "a/b"}, only_user),
        client({host, false, {}, "pull,push"}, with(std::move(found)), never, log) {}
  CredentialChain& with(std::vector<std::unique_ptr<registry::CredentialSource>> found) {
    for (auto& source : found) chain.add_discovered(std::move(source));
    return chain;
  }
  auto head() { return client.manifests().head("a/b", "1"); }
};

template <typename... Sources>
std::vector<std::unique_ptr<registry::CredentialSource>> sources(Sources... each) {
  std::vector<std::unique_ptr<registry::CredentialSource>> all;
  (all.push_back(std::move(each)), ...);
  return all;
}

}  // namespace berth::test
