#include "gcp/sayings.hpp"

#include "gcp/preflight.hpp"

namespace berth::gcp {
namespace {

constexpr cloud::Saying kSayings[] = {
    {"enabled tag immutability", "the repository takes each tag once, and this one is another image",
     "push another tag"},
    {"unauthenticated request",
     "no login of Google reached that very host, or it had ended; whether the repository exists is not told to whoever "
     "is not logged in",
     "gcloud auth application-default login"},
    {"quota exceeded", "the project's or the location's rate of requests is used up",
     "push again in a minute, or with fewer --jobs"},
};

}  // namespace

std::optional<Explanation> meaning_of(const RegistryError& error, const GarHost& host, const Asker& asker) {
  if (auto known = cloud::meaning_of(error, kSayings)) return known;
  if (!error.says("may not exist") || !path_fault(host, error.repository).empty()) return std::nullopt;
  const Repository repository = repository_of(host, error.repository);
  if (asker.sees_repository)
    return Explanation{"repository " + repository.id + " is there, and this login lacks the right",
                       grant_command(repository, asker.member)};
  return Explanation{"either there is no repository " + repository.id + " in project " + repository.project +
                         ", location " + repository.location +
                         ", or this login may not push there: Google says the same of both",
                     create_command(repository)};
}

}  // namespace berth::gcp
