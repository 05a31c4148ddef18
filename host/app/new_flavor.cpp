#include "app/new_flavor.hpp"

#include <berth/abi.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <boost/filesystem.hpp>

#include "app/flavor_templates.hpp"
#include "app/workspace.hpp"
#include "base/escape.hpp"
#include "base/file_io.hpp"

namespace berth::app {
namespace {

using base::Error;
using base::ErrorClass;
namespace fs = boost::filesystem;

bool is_new_flavor_name(const std::string& name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
  return !name.empty() && name.size() <= 63 && name[0] != '-' &&
         name.find_first_not_of(kAllowed) == std::string::npos;
}

// An unregistered plugin cannot have the name of a shipped flavor.
base::Result<void> check_flavor_name(const App& app, const std::string& name, Events& events) {
  const auto wrong = [&](std::string cause) {
    return Error(ErrorClass::usage, "flavor.name",
                 "invalid name for a flavor: " + base::quote(name, 80))
        .cause(std::move(cause))
        .fix("berth flavor new acme");
  };
  if (!is_new_flavor_name(name))
    return wrong("a name is [a-z0-9][a-z0-9-]*, at most 63 characters");
  BERTH_TRY(const auto workspace, open_workspace(app, events));
  for (const auto& candidate : workspace.index.candidates())
    if (candidate.origin == flavor::Origin::built_in && candidate.flavor() == name)
      return wrong("a flavor of that name is installed with berth");
  return {};
}

// "acme-cloud" becomes "AcmeCloud". A class name does not start with a digit.
std::string class_name(const std::string& flavor) {
  std::string result = flavor[0] >= '0' && flavor[0] <= '9' ? "The" : "";
  bool upper = true;
  for (const char c : flavor) {
    if (c != '-') result += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = c == '-';
  }
  return result;
}

std::string filled_in(std::string_view text, const std::string& flavor) {
  const std::pair<std::string_view, std::string> values[] = {
      {"@NAME@", flavor},
      {"@CLASS@", class_name(flavor)},
      {"@VERSION@", fmt::format("{}.{}", BERTH_ABI_MAJOR, BERTH_ABI_MINOR)}};
  std::string result(text);
  for (const auto& [placeholder, value] : values)
    for (auto at = result.find(placeholder); at != std::string::npos;
         at = result.find(placeholder, at + value.size()))
      result.replace(at, placeholder.size(), value);
  return result;
}

mode_t creation_mask() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return mask;
}

Error cannot_write(const fs::path& path, int error) {
  return Error(ErrorClass::disk, "flavor.not-created", "cannot write " + base::quote(path.string()))
      .cause(base::errno_text(error))
      .fix("choose a directory that you can write: berth flavor new NAME --dir DIR");
}

// Deletes the directory unless it was renamed.
class TemporaryDirectory {
 public:
  static base::Result<TemporaryDirectory> create(const fs::path& parent) {
    std::string path = (parent / ".berth-flavor-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) return cannot_write(parent, errno);
    TemporaryDirectory directory(path);
    if (::chmod(path.c_str(), 0777 & ~creation_mask()) != 0) return cannot_write(path, errno);
    return directory;
  }
  TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::move(other.path_)) {
    other.path_.clear();
  }
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory() {
    boost::system::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  explicit TemporaryDirectory(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

// Whether there is a directory already, which is then used if it has nothing but ".git".
base::Result<bool> check_directory(const fs::path& directory) {
  boost::system::error_code error;
  const auto status = fs::status(directory, error);
  if (status.type() == fs::file_not_found &&
      fs::symlink_status(directory, error).type() == fs::file_not_found)
    return false;
  const auto in_use = [&](const std::string& cause) {
    return Error(ErrorClass::usage, "flavor.directory-in-use",
                 "cannot create the project in " + base::escape(directory.string()))
        .cause(cause)
        .fix("choose another directory: berth flavor new NAME --dir DIR");
  };
  if (status.type() != fs::directory_file) return in_use("it is not a directory");
  std::string first;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
    if (const auto name = it->path().filename().string();
        name != ".git" && (first.empty() || name < first))
      first = name;
  if (!first.empty()) return in_use("it contains " + base::quote(first, 80));
  if (error) return cannot_write(directory, error.value());
  return true;
}

base::Result<void> write_files(const fs::path& directory, const std::string& flavor) {
  const mode_t mode = 0666 & ~creation_mask();
  for (const auto& file : kFlavorTemplates)
    BERTH_CHECK(base::write_file_atomically((directory / filled_in(file.name, flavor)).string(),
                                            filled_in(file.content, flavor), mode));
  return {};
}

// Moves the files into a directory that exists; moves none if one fails.
base::Result<void> move_files(const fs::path& from, const fs::path& to, const std::string& flavor) {
  std::vector<fs::path> moved;
  for (const auto& file : kFlavorTemplates) {
    const std::string name = filled_in(file.name, flavor);
    if (::rename((from / name).c_str(), (to / name).c_str()) == 0) {
      moved.push_back(to / name);
      continue;
    }
    auto error = cannot_write(to / name, errno);
    boost::system::error_code ignored;
    for (const auto& path : moved) fs::remove(path, ignored);
    return error;
  }
  return {};
}

// CMake searches the prefixes of PATH, /usr and /usr/local.
std::string sdk_prefix(const App& app) {
  const auto prefix = fs::path(app.paths.worker_program).parent_path().parent_path().parent_path();
  boost::system::error_code error;
  if (!fs::exists(prefix / "include/berth/abi.h", error)) return {};
  const std::string path = ":" + app.variable("PATH") + ":";
  const bool is_found = prefix == "/usr" || prefix == "/usr/local" ||
                        path.find(":" + (prefix / "bin").string() + ":") != std::string::npos;
  return is_found ? std::string() : prefix.string();
}

}  // namespace

base::Result<NewFlavorReport> create_flavor_project(const App& app, const NewFlavorRequest& request,
                                                    Events& events) {
  BERTH_CHECK(check_flavor_name(app, request.name, events));
  boost::system::error_code error;
  const auto directory = fs::weakly_canonical(
      fs::absolute(request.directory.empty() ? request.name : request.directory), error);
  if (error) return cannot_write(request.directory, error.value());
  BERTH_TRY(const bool exists, check_directory(directory));
  if (!exists) fs::create_directories(directory.parent_path(), error);
  if (error) return cannot_write(directory.parent_path(), error.value());
  BERTH_TRY(const auto temporary,
            TemporaryDirectory::create(exists ? directory : directory.parent_path()));
  BERTH_CHECK(write_files(temporary.path(), request.name));
  if (exists)
    BERTH_CHECK(move_files(temporary.path(), directory, request.name));
  else if (::rename(temporary.path().c_str(), directory.c_str()) != 0)
    return cannot_write(directory, errno);
  NewFlavorReport report{.flavor = request.name,
                         .directory = directory.string(),
                         .files = {},
                         .sdk_prefix = sdk_prefix(app)};
  for (const auto& file : kFlavorTemplates)
    report.files.push_back(filled_in(file.name, request.name));
  return report;
}

}  // namespace berth::app
