#include "gcp/image_path.hpp"

#include <algorithm>
#include <vector>

#include "common/text.hpp"

namespace berth::gcp {
namespace {

constexpr std::size_t kMinProject = 6;
constexpr std::size_t kMaxProject = 30;
constexpr std::size_t kMaxRepository = 63;

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

// Letters, digits and hyphens; a letter first, no hyphen last.
bool is_id(const std::string& text) {
  return !text.empty() && is_letter(text.front()) && text.back() != '-' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

std::string form_of(const GarHost& host) {
  return host.repository.empty() ? "PROJECT/REPOSITORY/IMAGE" : "PROJECT/IMAGE";
}

}  // namespace

ImagePath parse_image_path(const GarHost& host, const std::string& path) {
  auto parts = common::split(path, '/');
  const auto take = [&parts] {
    if (parts.empty()) return std::string();
    std::string first = parts.front();
    parts.erase(parts.begin());
    return first;
  };
  ImagePath result;
  result.text = path;
  result.project = take();
  if (result.project.find('.') != std::string::npos) result.project += ":" + take();
  result.repository = host.repository.empty() ? take() : host.repository;
  result.image = common::joined(parts, "/");
  return result;
}

std::string validate_path(const GarHost& host, const ImagePath& path) {
  if (!path.image.empty()) return {};
  const bool of_domain = path.project.find(':') != std::string::npos;
  return "a path there is " + std::string(of_domain ? "DOMAIN/" : "") + form_of(host) + ", and " +
         path.text + " has " + std::to_string(common::split(path.text, '/').size()) +
         (path.text.find('/') == std::string::npos ? " part" : " parts");
}

std::string path_form(const GarHost& host, const ImagePath& path) {
  const bool only_image = path.text.find('/') == std::string::npos;
  std::string project = only_image ? "PROJECT" : path.project;
  std::replace(project.begin(), project.end(), ':', '/');
  const std::string image = only_image ? path.text : host.repository.empty() ? path.repository : "";
  return "write " + project + (host.repository.empty() ? "/REPOSITORY/" : "/") +
         (image.empty() ? "IMAGE" : image);
}

IdFault validate_ids(const GarHost& host, const ImagePath& path) {
  const std::string project = path.project.substr(path.project.find(':') + 1);
  if (common::all_digits(project))
    return {"project " + project + " is the project's number, not its id",
            "gcloud projects describe " + project + " --format='value(projectId)'"};
  if (!is_id(project) || project.size() < kMinProject || project.size() > kMaxProject)
    return {
        "project " + project +
            ": an id has 6 to 30 lower-case letters, digits and hyphens, and begins with a letter",
        "gcloud projects list"};
  if (host.repository.empty() &&
      (!is_id(path.repository) || path.repository.size() > kMaxRepository))
    return {"repository " + path.repository +
                ": an id has at most 63 lower-case letters, digits and hyphens, and begins with a "
                "letter",
            "gcloud artifacts repositories list --project=" + path.project};
  return {};
}

}  // namespace berth::gcp
