#include "aws/error_hints.hpp"

#include "aws/preflight.hpp"

namespace berth::aws {
namespace {

constexpr common::ErrorHint kErrorHints[] = {
    {"authorization token has expired", "the login was made more than 12 hours ago",
     "log in again, or remove the stored login: with AWS credentials on this machine none is "
     "needed"},
    {"because the repository is immutable",
     "the repository has immutable tags, and this tag points to another image", "push another tag"},
    {"because the tag is immutable", "the tag exists, and the repository has immutable tags",
     "push another tag"},
    {"layer digests match", "the registry assembled the chunks of a layer wrongly", "push again"},
    {"rate exceeded", "the account's rate of requests is used up",
     "push again later, or with fewer --jobs"},
};

}  // namespace

std::optional<Explanation> explain_error(const RegistryError& error, const EcrHost& host) {
  if (!error.message_contains("does not exist in the registry with id"))
    return common::explain_error(error, kErrorHints);
  const std::string repository = ecr_repository(host, error.repository);
  return Explanation{
      "repository " + repository + " does not exist there, or this is the wrong account or region",
      create_command(host, repository)};
}

bool is_denial(const RegistryError& error) {
  return error.code == "push.blob-denied" || error.code == "push.manifest-denied" ||
         error.message_contains("is not authorized to perform");
}

Explanation explain_denial(const EcrHost& host, const std::optional<Caller>& caller,
                           const std::string& source) {
  const std::string who = caller ? caller->arn : "these credentials";
  std::string cause = who + (source.empty() ? "" : " (" + source + ")") + " may not push there";
  const bool other = caller && !host.account.empty() && caller->account != host.account;
  cause += other ? ": the registry is that of account " + host.account +
                       ", and the repository's policy does not allow " + caller->account
                 : ": the policy allows too little";
  return {cause,
          "allow ecr:InitiateLayerUpload, UploadLayerPart, CompleteLayerUpload, "
          "BatchCheckLayerAvailability, PutImage "
          "and BatchGetImage on the repository"};
}

bool is_expiry(const RegistryError& error) {
  return error.message_contains("token has expired") ||
         error.message_contains("token is expired") ||
         error.message_contains("request is expired") || error.message_contains("ExpiredToken");
}

}  // namespace berth::aws
