#include "image/explain_source.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/filesystem.hpp>
#include <set>

#include "base/escape.hpp"
#include "base/file_io.hpp"
#include "image/source_spec.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;
namespace fs = boost::filesystem;

constexpr std::size_t kMaxListedFiles = 5000;
constexpr std::size_t kMaxShownNames = 8;
constexpr std::size_t kMaxHead = 4096;

std::string code_for(const FileTree& tree, Transport wanted) {
  if (tree.directory && wanted != Transport::oci) return "source.folder";
  return wanted == Transport::docker_archive ? "source.not-docker-archive" : "source.no-layout";
}

Error other_transport(const FileTree& tree, Transport wanted, std::string_view what,
                      std::string fix) {
  return Error(ErrorClass::usage, code_for(tree, wanted), fmt::format("{} is {}", tree.name, what))
      .fix(std::move(fix));
}

Error no_image(const FileTree& tree, Transport wanted, std::string_view what, std::string fix) {
  return Error(ErrorClass::not_found, code_for(tree, wanted),
               fmt::format("{} is {}, not an image", tree.name, what))
      .fix(std::move(fix));
}

std::string push_command(std::string_view transport, const std::string& path) {
  return fmt::format("berth push {}:{} DESTINATION", transport, path);
}

std::string push_packed(const std::string& directory) {
  return fmt::format("tar -C {} -c . | berth push docker-archive:- DESTINATION", directory);
}

bool is_layout(const FileTree& tree) {
  return tree.has("oci-layout") || (tree.has("index.json") && tree.has("blobs"));
}
bool is_docker_archive(const FileTree& tree) {
  const auto text = tree.read("manifest.json");
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && text[first] == '[';
}

// Returns an error if the files are those of another transport.
std::optional<Error> as_other_transport(const FileTree& tree, Transport wanted) {
  const bool layout = is_layout(tree);
  if (tree.directory && layout && wanted != Transport::oci)
    return other_transport(tree, wanted, "a directory with an OCI layout, not an archive",
                           push_command("oci", tree.path));
  if (tree.directory && is_docker_archive(tree))
    return other_transport(tree, wanted, "an unpacked docker archive", push_packed(tree.path));
  if (tree.directory) return std::nullopt;
  if (wanted == Transport::oci && is_docker_archive(tree))
    return other_transport(tree, wanted, "a docker archive, not a directory",
                           push_command("docker-archive", tree.path));
  if (wanted != Transport::oci_archive && layout)
    return other_transport(tree, wanted, "an OCI archive", push_command("oci-archive", tree.path));
  if (wanted != Transport::docker_archive && is_docker_archive(tree))
    return other_transport(tree, wanted, "a docker archive, not an OCI archive",
                           push_command("docker-archive", tree.path));
  return std::nullopt;
}

// The format of skopeo's dir: and podman save --format docker-dir. Source:
// containers-transports(5).
std::optional<Error> as_dir_transport(const FileTree& tree, Transport wanted) {
  if (!is_single_manifest(tree) && !tree.read("version").starts_with("Directory Transport Version"))
    return std::nullopt;
  const std::string directory = tree.directory ? tree.path : "DIR";
  return other_transport(
      tree, wanted, "in the format of skopeo's transport dir:",
      fmt::format("skopeo copy dir:{} oci:NEW:latest && berth push oci:NEW DESTINATION",
                  directory));
}

// The format of docker before 1.10: without manifest.json, and with a file "json" for each layer.
std::optional<Error> as_legacy_docker(const FileTree& tree, Transport wanted) {
  const auto is_layer = [](const std::string& name) { return name.ends_with("/layer.tar"); };
  if (!tree.has("repositories") || std::none_of(tree.names.begin(), tree.names.end(), is_layer))
    return std::nullopt;
  return Error(ErrorClass::usage, code_for(tree, wanted),
               tree.name + " was saved by docker before version 1.10")
      .cause("it has no manifest.json")
      .fix("load it into a Docker version that still reads it (up to 26), and save it again");
}

std::string parent_of(const std::string& name) { return name.substr(0, name.rfind('/')); }

// The whole image is in a subdirectory: its parent directory was packed.
std::optional<Error> as_nested(const FileTree& tree, Transport wanted) {
  for (const auto& name : tree.names) {
    const bool layout = name.ends_with("/oci-layout");
    if (!layout && !name.ends_with("/manifest.json")) continue;
    const std::string below = parent_of(name);
    const std::string inside = tree.directory ? tree.path + "/" + below : below;
    const std::string unpack = tree.directory ? "" : fmt::format("tar -xf {} && ", tree.path);
    return Error(ErrorClass::usage, code_for(tree, wanted),
                 fmt::format("{} contains the image in a subdirectory", tree.name))
        .cause("its files are below " + base::escape(below) + "/")
        .fix(unpack + (layout ? push_command("oci", inside) : push_packed(inside)));
  }
  return std::nullopt;
}

bool is_archive_name(std::string_view name) {
  if (name.ends_with("/layer.tar")) return false;
  for (const std::string_view suffix :
       {".tar", ".tgz", ".txz", ".tzst", ".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2", ".tbz2"})
    if (name.ends_with(suffix)) return true;
  return false;
}

// An archive, or a directory of archives.
std::optional<Error> as_container_of_archives(const FileTree& tree, Transport wanted) {
  const auto inner = std::find_if(tree.names.begin(), tree.names.end(), is_archive_name);
  if (inner == tree.names.end() || tree.has("etc") || tree.has("bin")) return std::nullopt;
  return Error(ErrorClass::usage, code_for(tree, wanted),
               fmt::format("{} contains an archive, not an image", tree.name))
      .cause("it contains " + base::escape(*inner))
      .fix(tree.directory ? push_command("docker-archive", tree.path + "/" + *inner)
                          : fmt::format("tar -xOf {} {} | berth push docker-archive:- DESTINATION",
                                        tree.path, *inner));
}

std::optional<Error> as_helm_chart(const FileTree& tree, Transport wanted) {
  const auto is_chart = [](const std::string& name) {
    return name == "Chart.yaml" ||
           (name.ends_with("/Chart.yaml") && std::count(name.begin(), name.end(), '/') == 1);
  };
  if (std::none_of(tree.names.begin(), tree.names.end(), is_chart)) return std::nullopt;
  return no_image(tree, wanted, "a Helm chart",
                  fmt::format("helm push {} oci://HOST/REPOSITORY", tree.path));
}

std::optional<Error> as_build_context(const FileTree& tree, Transport wanted) {
  if (!tree.has("Dockerfile") && !tree.has("Containerfile")) return std::nullopt;
  return no_image(tree, wanted, "a build context",
                  tree.directory ? fmt::format("docker build -t NAME {}", tree.path)
                                 : fmt::format("docker build -t NAME - < {}", tree.path));
}

std::optional<Error> as_file_system(const FileTree& tree, Transport wanted) {
  constexpr std::array<std::string_view, 14> kTop{"bin",  "dev",  "etc", "home", "lib",
                                                  "proc", "root", "run", "sbin", "sys",
                                                  "tmp",  "usr",  "var", "opt"};
  const auto count =
      std::count_if(kTop.begin(), kTop.end(), [&](auto name) { return tree.has(name); });
  if (!tree.has(".dockerenv") && count < 2) return std::nullopt;
  const std::string import = tree.directory
                                 ? fmt::format("tar -C {} -c . | docker import - NAME", tree.path)
                                 : fmt::format("docker import {} NAME", tree.path);
  return no_image(tree, wanted, "a file system, as docker export writes it",
                  fmt::format("docker save NAME | berth push docker-archive:- DESTINATION; to "
                              "create an image from it: {}",
                              import));
}

// Returns "bin, etc, usr".
std::string top_level_names(const FileTree& tree) {
  std::set<std::string> top;
  for (const auto& name : tree.names) top.insert(base::escape(name.substr(0, name.find('/')), 80));
  std::vector<std::string> shown(top.begin(), top.end());
  if (shown.size() > kMaxShownNames) {
    shown.resize(kMaxShownNames);
    shown.emplace_back("…");
  }
  return fmt::format("{}", fmt::join(shown, ", "));
}

}  // namespace

bool FileTree::has(std::string_view name) const {
  return std::any_of(names.begin(), names.end(), [&](const std::string& one) {
    return one.starts_with(name) && (one.size() == name.size() || one[name.size()] == '/');
  });
}

bool is_single_manifest(const FileTree& tree) {
  const auto manifest = tree.read("manifest.json");
  return manifest.starts_with('{') && manifest.find("\"schemaVersion\"") != std::string::npos;
}

FileTree archive_tree(const TarIndex& index, const std::string& path) {
  FileTree tree{index.path(), path, false, index.names(std::string::npos)};
  tree.read = [&index](const std::string& name) {
    auto extent = index.find(name);
    if (!extent) return std::string();
    extent->size = std::min<std::uint64_t>(extent->size, kMaxHead);
    auto text = read_extent(*extent, kMaxHead);
    return text ? std::move(*text) : std::string();
  };
  return tree;
}

FileTree directory_tree(const std::string& path) {
  FileTree tree{base::escape(path), path, true, {}};
  const auto list = [&tree](const fs::path& directory, const std::string& prefix, auto&& visit) {
    boost::system::error_code error;
    for (fs::directory_iterator it(directory, error), end; !error && it != end;
         it.increment(error)) {
      if (tree.names.size() == kMaxListedFiles) return;
      tree.names.push_back(prefix + it->path().filename().string());
      visit(*it, tree.names.back());
    }
  };
  list(path, "", [&](const fs::directory_entry& entry, const std::string& name) {
    boost::system::error_code ignored;
    if (!fs::is_directory(entry.path(), ignored)) return;
    list(entry.path(), std::string(name) + "/",
         [](const fs::directory_entry&, const std::string&) {});
  });
  tree.read = [path](const std::string& name) {
    boost::system::error_code ignored;
    if (!fs::is_regular_file(path + "/" + name, ignored)) return std::string();
    std::string head(kMaxHead, '\0');
    const auto fd = base::open_for_reading(path + "/" + name);
    const auto count =
        fd ? base::read_at(fd->get(), std::as_writable_bytes(std::span(head)), 0, path)
           : base::Result<std::size_t>(std::size_t{0});
    head.resize(count ? *count : 0);
    return head;
  };
  return tree;
}

Error explain_no_image(const FileTree& tree, Transport wanted) {
  using Explain = std::optional<Error> (*)(const FileTree&, Transport);
  constexpr std::array<Explain, 8> kExplanations{
      as_other_transport,       as_dir_transport, as_legacy_docker, as_nested,
      as_container_of_archives, as_helm_chart,    as_file_system,   as_build_context};
  for (const auto explain : kExplanations)
    if (auto error = explain(tree, wanted)) return *std::move(error);
  return Error(ErrorClass::not_found, code_for(tree, wanted), "no image in " + tree.name)
      .cause(fmt::format(
          "it has neither manifest.json (docker archive) nor oci-layout (OCI layout){}{}",
          tree.names.empty() ? "; it is empty" : "; it contains: ", top_level_names(tree)));
}

}  // namespace berth::image
