#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/filesystem.hpp>

#include "base/escape.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "image/blob_folder.hpp"
#include "image/layout.hpp"
#include "image/layout_index.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;
namespace fs = boost::filesystem;

constexpr std::chrono::seconds kLockLimit{60};
constexpr std::size_t kPiece = std::size_t{1} << 20U;

// A file that is being written beside its place; gone unless it is kept.
class PartialFile {
 public:
  static base::Result<PartialFile> make(const std::string& folder) {
    PartialFile file;
    file.path_ = folder + "/.partial-XXXXXX";
    file.fd_ = base::UniqueFd(::mkostemp(file.path_.data(), O_CLOEXEC));
    if (!file.fd_) return base::file_error("write below", folder, errno);
    return file;
  }
  PartialFile(PartialFile&& other) noexcept : path_(std::exchange(other.path_, {})), fd_(std::move(other.fd_)) {}
  PartialFile& operator=(PartialFile&&) = delete;
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;
  ~PartialFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  base::Result<void> write(std::span<const std::byte> bytes) { return base::write_all(fd_.get(), bytes, path_); }
  base::Result<void> keep_as(const std::string& path) {
    if (::fchmod(fd_.get(), 0644) != 0 || ::fdatasync(fd_.get()) != 0) return base::file_error("write", path, errno);
    if (::rename(path_.c_str(), path.c_str()) != 0) return base::file_error("write", path, errno);
    path_.clear();
    return {};
  }

 private:
  PartialFile() = default;
  std::string path_;
  base::UniqueFd fd_;
};

base::Result<void> make_folder(const std::string& path) {
  boost::system::error_code error;
  fs::create_directories(path, error);
  if (error) return base::file_error("create directory", path, error.value());
  return {};
}

// What the index names must outlast a crash that the index outlasts.
void sync_folder(const std::string& path) {
  const base::UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder) ::fsync(folder.get());
}

base::Json empty_index() {
  return base::Json::object({{"schemaVersion", 2},
                             {"mediaType", std::string(oci::media_type::kOciIndex)},
                             {"manifests", base::Json::array()}});
}

base::Json entry_of(const std::string& name, const oci::Descriptor& manifest) {
  return base::Json::object({{"mediaType", manifest.media_type},
                             {"digest", manifest.digest.str()},
                             {"size", manifest.size},
                             {"annotations", base::Json::object({{std::string(kRefName), name}})}});
}

bool has_name(const base::Json& entry, const std::string& name) {
  const base::Json* annotations = entry.find("annotations");
  return annotations != nullptr && annotations->string_or(kRefName, "") == name;
}

// Reading back what is stored fails with codes of the layout, not of a source.
template <typename T>
base::Result<T> as_stored(base::Result<T> result) {
  if (result || result.error().error_class() != ErrorClass::integrity) return result;
  return Error(ErrorClass::integrity, "layout.blob", result.error().message()).cause(result.error().cause());
}

}  // namespace

base::Result<LayoutWriter> LayoutWriter::open(const std::string& directory, const base::Cancellation& cancellation) {
  BERTH_CHECK(make_folder(directory));
  const std::string marker = directory + "/oci-layout";
  boost::system::error_code error;
  if (!fs::exists(marker, error)) {
    if (!fs::is_empty(directory, error) && !fs::exists(directory + "/blobs", error))
      return Error(ErrorClass::disk, "layout.not-a-layout", directory + " is not an OCI layout, and not empty")
          .fix("name an empty or a new folder");
    BERTH_CHECK(make_folder(directory + "/blobs/sha256"));
    BERTH_CHECK(base::write_file_atomically(marker, R"({"imageLayoutVersion":"1.0.0"})", 0644));
  }
  BERTH_TRY(const auto version, base::read_file(marker, kMarkerLimit));
  BERTH_CHECK(check_layout_version(version, directory));
  BERTH_CHECK(make_folder(directory + "/blobs/sha256"));
  return LayoutWriter(directory, cancellation);
}

base::Result<bool> LayoutWriter::has_blob(const oci::Digest& digest, std::uint64_t size) const {
  struct stat status {};
  const std::string path = directory_ + "/" + blob_name(digest);
  if (::stat(path.c_str(), &status) == 0)
    return S_ISREG(status.st_mode) && static_cast<std::uint64_t>(status.st_size) == size;
  if (errno == ENOENT) return false;
  return base::file_error("read", path, errno);
}

base::Result<oci::Descriptor> LayoutWriter::add_blob(http::BodySource& source, const oci::Digest* digest) {
  const auto algorithm = digest != nullptr ? digest->algorithm() : oci::Algorithm::sha256;
  const std::string folder = directory_ + (algorithm == oci::Algorithm::sha256 ? "/blobs/sha256" : "/blobs/sha512");
  BERTH_CHECK(make_folder(folder));
  BERTH_TRY(auto file, PartialFile::make(folder));
  oci::Hasher hasher(algorithm);
  std::vector<std::byte> buffer(kPiece);
  std::uint64_t size = 0;
  while (true) {
    if (cancellation_->requested()) return cancellation_->error();
    BERTH_TRY(const auto count, source.read(buffer));
    if (count == 0) break;
    const auto bytes = std::span<const std::byte>(buffer).first(count);
    hasher.update(bytes);
    BERTH_CHECK(file.write(bytes));
    size += count;
  }
  auto actual = hasher.finish();
  if (digest != nullptr && actual != *digest)
    return Error(ErrorClass::integrity, "layout.blob", fmt::format("blob {} is not what it claims", digest->brief()))
        .cause(fmt::format("what came for {} is {}", directory_, actual.str()));
  BERTH_CHECK(file.keep_as(directory_ + "/" + blob_name(actual)));
  return oci::Descriptor{{}, std::move(actual), size, {}, {}, {}};
}

base::Result<void> LayoutWriter::add_bytes(std::string_view bytes, const oci::Digest& digest) {
  const std::string path = directory_ + "/" + blob_name(digest);
  BERTH_CHECK(make_folder(fs::path(path).parent_path().string()));
  return base::write_file_atomically(path, bytes, 0644);
}

base::Result<void> LayoutWriter::set_entry(const std::string& name, const oci::Descriptor& manifest) {
  BERTH_TRY([[maybe_unused]] const auto lock,
            base::FileLock::acquire(directory_ + "/.berth.lock", kLockLimit, *cancellation_));
  const std::string path = directory_ + "/index.json";
  auto text = base::read_file(path, kIndexLimit);
  if (!text && text.error().error_class() != ErrorClass::not_found) return std::move(text).error();
  base::Json index = empty_index();
  if (text) {
    BERTH_TRY([[maybe_unused]] const auto entries, parse_layout_index(*text, directory_));
    BERTH_TRY(index, base::Json::parse(*text, path));
  }
  base::Json::Array kept;
  if (const auto* entries = index.find("manifests")->as_array())  // else null
    for (const auto& entry : *entries)
      if (!has_name(entry, name)) kept.push_back(entry);
  kept.push_back(entry_of(name, manifest));
  index.set("manifests", base::Json(std::move(kept)));
  const auto changed = index.dump();
  if (changed.size() > kIndexLimit)
    return Error(ErrorClass::disk, "layout.full", directory_ + " holds too many images")
        .cause(fmt::format("its index.json would have more than {} bytes", kIndexLimit))
        .fix("use another folder for new images");
  sync_folder(fs::path(directory_ + "/" + blob_name(manifest.digest)).parent_path().string());
  return base::write_file_atomically(path, changed, 0644);
}

base::Result<std::optional<oci::Descriptor>> LayoutWriter::read_entry(const std::string& name) const {
  auto text = base::read_file(directory_ + "/index.json", kIndexLimit);
  if (!text && text.error().error_class() == ErrorClass::not_found) return std::optional<oci::Descriptor>();
  if (!text) return std::move(text).error();
  BERTH_TRY(auto entries, parse_layout_index(*text, directory_));
  for (auto& entry : entries)
    if (entry.name == name) return std::optional(std::move(entry.descriptor));
  return std::optional<oci::Descriptor>();
}

base::Result<std::string> LayoutWriter::read_manifest(const oci::Descriptor& manifest) const {
  return as_stored(read_blob(*directory_folder(directory_), manifest, oci::kManifestLimit));
}

base::Result<void> LayoutWriter::verify_blob(const oci::Digest& digest, std::uint64_t size) const {
  BERTH_TRY(const auto extent, as_stored(directory_folder(directory_)->open(blob_name(digest))));
  BERTH_TRY(const auto stream, as_stored(VerifiedStream::open(extent, digest, size)));
  std::vector<std::byte> buffer(kPiece);
  while (true) {
    if (cancellation_->requested()) return cancellation_->error();
    BERTH_TRY(const auto count, as_stored(stream->read(buffer)));
    if (count == 0) return {};
  }
}

}  // namespace berth::image
