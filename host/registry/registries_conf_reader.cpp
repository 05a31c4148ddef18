#include "registry/registries_conf_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/filesystem.hpp>

#include "base/escape.hpp"
#include "base/file_io.hpp"
#include "registry/registries_conf_parse.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kMaxFile = std::size_t{1} << 20U;
constexpr std::size_t kMaxFiles = 1000;

bool exists(const std::string& path) {
  boost::system::error_code error;
  return boost::filesystem::exists(path, error);
}

// Merges one more file; a missing file is skipped.
base::Result<void> add_file(RegistriesConf& conf, const std::string& path) {
  auto text = base::read_file(path, kMaxFile);
  if (!text && text.error().error_class() == ErrorClass::not_found) return {};
  if (!text) return std::move(text).error();
  BERTH_TRY(auto later, parse_registries_conf(*text, path));
  merge(conf, std::move(later));
  return {};
}

base::Result<void> add_directory(RegistriesConf& conf, const std::string& directory) {
  std::vector<std::string> files;
  boost::system::error_code error;
  for (boost::filesystem::directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error))
    if (it->path().extension() == ".conf" && boost::filesystem::is_regular_file(it->path(), error))
      files.push_back(it->path().string());
  if (files.size() > kMaxFiles)
    return Error(ErrorClass::validation, "registries-conf.invalid",
                 base::escape(directory) + " has too many files")
        .cause(fmt::format("more than {}", kMaxFiles));
  std::sort(files.begin(), files.end());
  for (const auto& file : files) BERTH_CHECK(add_file(conf, file));
  return {};
}

}  // namespace

base::Result<RegistriesConf> read_registries_conf(const RegistriesConfPaths& paths) {
  RegistriesConf conf;
  if (paths.named == "/dev/null") return conf;  // the usual way to disable the file
  if (!paths.named.empty()) {
    BERTH_TRY(const auto text, base::read_file(paths.named, kMaxFile, base::Pipes::allowed));
    return parse_registries_conf(text, paths.named);
  }
  const std::string user_file = paths.user_directory + "/registries.conf";
  const bool has_user_file = !paths.user_directory.empty() && exists(user_file);
  BERTH_CHECK(
      add_file(conf, has_user_file ? user_file : paths.system_directory + "/registries.conf"));
  if (!has_user_file)
    BERTH_CHECK(add_directory(conf, paths.system_directory + "/registries.conf.d"));
  if (!paths.user_directory.empty())
    BERTH_CHECK(add_directory(conf, paths.user_directory + "/registries.conf.d"));
  if (!paths.aliases.empty()) BERTH_CHECK(add_file(conf, paths.aliases));
  return conf;
}

}  // namespace berth::registry
