// What the path of an image below one of Google's hosts means: PROJECT/REPOSITORY/IMAGE, below gcr.io PROJECT/IMAGE.
// A project that belongs to a domain, "example.com:p", is written example.com/p. Pure.
// Source: Artifact Registry, "Repository and image names"; Resource Manager, "Creating projects".
#pragma once

#include <string>

#include "gcp/gar_host.hpp"

namespace berth::gcp {

struct ImagePath {
  std::string project;     // "example-project", "example.com:p"
  std::string repository;  // its id
  std::string image;       // may have slashes
};

// The path below the host. What it does not have is empty.
ImagePath parse_image_path(const GarHost& host, const std::string& path);
// What the path lacks; empty if it is complete.
std::string validate_path(const GarHost& host, const std::string& path);
// The form of a complete path with the parts that `path` has: "write PROJECT/REPOSITORY/app".
std::string path_form(const GarHost& host, const std::string& path);

struct IdFault {
  std::string message{};
  std::string fix{};
};

// What is wrong with the project or the repository by the rules that Google documents; empty if nothing is.
IdFault validate_ids(const GarHost& host, const ImagePath& path);

}  // namespace berth::gcp
