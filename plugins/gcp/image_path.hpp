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
// What it lacks; empty: nothing.
std::string path_fault(const GarHost& host, const std::string& path);
// What is wrong with the project or the repository by the rules that Google documents; empty: nothing.
std::string id_fault(const GarHost& host, const ImagePath& path);

}  // namespace berth::gcp
