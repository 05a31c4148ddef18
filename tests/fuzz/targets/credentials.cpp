// docker's config.json: what it holds for a registry, and edits of single entries.
#include <cstdlib>

#include "base/json_edit.hpp"
#include "base/json_parser.hpp"
#include "fuzz/target.hpp"
#include "registry/auth_file.hpp"

namespace berth::fuzz {
namespace {

// The credential helpers that an input names must not be run.
void hide_programs() {
  static const int hidden = ::setenv("PATH", "/nonexistent", 1);
  require(hidden == 0, "PATH can be set");
}

void find_credentials(std::string_view input, bool legacy, registry::KeyRule keys) {
  const base::Cancellation cancellation;
  registry::AuthFile file({.location = "DOCKER_AUTH_CONFIG",
                           .text = std::string(input),
                           .keys = keys,
                           .legacy = legacy},
                          cancellation);
  for (const char* host : {"docker.io", "r.example", "localhost:5000", "[::1]:5000"})
    if (const auto found = file.find({host, "team/app"}); found && *found)
      require(!(*found)->source.empty(), "a credential has a source");
}

// A member that was written is read back, one that was erased is gone, and the other members stay.
void edit(std::string_view input) {
  const auto before = base::parse_json_lenient(input, "the input");
  if (!before || !before->is_object()) return;
  const std::string path[] = {"auths", "r.example"};
  const auto entry = base::Json::object({{"auth", "dTpw"}});
  const auto written =
      base::parse_json_lenient(base::set_json_member(input, path, entry), "the written text");
  require(written && written->is_object(), "an edited document is a document");
  const auto* auths = written->find("auths");
  require(
      auths != nullptr && auths->find("r.example") != nullptr && *auths->find("r.example") == entry,
      "a member that was written is read back");
  const auto erased =
      base::parse_json_lenient(base::erase_json_member(input, path), "the shortened text");
  require(erased && erased->is_object(), "a shortened document is a document");
  const auto* rest = erased->find("auths");
  require(rest == nullptr || rest->find("r.example") == nullptr,
          "a member that was erased is gone");
  for (const auto& [key, value] : *before->as_object())
    if (key != "auths")
      require(written->find(key) != nullptr && *written->find(key) == value, "other members stay");
}

}  // namespace

void run_credentials(std::string_view input) {
  hide_programs();
  find_credentials(input, false, registry::KeyRule::docker);
  find_credentials(input, false, registry::KeyRule::containers);
  find_credentials(input, true, registry::KeyRule::docker);
  edit(input);
}

}  // namespace berth::fuzz
