#include "aws/sayings.hpp"

#include "aws/preflight.hpp"

namespace berth::aws {
namespace {

constexpr cloud::Saying kSayings[] = {
    {"authorization token has expired", "the login was made more than 12 hours ago",
     "log in anew, or leave the login to this flavor: with AWS's own credentials on this machine none is needed"},
    {"because the repository is immutable", "the repository takes each tag once, and this one is another image",
     "push another tag"},
    {"because the tag is immutable", "the tag exists, and the repository takes it once", "push another tag"},
    {"layer digests match", "the registry put the pieces of a layer together wrongly", "push again"},
    {"rate exceeded", "the account's rate of requests is used up", "push again later, or with fewer --jobs"},
};

}  // namespace

std::optional<Explanation> meaning_of(const RegistryError& error, const EcrHost& host) {
  if (!error.says("does not exist in the registry with id")) return cloud::meaning_of(error, kSayings);
  const std::string repository = ecr_repository(host, error.repository);
  return Explanation{"no repository " + repository + " was made there, or this is the wrong account or region",
                     create_command(host, repository)};
}

bool is_denial(const RegistryError& error) {
  return error.code == "push.blob-denied" || error.code == "push.manifest-denied" ||
         error.says("is not authorized to perform");
}

Explanation meaning_of_denial(const std::string& caller) {
  return {(caller.empty() ? "these credentials" : caller) +
              " may not push there: the policy allows too little, or the account is another's",
          "allow ecr:InitiateLayerUpload, UploadLayerPart, CompleteLayerUpload, BatchCheckLayerAvailability, PutImage "
          "and BatchGetImage on the repository"};
}

}  // namespace berth::aws
