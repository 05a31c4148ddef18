#include "image/layout_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/filesystem.hpp>

#include "base/directory_root.hpp"
#include "base/file_io.hpp"
#include "base/json_parser.hpp"
#include "http/memory_source.hpp"
#include "image/layout_index.hpp"
#include "image/layout_reader.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;
namespace fs = boost::filesystem;

constexpr std::chrono::seconds kLockLimit{60};
constexpr const char* kMarker = "oci-layout";
constexpr const char* kIndex = "index.json";
constexpr std::size_t kReadSize = std::size_t{1} << 20U;

base::Result<void> make_directory(const std::string& path) {
  boost::system::error_code error;
  fs::create_directories(path, error);
  if (error) return base::file_error("create directory", path, error.value());
  return {};
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

// Changes the error codes of reading stored content from those of a source to those of the layout.
template <typename T>
base::Result<T> as_stored(base::Result<T> result) {
  if (result || result.error().error_class() != ErrorClass::integrity) return result;
  return Error(ErrorClass::integrity, "layout.blob", result.error().message())
      .cause(result.error().cause());
}

}  // namespace

LayoutWriter::LayoutWriter(std::shared_ptr<const base::DirectoryRoot> root,
                           const base::Cancellation& cancellation)
    : root_(std::move(root)),
      directory_(directory_layout(root_->path(), &cancellation)),
      cancellation_(&cancellation) {}

base::Result<LayoutWriter> LayoutWriter::open(const std::string& directory,
                                              const base::Cancellation& cancellation) {
  BERTH_CHECK(make_directory(directory));
  BERTH_TRY(auto root, base::DirectoryRoot::open(directory));
  LayoutWriter writer(std::make_shared<const base::DirectoryRoot>(std::move(root)), cancellation);
  auto version = writer.read_file(kMarker, kMarkerLimit);
  if (!version && version.error().error_class() == ErrorClass::not_found) {
    boost::system::error_code error;
    if (!fs::is_empty(directory, error) && !fs::exists(directory + "/blobs", error))
      return Error(ErrorClass::disk, "layout.not-a-layout",
                   directory + " is not an OCI layout, and not empty")
          .fix("specify an empty or a new directory");
    version = std::string(R"({"imageLayoutVersion":"1.0.0"})");
    BERTH_TRY([[maybe_unused]] const auto blobs, writer.blob_directory(oci::Algorithm::sha256));
    BERTH_CHECK(base::write_file_atomically(directory + "/" + kMarker, *version, 0644));
  }
  if (!version) return std::move(version).error();
  BERTH_CHECK(check_layout_version(*version, directory));
  BERTH_TRY([[maybe_unused]] const auto blobs, writer.blob_directory(oci::Algorithm::sha256));
  return writer;
}

// Opens the directory below the root only: a link in the path must not lead out of it.
base::Result<platform::UniqueFd> LayoutWriter::blob_directory(oci::Algorithm algorithm) const {
  auto made = root_->make_directories(blob_directory_name(algorithm));
  if (made || made.error().code() != "file.outside") return made;
  return Error(ErrorClass::disk, "layout.link", "cannot write to the OCI layout " + directory())
      .cause(made.error().message())
      .fix("replace the link by a directory");
}

base::Result<std::string> LayoutWriter::read_file(const std::string& name,
                                                  std::size_t limit) const {
  auto file = root_->open_for_reading(name);
  if (!file && file.error().code() == "file.outside")
    return Error(ErrorClass::disk, "layout.link", "cannot use the OCI layout " + directory())
        .cause(file.error().message())
        .fix("replace the link by a file");
  if (!file) return std::move(file).error();
  return base::read_rest(file->get(), directory() + "/" + name, limit);
}

base::Result<bool> LayoutWriter::has_blob(const oci::Digest& digest, std::uint64_t size) const {
  return has_stored_blob(*directory_, {{}, digest, size, {}, {}, {}});
}

base::Result<oci::Descriptor> LayoutWriter::add_blob(http::BodySource& source,
                                                     const oci::Digest* digest) {
  const auto algorithm = digest != nullptr ? digest->algorithm() : oci::Algorithm::sha256;
  BERTH_TRY(const auto blobs, blob_directory(algorithm));
  BERTH_TRY(auto file, base::PartialFile::create(
                           blobs.get(), directory() + "/" + blob_directory_name(algorithm)));
  oci::Hasher hasher(algorithm);
  std::vector<std::byte> buffer(kReadSize);
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
    return Error(ErrorClass::integrity, "layout.blob",
                 fmt::format("blob {} does not match its digest", digest->brief()))
        .cause(fmt::format("the digest of the data for {} is {}", directory(), actual.str()));
  BERTH_CHECK(file.keep_as(std::string(actual.hex()), 0644));
  return oci::Descriptor{{}, std::move(actual), size, {}, {}, {}};
}

base::Result<void> LayoutWriter::add_bytes(std::string_view bytes, const oci::Digest& digest) {
  http::MemorySource source{std::string(bytes)};
  BERTH_TRY([[maybe_unused]] const auto blob, add_blob(source, &digest));
  return {};
}

base::Result<void> LayoutWriter::set_entry(const std::string& name,
                                           const oci::Descriptor& manifest) {
  BERTH_TRY([[maybe_unused]] const auto lock,
            base::FileLock::acquire(directory() + "/.berth.lock", kLockLimit, *cancellation_));
  const std::string path = directory() + "/" + kIndex;
  auto text = read_file(kIndex, kIndexLimit);
  if (!text && text.error().error_class() != ErrorClass::not_found) return std::move(text).error();
  base::Json index = empty_index();
  if (text) {
    BERTH_TRY([[maybe_unused]] const auto entries, parse_layout_index(*text, directory()));
    BERTH_TRY(index, base::parse_json(*text, path));
  }
  base::Json::Array kept;
  if (const auto* entries = index.find("manifests")->as_array())  // else nullptr
    for (const auto& entry : *entries)
      if (!has_name(entry, name)) kept.push_back(entry);
  kept.push_back(entry_of(name, manifest));
  index.set("manifests", base::Json(std::move(kept)));
  const auto changed = index.dump();
  if (changed.size() > kIndexLimit)
    return Error(ErrorClass::disk, "layout.full", directory() + " contains too many images")
        .cause(fmt::format("its index.json would have more than {} bytes", kIndexLimit))
        .fix("use another directory for new images");
  // What the index names must be durable before the index is.
  BERTH_TRY(const auto blobs, blob_directory(manifest.digest.algorithm()));
  ::fsync(blobs.get());
  return base::write_file_atomically(path, changed, 0644);
}

base::Result<std::optional<oci::Descriptor>> LayoutWriter::read_entry(
    const std::string& name) const {
  auto text = read_file(kIndex, kIndexLimit);
  if (!text && text.error().error_class() == ErrorClass::not_found)
    return std::optional<oci::Descriptor>();
  if (!text) return std::move(text).error();
  BERTH_TRY(auto entries, parse_layout_index(*text, directory()));
  for (auto& entry : entries)
    if (entry.name == name) return std::optional(std::move(entry.descriptor));
  return std::optional<oci::Descriptor>();
}

base::Result<std::string> LayoutWriter::read_manifest(const oci::Descriptor& manifest) const {
  return as_stored(read_blob(*directory_, manifest, oci::kManifestLimit));
}

base::Result<void> LayoutWriter::verify_blob(const oci::Digest& digest, std::uint64_t size) const {
  BERTH_TRY(auto extent, as_stored(directory_->open(blob_name(digest))));
  extent.outside = false;  // nothing is passed on before the loop below has verified it
  BERTH_TRY(const auto stream, as_stored(VerifiedStream::open(extent, digest, size)));
  std::vector<std::byte> buffer(kReadSize);
  while (true) {
    if (cancellation_->requested()) return cancellation_->error();
    BERTH_TRY(const auto count, as_stored(stream->read(buffer)));
    if (count == 0) return {};
  }
}

}  // namespace berth::image
