// What the path of an image below one of Google's hosts means: PROJECT/REPOSITORY/IMAGE, below
// gcr.io PROJECT/IMAGE. A project that belongs to a domain, "example.com:p", is written
// example.com/p. Pure. Source: Artifact Registry, "Repository and image names"; Resource Manager,
// "Creating projects".
#pragma once

#include <string>

#include "gcp/gar_host.hpp"

namespace berth::gcp {

// ImagePath: the parts of a path. A part that the path does not have is empty.
struct ImagePath {
  std::string text;        // the whole path: "example-project/team/app"
  std::string project;     // "example-project", "example.com:p"
  std::string repository;  // id of the repository
  std::string image;       // may contain slashes
};

// Parses a path below `host`; accepts any text.
ImagePath parse_image_path(const GarHost& host, const std::string& path);
// Returns which parts are missing; empty if the path is complete.
std::string validate_path(const GarHost& host, const ImagePath& path);
// Returns a complete path with the parts of `path`: "write PROJECT/REPOSITORY/app".
std::string path_form(const GarHost& host, const ImagePath& path);

struct IdFault {
  std::string message{};
  std::string fix{};
};

// Checks the ids of project and repository by the rules that Google documents; empty if they are
// valid.
IdFault validate_ids(const GarHost& host, const ImagePath& path);

}  // namespace berth::gcp
