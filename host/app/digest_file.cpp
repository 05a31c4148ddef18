#include "app/digest_file.hpp"

namespace berth::app {

base::Result<DigestFile> DigestFile::open(const std::optional<std::string>& path) {
  DigestFile opened;
  if (!path) return opened;
  auto file = base::OutputFile::open(*path);
  if (!file)
    return base::Error(base::ErrorClass::usage, "usage.file",
                       "--digest-file: " + file.error().message())
        .cause(file.error().cause());
  opened.file_ = std::move(*file);
  return opened;
}

base::Result<void> DigestFile::write(const std::vector<std::string>& digests,
                                     const base::Cancellation& cancellation) {
  if (digests.empty() || !file_) return {};
  std::string text;
  for (const auto& digest : digests) text += digest + "\n";
  return file_->write(text, cancellation);
}

}  // namespace berth::app
