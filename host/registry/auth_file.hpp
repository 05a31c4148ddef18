// AuthFile: credentials in a file of docker (config.json) or of containers tools (auth.json):
// `credHelpers`, `credsStore` and `auths`. Parsed as docker does: field names without case, unknown
// fields ignored, and whatever base::parse_json_lenient() accepts. An empty file or `null` has no
// credentials. Source: docker/cli, cli/config/configfile/file.go; containers-auth.json(5).
#pragma once

#include <optional>
#include <string>

#include "base/cancellation.hpp"
#include "base/json_parser.hpp"
#include "base/log.hpp"
#include "registry/credential_chain.hpp"
#include "registry/credential_keys.hpp"

namespace berth::registry {

class AuthFile final : public CredentialSource {
 public:
  struct Options {
    std::string location;  // path of the file, or name of the variable that holds the text
    std::optional<std::string> text = {};  // the text itself; std::nullopt: read the file
    KeyRule keys = KeyRule::docker;
    std::string username = {};  // only this user's credential; empty: any
    std::string variable =
        {};  // variable that names the file or its directory; empty: the default location
    base::Log* log =
        nullptr;          // for warnings about files that other users can change; nullptr: none
    bool legacy = false;  // ~/.dockercfg: the document itself is the object `auths`
  };
  // A missing file has no credential; nor has one at its default location if this user may not
  // search the directory (HOME of another user). A malformed file is class auth, code
  // "auth.config"; the cause names entry and field. `cancellation` must outlive the source.
  AuthFile(Options options, const base::Cancellation& cancellation)
      : options_(std::move(options)), cancellation_(cancellation) {}

  // Returns the path; after find(), also why the file had no credential.
  [[nodiscard]] std::string location() const override { return options_.location + note_; }
  base::Result<std::optional<Credential>> find(const CredentialRequest& request) override;

 private:
  base::Result<std::optional<std::string>> read_text();
  base::Result<base::Json> read_document();
  base::Result<std::optional<Credential>> ask_helper(const base::Json& config,
                                                     const std::string& host);
  base::Result<std::optional<Credential>> find_in(const base::Json& entries,
                                                  const CredentialRequest& request);
  [[nodiscard]] base::Result<void> check_top_level(const base::Json& config,
                                                   const CredentialRequest& request) const;
  [[nodiscard]] bool is_wanted(const std::optional<Credential>& found) const;
  [[nodiscard]] base::Error broken(std::string cause) const;

  Options options_;
  std::string note_;
  const base::Cancellation& cancellation_;
};

}  // namespace berth::registry
