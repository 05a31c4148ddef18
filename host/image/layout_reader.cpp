#include "image/layout_reader.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/directory_root.hpp"
#include "base/file_io.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;

class DirectoryLayout final : public LayoutReader {
 public:
  DirectoryLayout(std::string directory, const base::Cancellation* cancellation)
      : root_(base::DirectoryRoot::open(directory)),
        directory_(std::move(directory)),
        cancellation_(cancellation) {}
  [[nodiscard]] const std::string& place() const override { return directory_; }
  [[nodiscard]] base::Result<Extent> open(const std::string& name) const override {
    const std::string path = directory_ + "/" + name;
    auto file = root_ ? root_->open_for_reading(name) : root_.error().clone();
    const bool outside = !file && file.error().code() == "file.outside";
    if (outside) file = base::open_for_reading(path);
    if (!file && file.error().error_class() == ErrorClass::not_found)
      return Error(ErrorClass::integrity, "source.missing",
                   fmt::format("{} is missing in {}", name, directory_));
    if (!file) return std::move(file).error();
    struct stat status {};
    if (::fstat(file->get(), &status) != 0) return base::file_error("read", path, errno);
    return Extent{std::make_shared<const platform::UniqueFd>(std::move(*file)),
                  path,
                  0,
                  static_cast<std::uint64_t>(status.st_size),
                  outside,
                  cancellation_};
  }

 private:
  base::Result<base::DirectoryRoot> root_;
  std::string directory_;
  const base::Cancellation* cancellation_;
};

class ArchiveLayout final : public LayoutReader {
 public:
  explicit ArchiveLayout(TarIndex index) : index_(std::move(index)) {}
  [[nodiscard]] const std::string& place() const override { return index_.path(); }
  [[nodiscard]] base::Result<Extent> open(const std::string& name) const override {
    return index_.get(name);
  }

 private:
  TarIndex index_;
};

}  // namespace

std::unique_ptr<LayoutReader> directory_layout(std::string directory,
                                               const base::Cancellation* cancellation) {
  return std::make_unique<DirectoryLayout>(std::move(directory), cancellation);
}

std::unique_ptr<LayoutReader> archive_layout(TarIndex index) {
  return std::make_unique<ArchiveLayout>(std::move(index));
}

std::string blob_directory_name(oci::Algorithm algorithm) {
  return algorithm == oci::Algorithm::sha256 ? "blobs/sha256" : "blobs/sha512";
}

std::string blob_name(const oci::Digest& digest) {
  return fmt::format("{}/{}", blob_directory_name(digest.algorithm()), digest.hex());
}

base::Result<bool> has_stored_blob(const LayoutReader& directory, const oci::Descriptor& blob) {
  const auto extent = directory.open(blob_name(blob.digest));
  if (extent) return !extent->outside && extent->size == blob.size;
  if (extent.error().code() == "source.missing" || extent.error().code() == "file.special")
    return false;
  return extent.error().clone();
}

base::Result<std::string> read_blob(const LayoutReader& directory,
                                    const oci::Descriptor& descriptor, std::size_t limit) {
  BERTH_TRY(const auto extent, directory.open(blob_name(descriptor.digest)));
  BERTH_TRY(const auto stream, VerifiedStream::open(extent, descriptor.digest, descriptor.size));
  return read_text(*stream, extent, limit);
}

}  // namespace berth::image
