#include "oci/registry_uri.hpp"

#include "base/escape.hpp"
#include "oci/grammar.hpp"

namespace berth::oci {
namespace {

constexpr std::string_view kLayoutScheme = "oci:";

base::Error uri_error(std::string code, std::string_view text, std::string cause) {
  return base::Error(base::ErrorClass::usage, std::move(code),
                     "invalid registry URI " + base::quote(text))
      .cause(std::move(cause));
}

// Schemes are case-insensitive (RFC 3986, section 3.1), and so are hosts: else "Oci:5000" would be
// stored as a layout.
bool is_layout_uri(std::string_view text) {
  return to_lower(text.substr(0, kLayoutScheme.size())) == kLayoutScheme;
}

bool begins_with_port(std::string_view text) {
  const auto end = text.find_first_not_of("0123456789");
  return !text.empty() && end != 0 && (end == std::string_view::npos || text[end] == '/');
}

// Checks the path lexically: it has no empty, "." or ".." parts, so that a directory has one
// spelling.
base::Result<std::string> layout_directory(std::string_view text) {
  std::string_view directory = text.substr(kLayoutScheme.size());
  if (begins_with_port(directory))
    return uri_error("uri.layout", text,
                     "oci: is the scheme of image layouts, not a host with a port")
        .fix("write the host's full name or address, as in oci.example:" + std::string(directory));
  while (directory.size() > 1 && directory.ends_with('/')) directory.remove_suffix(1);
  if (!directory.starts_with('/'))
    return uri_error("uri.layout", text, "the directory of an image layout must be absolute")
        .fix("write oci:/absolute/dir");
  std::string checked = std::string(directory) + "/";
  for (const char* part : {"//", "/./", "/../"})
    if (checked.find(part) != std::string::npos && directory != "/")
      return uri_error("uri.layout", text, "the directory has an empty, \".\" or \"..\" part");
  if (directory == "/")
    return uri_error("uri.layout", text, "the root of the file system cannot be a layout");
  return std::string(directory);
}

// Checks `path` of the URI `text`. It must not end with a tag or digest: these belong to images,
// not to registries.
base::Result<void> check_path(std::string_view text, std::string_view path) {
  auto checked = check_repository(path);
  const std::size_t end = path.find_first_of(":@");
  if (checked || end == std::string_view::npos || !check_repository(path.substr(0, end)))
    return checked;
  return std::move(checked).error().fix(
      "write " + std::string(text.substr(0, text.size() - path.size() + end)));
}

}  // namespace

base::Result<RegistryUri> RegistryUri::parse(std::string_view text) {
  if (text.empty()) return uri_error("uri.empty", text, "it is empty");
  if (!base::is_clean_text(text))
    return uri_error("uri.characters", text, "it has control characters");
  RegistryUri uri;
  if (is_layout_uri(text)) {
    BERTH_TRY(uri.directory_, layout_directory(text));
    uri.text_ = std::string(kLayoutScheme) + uri.directory_;
    return uri;
  }
  if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    std::string_view rest = text.substr(scheme + 3);
    while (rest.ends_with('/')) rest.remove_suffix(1);
    auto error = uri_error("uri.scheme", text, "a registry URI has no scheme");
    if (text.starts_with("http://"))
      return std::move(error).fix("write " + std::string(rest) + " with --set tls=false");
    return std::move(error).fix("write " + std::string(rest));
  }
  while (text.ends_with('/')) text.remove_suffix(1);
  const std::size_t slash = text.find('/');
  BERTH_TRY(uri.host_, parse_host(text.substr(0, slash)));
  if (slash != std::string_view::npos) {
    uri.path_ = text.substr(slash + 1);
    BERTH_CHECK(check_path(text, uri.path_));
  }
  uri.text_ = uri.path_.empty() ? uri.host_ : uri.host_ + "/" + uri.path_;
  return uri;
}

bool RegistryUri::may_be_repository() const {
  return !path_.empty() && (host_ != "docker.io" || path_.find('/') != std::string::npos);
}

std::optional<std::string> RegistryUri::below(const Reference& reference) const {
  if (is_layout() || reference.host() != host_) return std::nullopt;
  if (path_.empty()) return reference.repository();
  const std::string& repository = reference.repository();
  if (repository == path_) return std::string();
  if (!repository.starts_with(path_ + "/")) return std::nullopt;
  return repository.substr(path_.size() + 1);
}

bool is_loopback_host(std::string_view host) {
  if (host.starts_with("[::1]")) return host.size() == 5 || host[5] == ':';
  const auto name = host.substr(0, host.rfind(':'));
  if (name == "localhost") return true;
  if (!name.starts_with("127.")) return false;
  return name.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace berth::oci
