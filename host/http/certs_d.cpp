#include "http/certs_d.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/filesystem.hpp>

#include "base/escape.hpp"

namespace berth::http {
namespace {

namespace fs = boost::filesystem;

constexpr std::size_t kMaxFilesOfHost = 100;

base::Error bad_directory(std::string message, std::string cause, std::string fix) {
  return base::Error(base::ErrorClass::network, "http.certs-d", std::move(message))
      .cause(std::move(cause))
      .fix(std::move(fix));
}

// The host may come from a server's response: its name must not lead out of the directory.
bool is_directory_name(std::string_view name) {
  return !name.empty() && name.front() != '.' &&
         name.find_first_of("/\\") == std::string_view::npos;
}

// Returns the paths of the three kinds, sorted by name. std::nullopt if the directory does not
// exist or is not accessible.
base::Result<std::optional<std::vector<std::string>>> list_certificates(const fs::path& directory) {
  boost::system::error_code error;
  fs::directory_iterator entry(directory, error);
  if (error) return std::optional<std::vector<std::string>>();
  std::vector<std::string> paths;
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const auto extension = entry->path().extension();
    if (extension != ".crt" && extension != ".cert" && extension != ".key") continue;
    if (paths.size() == kMaxFilesOfHost)
      return bad_directory(base::escape(directory.string()) + " has too many certificates",
                           fmt::format("more than {} files", kMaxFilesOfHost),
                           "remove the files that this host does not need");
    paths.push_back(entry->path().string());
  }
  std::ranges::sort(paths);
  return std::optional(std::move(paths));
}

bool has_ending(const std::string& path, std::string_view ending) { return path.ends_with(ending); }

std::string with_ending(const std::string& path, std::string_view ending) {
  return path.substr(0, path.rfind('.')) + std::string(ending);
}

base::Result<void> check_partner(const std::vector<std::string>& paths, const std::string& path) {
  const bool is_key = has_ending(path, ".key");
  const auto partner = with_ending(path, is_key ? ".cert" : ".key");
  if (std::ranges::binary_search(paths, partner)) return {};
  return bad_directory(
      fmt::format("{} has no {}", base::escape(path), is_key ? "certificate" : "key"),
      fmt::format("{} is missing", base::escape(partner)),
      is_key ? "add the client certificate, or remove the key"
             : "add its key; the file name of a CA certificate must end in .crt");
}

base::Result<HostCertificates> sort_out(std::string directory,
                                        const std::vector<std::string>& paths) {
  HostCertificates found;
  found.directory = std::move(directory);
  for (const auto& path : paths) {
    if (has_ending(path, ".crt")) {
      found.authorities.push_back(path);
      continue;
    }
    BERTH_CHECK(check_partner(paths, path));
    if (!has_ending(path, ".cert") || !found.client_certificate.empty()) continue;
    found.client_certificate = path;
    found.client_key = with_ending(path, ".key");
  }
  return found;
}

}  // namespace

TrustPlaces TrustPlaces::from(
    const std::function<std::optional<std::string>(std::string_view)>& environment,
    const std::string& config_home, const std::string& docker_config) {
  TrustPlaces places{
      environment("SSL_CERT_FILE").value_or(""), environment("SSL_CERT_DIR").value_or(""), {}};
  if (!config_home.empty()) places.hosts.push_back(config_home + "/containers/certs.d");
  if (!config_home.empty()) places.hosts.push_back(config_home + "/docker/certs.d");
  if (!docker_config.empty()) places.hosts.push_back(docker_config + "/certs.d");
  places.hosts.emplace_back("/etc/containers/certs.d");
  places.hosts.emplace_back("/etc/docker/certs.d");
  return places;
}

std::string host_directory_name(const Origin& origin) {
  const bool own_port = origin.port() == (origin.tls() ? 443 : 80);
  return own_port ? origin.host() : fmt::format("{}:{}", origin.host(), origin.port());
}

base::Result<HostCertificates> find_host_certificates(const std::vector<std::string>& hosts,
                                                      const Origin& origin) {
  const auto name = host_directory_name(origin);
  if (!is_directory_name(name)) return HostCertificates{};
  for (const auto& directory : hosts)
    // Users who write the port in references also write it in the directory's name, even the
    // default port of https.
    for (const auto& spelling : {name, fmt::format("{}:{}", origin.host(), origin.port())}) {
      const auto path = directory + "/" + spelling;
      BERTH_TRY(const auto paths, list_certificates(path));
      if (paths) return sort_out(path, *paths);
    }
  return HostCertificates{};
}

}  // namespace berth::http
