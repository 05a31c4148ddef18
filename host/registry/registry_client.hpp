// RegistryClient: a client of the OCI distribution API of one registry, with the user's
// credentials. Its parts are AccessClient (credentials and tokens), BlobClient, ManifestClient,
// UploadClient, TagClient and ReferrersClient. Each of their functions names the endpoint that it
// uses, as OCI distribution-spec 1.1 numbers them (section "Endpoints"). Thread-safe. Errors of all
// functions: class auth (401), denied (403), not-found (404), network, stall, server, interrupted;
// Error::registry() is the registry's own message. If the host is not a registry: class server,
// code "registry.not-a-registry".
#pragma once

#include <chrono>
#include <string>

#include "registry/access_client.hpp"
#include "registry/authenticated_client.hpp"
#include "registry/blob_client.hpp"
#include "registry/manifest_client.hpp"
#include "registry/referrers_client.hpp"
#include "registry/tag_client.hpp"
#include "registry/upload_client.hpp"

namespace berth::registry {

// A request that a plugin sends to the registry's own host.
struct RawRequest {
  http::Method method = http::Method::get;  // or HEAD
  std::string path;                         // "/acr/v1/team/app?n=1"
  std::string scope =
      {};  // scope of the token that the request needs: "repository:team/app:metadata_read"
  bool unauthenticated = false;  // send without the user's credentials
  std::string within = {};       // see TokenScope::within
};

class RegistryClient {
 public:
  // Opens no connection. `credentials`, `cancellation` and `log` must outlive the client.
  RegistryClient(const RegistryOptions& options, CredentialChain& credentials,
                 const base::Cancellation& cancellation, base::Log& log)
      : client_(options, credentials, cancellation, log),
        uploads_(client_, blobs_, options.http, log) {}

  // Returns the host as the user writes it: "localhost:5000", "docker.io".
  [[nodiscard]] const std::string& host() const { return client_.host(); }
  // Returns the URL of the API: "https://registry.example/v2/".
  [[nodiscard]] const std::string& api_url() const { return client_.api_url(); }
  [[nodiscard]] const http::Limits& limits() const { return client_.limits(); }
  // Returns how much longer the registry asks clients to wait; see
  // AuthenticatedClient::retry_after().
  [[nodiscard]] std::chrono::milliseconds retry_after() const { return client_.retry_after(); }

  [[nodiscard]] AccessClient& access() { return access_; }
  [[nodiscard]] BlobClient& blobs() { return blobs_; }
  [[nodiscard]] ManifestClient& manifests() { return manifests_; }
  [[nodiscard]] UploadClient& uploads() { return uploads_; }
  [[nodiscard]] TagClient& tags() { return tags_; }
  [[nodiscard]] ReferrersClient& referrers() { return referrers_; }

  // Sends a request of a plugin. Returns the response, whatever its status is; a body over 1 MiB is
  // class server. If the request is rejected, the credentials stay in use.
  base::Result<http::Response> send_raw(const RawRequest& raw);

 private:
  AuthenticatedClient client_;
  AccessClient access_{client_};
  BlobClient blobs_{client_};
  ManifestClient manifests_{client_};
  UploadClient uploads_;
  TagClient tags_{client_};
  ReferrersClient referrers_{client_, manifests_};
};

}  // namespace berth::registry
