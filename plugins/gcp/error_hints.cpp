#include "gcp/error_hints.hpp"

#include "gcp/preflight.hpp"

namespace berth::gcp {
namespace {

constexpr common::ErrorHint kErrorHints[] = {
    {"enabled tag immutability",
     "the repository's tags are immutable, and this one is another image", "push another tag"},
    {"unauthenticated request",
     "the request had no valid Google credentials for this host; without them the response does "
     "not show whether the "
     "repository exists",
     "gcloud auth application-default login"},
    {"authentication failed", "the request had no valid Google credentials for this host",
     "gcloud auth application-default login"},
    {"quota exceeded", "the project's or the location's request quota is used up",
     "push again in a minute, or with a smaller --jobs"},
};

}  // namespace

std::optional<Explanation> explain_error(const RegistryError& error, const GarHost& host,
                                         const Caller& caller) {
  if (auto known = common::explain_error(error, kErrorHints)) return known;
  const ImagePath path = parse_image_path(host, error.repository);
  if (!error.message_contains("may not exist") || !validate_path(host, path).empty())
    return std::nullopt;
  const Repository repository = repository_of(host, path);
  if (caller.sees_repository)
    return Explanation{
        "repository " + repository.id + " exists, and these credentials lack the permission",
        grant_command(repository, caller.member, kWriterRole)};
  return Explanation{"either repository " + repository.id + " does not exist in project " +
                         repository.project + ", location " + repository.location +
                         ", or these credentials may not push there: Google's response does not "
                         "distinguish the two",
                     create_command(repository)};
}

}  // namespace berth::gcp
