// Diagnosis: the outcome of each step between this machine and a push, as values. diagnose.hpp
// fills it, diagnosis_report.hpp prints it. Every value comes from the return value of the step,
// none from log events, which plugins can write. Texts may be untrusted; they are escaped and
// redacted when printed.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "flavor/plugin.hpp"
#include "registry/credential_chain.hpp"

namespace berth::app {

using Elapsed = std::chrono::duration<double, std::milli>;

class Stopwatch {
 public:
  [[nodiscard]] Elapsed elapsed() const { return std::chrono::steady_clock::now() - begin_; }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// The outcome of one step: succeeded with `facts`, failed with `error`, or skipped. A step that was
// not reached is skipped without a reason.
template <typename Facts>
struct Step {
  std::optional<Facts> facts;
  std::optional<base::Error> error;
  std::string skip_reason;
  Elapsed elapsed{0};

  void succeeded(Facts found, Elapsed took) {
    facts = std::move(found);
    error.reset();
    elapsed = took;
  }
  void failed(base::Error why, Elapsed took) {
    facts.reset();
    error = std::move(why);
    elapsed = took;
  }
};

struct DestinationFacts {
  std::string registry;  // the registered name, else the URI
  std::string flavor;
  std::string version;
  std::string path;  // of the plugin
  std::string reason;
};

struct RegistriesConfFacts {
  std::vector<std::string> files;  // that were read
  std::string prefix;              // of the entry that applies to the destination; empty: no entry
  std::string location;            // of that entry: "FILE:LINE"
  bool insecure = false;
};

struct ProxyFacts {
  std::string url;       // empty: no proxy
  std::string variable;  // that names it
};

struct NameFacts {
  std::string host;
  std::vector<std::string> addresses;
  bool resolved_by_proxy = false;
};

struct ConnectionInfo {
  std::string address;  // empty: established before
  int port = 0;
  bool to_proxy = false;
};

struct TlsFacts {
  bool enabled = false;
  std::string version;
  std::string subject;
  std::string issuer;
  std::string expires;
  bool verified = true;
  std::string ca_file;  // trusted in addition; empty: none
};

struct AuthMethod {
  std::string scheme;   // "basic", "bearer"
  std::string realm;    // of Bearer: the token service
  std::string service;  // of Bearer
};

struct ChallengeFacts {
  std::vector<AuthMethod> methods;  // empty: no authentication required
};

struct CredentialFacts {
  std::string account;  // the source of the credentials in use; "anonymous" without any
  std::vector<registry::Tried> sources;  // that were tried, in order
};

struct TokenFacts {
  std::string scope;  // that was requested
};

struct AccessFacts {
  std::string requested;  // actions: "pull"
  std::optional<std::string>
      granted;            // actions of the token; std::nullopt: no token, or an opaque one
  std::string reference;  // tag or digest
  bool exists = false;
};

struct UploadFacts {
  bool cancelled = false;  // the registry confirmed that it deleted the upload session
};

struct DirectoryFacts {
  std::string path;
  std::string
      existing;  // the nearest directory that exists; differs from `path` if that will be created
};

// Of `berth doctor DESTINATION`. The steps are in the order in which they are tried; the first that
// fails ends it.
struct Diagnosis {
  std::string reference;  // the destination in full, or as it was given if it could not be resolved
  bool layout = false;    // then only destination, worker and directory
  Step<DestinationFacts> destination;
  Step<flavor::PluginSandbox> worker;
  Step<RegistriesConfFacts> registries_conf;
  Step<ProxyFacts> proxy;
  Step<NameFacts> name;
  Step<ConnectionInfo> connection;
  Step<TlsFacts> tls;
  Step<ChallengeFacts> challenge;
  Step<CredentialFacts> credential;
  Step<TokenFacts> token;
  Step<AccessFacts> access;
  Step<UploadFacts> upload;
  Step<DirectoryFacts> directory;
};

}  // namespace berth::app
