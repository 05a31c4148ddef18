#include "image/explain_path.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <boost/filesystem.hpp>

#include "base/escape.hpp"
#include "base/file_io.hpp"
#include "image/archive_file.hpp"
#include "image/explain_source.hpp"
#include "image/source_spec.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;
using namespace std::string_view_literals;

struct KnownFile {
  std::string_view begins;
  std::string_view what;
  const char* fix;  // {}: the file
};

constexpr std::array<KnownFile, 14> kKnownFiles{{
    {"\xff\xfe"sv, "text written by PowerShell's >, which changes the bytes",
     "save the image again: docker save -o {} NAME"},
    {"\xef\xbb\xbf"sv, "text with a byte order mark, as PowerShell's > writes it",
     "save the image again: docker save -o {} NAME"},
    {"version https://git-lfs.github.com/spec/"sv, "a Git LFS pointer",
     "git lfs pull --include {}"},
    {"<"sv, "a web page or an XML document", "check the address that it was downloaded from"},
    {"{"sv, "a JSON document", ""},
    {"["sv, "a JSON document", ""},
    {"\x7f"
     "ELF"sv,
     "a program", ""},
    {"FROM "sv, "a Dockerfile", "docker build -t NAME -f {} ."},
    {"#!/usr/bin/env run-singularity"sv, "a Singularity image (SIF)",
     "apptainer push {} oras://HOST/REPOSITORY:TAG"},
    {"#!"sv, "a script (nix's streamLayeredImage creates one that writes the archive)",
     "{} | berth push docker-archive:- DESTINATION"},
    {"hsqs"sv, "a squashfs file system", ""},
    {"QFI\xfb"sv, "a disk image", ""},
    {"-----BEGIN PGP MESSAGE"sv, "encrypted by PGP",
     "gpg -d {} | berth push docker-archive:- DESTINATION"},
    {"!<arch>"sv, "a Debian package or a static library", ""},
}};

bool is_path_like(std::string_view text) {
  for (const std::string_view prefix : {"/"sv, "./"sv, "../"sv, "~/"sv})
    if (text.starts_with(prefix)) return true;
  for (const std::string_view suffix :
       {".tar"sv, ".tgz"sv, ".tar.gz"sv, ".tar.xz"sv, ".tar.zst"sv, ".tar.bz2"sv})
    if (text.ends_with(suffix)) return true;
  return false;
}

Error without_transport(const std::string& what, const std::string& fix) {
  return Error(ErrorClass::usage, "source.transport", what + " requires a transport").fix(fix);
}

// Returns "oci-archive" if the file is an archive of only an OCI layout; else, or if not known,
// "docker-archive".
std::string transport_of_file(const std::string& path) {
  auto fd = base::open_for_reading(path);
  if (!fd) return "docker-archive";
  const auto index =
      TarIndex::read(std::make_shared<const platform::UniqueFd>(std::move(*fd)), path);
  const bool layout = index && index->contains("oci-layout") && !index->contains("manifest.json");
  return layout ? "oci-archive" : "docker-archive";
}

Error explain_bare_directory(const std::string& path, const std::string& text) {
  const auto tree = directory_tree(path);
  if (tree.has("oci-layout") || tree.has("index.json"))
    return without_transport("the directory " + tree.name,
                             fmt::format("berth push oci:{} DESTINATION", text));
  const auto error = explain_no_image(tree, Transport::oci);
  return Error(ErrorClass::usage, "source.transport", error.message())
      .cause(error.cause())
      .fix(error.fix());
}

}  // namespace

Error explain_no_archive(std::string_view head, const std::string& name, const std::string& path) {
  Error error(ErrorClass::usage, "source.not-tar", name + " is not a tar archive");
  const auto* known =
      std::find_if(kKnownFiles.begin(), kKnownFiles.end(),
                   [&](const KnownFile& file) { return head.starts_with(file.begins); });
  if (known == kKnownFiles.end())
    return std::move(error).cause(
        "it starts neither with a tar header nor with that of a compressed file");
  const std::string what = fmt::format("it is {}", known->what);
  if (path == "-") return std::move(error).cause(what);
  return std::move(error).cause(what).fix(fmt::format(fmt::runtime(known->fix), path));
}

base::Result<void> check_bare_path(const SourceSpec& spec) {
  if (has_transport(spec.text)) return {};
  const std::string& text = spec.text;
  if (text == "-")
    return without_transport("standard input",
                             "docker save NAME | berth push docker-archive:- DESTINATION");
  // Also "DIR:TAG" and "FILE:NAME", if they cannot be an image's name.
  const std::string shorter = text.substr(0, text.find(':'));
  for (const auto& path : {text, shorter}) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || (path != text && !is_path_like(path))) continue;
    if (S_ISDIR(status.st_mode)) return explain_bare_directory(path, text);
    return without_transport(
        "the file " + base::escape(path),
        fmt::format("berth push {}:{} DESTINATION", transport_of_file(path), text));
  }
  if (!is_path_like(text)) return {};
  return missing_path("file", text);
}

}  // namespace berth::image
