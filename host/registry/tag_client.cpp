#include "registry/tag_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/json_members.hpp"
#include "base/json_parser.hpp"
#include "registry/page_reader.hpp"
#include "registry/response_error.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;

// The page size that is requested; some registries reject a larger one.
constexpr std::size_t kPageSize = 1000;

Error malformed_list(std::string_view host, std::string cause) {
  return Error(ErrorClass::server, "registry.tags-malformed",
               fmt::format("{} returned a malformed list of tags", host))
      .cause(std::move(cause));
}

// Adds the tags of a page, up to `limit` in total. `null` is what Go writes for an empty list.
class TagList {
 public:
  TagList(std::string_view host, std::size_t limit) : host_(host), limit_(limit) {}

  base::Result<void> add_page(std::string_view body) {
    const auto members = base::find_members(body, "the list of tags", std::array{kTags});
    if (!members) return malformed_list(host_, members.error().cause());
    const auto& member = members->front();
    if (!member) return malformed_list(host_, "it has no member tags");
    auto list = base::parse_json_lenient(member->text, "the list of tags", {.bytes = kMaxTagPage});
    if (!list) return malformed_list(host_, list.error().cause());
    if (list->is_null()) return {};
    if (!list->is_array()) return malformed_list(host_, "tags is not a list");
    BERTH_CHECK(check_progress(*list->as_array()));
    for (const auto& item : *list->as_array()) {
      if (is_full()) return {};
      if (!item.is_string()) return malformed_list(host_, "a tag is not a string");
      BERTH_CHECK(add(*item.as_string()));
    }
    return {};
  }

  [[nodiscard]] bool is_full() const { return limit_ != 0 && tags_.size() >= limit_; }
  [[nodiscard]] std::size_t size() const { return tags_.size(); }
  std::vector<std::string> take() { return std::move(tags_); }

 private:
  static constexpr std::string_view kTags = "tags";

  // A registry that ignores where the page begins returns the same one for ever.
  base::Result<void> check_progress(const base::Json::Array& page) {
    if (page.empty() || !page.front().is_string()) return {};
    std::string first = *page.front().as_string();
    if (first == first_)
      return Error(ErrorClass::server, "registry.page-loop",
                   fmt::format("the list of {} does not end", host_))
          .cause("a page begins like the page before it");
    first_ = std::move(first);
    return {};
  }

  base::Result<void> add(const std::string& tag) {
    memory_ += sizeof(std::string) + tag.size();
    if (memory_ > kMaxTagMemory)
      return Error(ErrorClass::server, "registry.tags-too-many",
                   fmt::format("{} returned too many tags", host_))
          .cause(fmt::format("{} tags, and more follow", tags_.size()))
          .fix("pass --limit N");
    tags_.push_back(tag);
    return {};
  }

  std::string_view host_;
  std::size_t limit_;
  std::size_t memory_ = 0;
  std::optional<std::string> first_;  // of the previous page
  std::vector<std::string> tags_;
};

std::string list_path(std::string_view repository, std::size_t page_size) {
  const std::string path = fmt::format("{}/tags/list", repository);
  return page_size == 0 ? path : fmt::format("{}?n={}", path, page_size);
}

http::Request list_request() {
  http::Request request;
  request.body_limit = kMaxTagPage;
  request.headers = {{"Accept", "application/json"}};
  return request;
}

// Adds the tags of all pages. Returns false if the registry rejects the page size.
base::Result<bool> read_pages(AuthenticatedClient& client, std::string_view repository,
                              std::size_t page_size, TagList& tags) {
  PageReader pages(client, std::string(repository), list_path(repository, page_size),
                   list_request());
  while (!tags.is_full()) {
    BERTH_TRY(const auto page, pages.next());
    if (!page) break;
    if (page->status == 400 && pages.count() == 1 && page_size != 0) return false;
    if (page->status != 200 || is_web_page(*page))
      return unexpected_response(
          client, *page,
          {.code = "registry.tags", .what = "list of tags", .repository = repository});
    BERTH_CHECK(tags.add_page(page->body));
  }
  return true;
}

}  // namespace

base::Result<std::vector<std::string>> TagClient::list(std::string_view repository,
                                                       std::size_t limit) {
  const std::size_t page_size = limit == 0 ? kPageSize : std::min(limit, kPageSize);
  TagList tags(client_.host(), limit);
  BERTH_TRY(const bool accepted, read_pages(client_, repository, page_size, tags));
  if (!accepted) BERTH_CHECK(read_pages(client_, repository, 0, tags));
  return tags.take();
}

}  // namespace berth::registry
