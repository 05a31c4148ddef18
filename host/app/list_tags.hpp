// tags: lists the tags of a repository.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "app/app.hpp"
#include "app/events.hpp"
#include "app/find_target.hpp"
#include "app/network_options.hpp"

namespace berth::app {

struct ListTagsRequest {
  std::string repository;  // a reference without tag and digest
  TargetOptions target = {};
  NetworkOptions network = {};
  std::size_t limit = 0;  // 0: all
};

struct TagsReport {
  std::string repository;         // "r.example/acme/app"
  std::vector<std::string> tags;  // in the registry's order; the names are not checked
};

// Class usage, code "tags.reference", if a tag or a digest is given. Errors: those of
// find_target(), OpenRepository::open() and TagClient::list().
base::Result<TagsReport> list_tags(const App& app, const ListTagsRequest& request, Events& events);

}  // namespace berth::app
