// The tags of the images in archives and layouts.
#include "image/image_tags.hpp"

#include <doctest/doctest.h>

using namespace berth;
using image::BareName;
using image::Candidate;
using Names = std::vector<std::string>;

namespace {

std::vector<Candidate> images(const std::vector<Names>& names) {
  std::vector<Candidate> candidates;
  for (const auto& of_image : names) candidates.push_back({.identity = {}, .names = of_image});
  return candidates;
}

// "TAG=NAME" for each tag; the error's code.
Names tags(const std::vector<Candidate>& candidates, BareName bare = BareName::repository) {
  const auto found = image::find_image_tags(candidates, bare, "app.tar");
  if (!found) return {found.error().code()};
  Names all;
  for (const auto& [tag, selector] : found->tags) all.push_back(tag + "=" + selector);
  return all;
}

}  // namespace

TEST_CASE("image tags: every name of every image, in their order") {
  CHECK(tags(images({{"app:2", "app:latest"}, {"docker.io/library/app:1"}, {}})) ==
        Names{"2=app:2", "latest=app:latest", "1=docker.io/library/app:1"});
  CHECK(tags(images({{"app"}})) == Names{"latest=app"});
  CHECK(tags(images({{"localhost:5000/app"}})) == Names{"latest=localhost:5000/app"});
  CHECK(tags(images({{"localhost:5000/app:1"}})) == Names{"1=localhost:5000/app:1"});
}

TEST_CASE("image tags: in layouts a name without a colon is the tag") {
  CHECK(tags(images({{"1.2"}, {"docker.io/acme/app:3", "3"}}), BareName::tag) ==
        Names{"1.2=1.2", "3=docker.io/acme/app:3"});
}

TEST_CASE("image tags: names without a valid tag are skipped and named") {
  const auto found = image::find_image_tags(images({{"feature/x"}, {"app@sha256:0"}, {"1"}}),
                                            BareName::tag, "layout");
  REQUIRE(found);
  CHECK(found->tags.size() == 1);
  CHECK(found->skipped == Names{"feature/x", "app@sha256:0"});
}

TEST_CASE("image tags: one tag of two images is ambiguous unless they have the same name") {
  CHECK(tags(images({{"app:1"}, {"db:1"}})) == Names{"source.ambiguous"});
  CHECK(tags(images({{"app:1"}, {"app:1"}})) == Names{"1=app:1"});
  auto same = images({{"app:1"}, {"db:1"}});
  same[0].identity = same[1].identity = "sha256:1";
  CHECK(tags(same) == Names{"1=app:1"});
}

TEST_CASE("image tags: without a tagged image there is nothing to push") {
  CHECK(tags({}) == Names{"source.no-image"});
  CHECK(tags(images({{}, {"app@sha256:0"}})) == Names{"source.no-image"});
}
