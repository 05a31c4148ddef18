#include "cli/digest_file.hpp"

#include <fmt/format.h>

#include "base/escape.hpp"

namespace berth::cli {
namespace {

bool is_standard_output(const std::string& path) {
  return path == "-" || path == "/dev/stdout" || path == "/dev/fd/1" || path == "/proc/self/fd/1";
}

}  // namespace

base::Result<DigestFile> DigestFile::open(const Context& context, const std::optional<std::string>& path) {
  using base::Error;
  using base::ErrorClass;
  DigestFile opened;
  if (!path) return opened;
  opened.standard_output_ = is_standard_output(*path);
  if (opened.standard_output_ && context.json)
    return Error(ErrorClass::usage, "usage.digest-file", "--digest-file - and --output json exclude each other")
        .cause("standard output is one JSON document, which contains the digest");
  if (opened.standard_output_) return opened;
  auto file = base::OutputFile::open(*path);
  if (!file)
    return Error(ErrorClass::usage, "usage.file", "--digest-file: " + file.error().message())
        .cause(file.error().cause());
  opened.file_ = std::move(*file);
  return opened;
}

base::Result<void> DigestFile::write(Context& context, const std::vector<std::string>& digests) {
  if (digests.empty() || (!standard_output_ && !file_)) return {};
  std::string text;
  for (const auto& digest : digests) text += digest + "\n";
  if (standard_output_) {
    context.out << text;
    return {};
  }
  auto written = file_->write(text, context.app.cancellation);
  if (!written) context.subject = "the image was pushed, but its digest was not written";
  return written;
}

}  // namespace berth::cli
