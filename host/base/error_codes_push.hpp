// Rows of pushes, and the codes of the requests of a registry.
#pragma once

#include "base/error_code_row.hpp"

namespace berth::base::error_code_rows {

// Requests whose errors have the request's code and the suffix of an outcome: "push.blob-denied".
struct Request {
  std::string_view code;
  std::string_view name;  // in the meaning of an outcome
};
inline constexpr auto kRequests = std::to_array<Request>({
    {"delete.manifest", "the deletion of a tag or manifest"},
    {"push.blob", "the upload of a blob"},
    {"push.denied", "the check of the permission to push"},
    {"push.manifest", "the upload of a manifest"},
    {"registry.blob", "the lookup or download of a blob"},
    {"registry.manifest", "the lookup or download of a manifest"},
    {"registry.ping", "the API version check (GET /v2/)"},
    {"registry.referrers", "the list of referrers"},
    {"registry.tags", "the list of tags"},
});

struct Outcome {
  std::string_view suffix;
  ReportedAs reported_as;
  std::string_view meaning;  // {}: the request
  std::string_view remedy;
};
inline constexpr auto kOutcomes = std::to_array<Outcome>({
    {"-auth", auth,
     "During {}, the registry or a host that it refers to required other credentials.",
     "log in with credentials that the registry accepts: berth login HOST"},
    {"-denied", denied,
     "During {}, the registry responded that the account is not authorized (403).",
     "ask an owner of the repository for access, or log in as another user"},
    {"-digest", integrity, "During {}, the registry received other bytes than were sent.",
     "run the command again; check proxies on the way"},
    {"-failed", server,
     "During {}, the registry responded with a server error, also to the retries.",
     "try again later; read the registry's log"},
    {"-not-found", not_found,
     "During {}, the registry responded that it does not have the content (404).",
     "check the spelling of repository, tag and digest"},
    {"-rate", server,
     "During {}, the registry limited the rate of requests (429), also for the retries.",
     "wait, then run the command again with a smaller --jobs"},
    {"-refused", server,
     "During {}, the registry rejected the request for a reason without a code of its own.",
     "read the registry's error message; show the requests: -vv"},
    {"-repository", not_found,
     "During {}, the registry responded that the repository does not exist.",
     "check the spelling of the repository, or create it in the registry"},
    {"-too-large", server,
     "During {}, the registry or a proxy in front of it rejected the request size (413).",
     "increase the limit of request bodies there (nginx: client_max_body_size)"},
});

inline constexpr auto kPushCodes = std::to_array<Row>({
    {"push.blob-algorithm", server, "The registry does not support the sha512 digest of a blob.",
     "rebuild the image with sha256 digests"},
    {"push.blob-digest", integrity,
     "The registry received other bytes of a blob than were sent, or stored it under another "
     "digest.",
     "run the command again; check proxies on the way"},
    {"push.blob-range", integrity,
     "The registry confirmed a different number of bytes of a blob than were sent.",
     "run the command again; check proxies on the way"},
    {"push.blob-refused", server,
     "The registry rejected the upload of a blob, by each upload method.",
     "read the registry's error message; show the requests: -vv"},
    {"push.digest-mismatch", integrity, "The image has another digest than DESTINATION names.",
     "omit the digest from DESTINATION, or push the image that has it"},
    {"push.exists", validation, "--no-clobber was passed, and the tag exists with another digest.",
     "use another tag, or omit --no-clobber"},
    {"push.findings", validation,
     "The preflight checks reported at least one error; nothing was uploaded.",
     "fix what the findings name: berth explain CODE"},
    {"push.manifest-algorithm", server,
     "The registry does not support the sha512 digest of a manifest.",
     "rebuild the image with sha256 digests"},
    {"push.manifest-blob-unknown", server,
     "The registry rejected the manifest because it does not have a blob or manifest that was "
     "pushed.",
     "run the command again; check the registry's storage and replication"},
    {"push.manifest-digest", integrity,
     "The registry stored a manifest with other bytes than were sent. For a tag it may also be "
     "push.moved.",
     "report it to the operator of the registry; check proxies on the way"},
    {"push.moved", integrity,
     "The registry accepted the image under the tag, and after 10 s still returns another digest "
     "for "
     "it: another push replaced it, or a cache or replica is stale.",
     "compare the returned digest with those of other jobs that push this tag; run the command "
     "again only if this image is the newer one"},
    {"push.not-in-registry", validation,
     "The destination is outside the URI of the container registry that was selected for it.",
     "omit --registry or --uri, or write a destination below that URI"},
    {"push.read-once", internal,
     "A layer must be sent again, and its source can be read only once.",
     "report it as a bug in berth, with the output of -vv"},
    {"push.stopped", internal, "The upload of a blob was stopped because another blob failed.",
     "report it as a bug in berth if it is printed: the other error comes first"},
    {"push.too-many-blobs", validation,
     "The image has more blobs or platforms than a flavor can check.",
     "push the manifests of its index one by one"},
    {"push.unconfirmed", server,
     "The registry did not confirm the manifest, which cannot be read back.",
     "use credentials that are also authorized to pull, then run the command again"},
    {"push.unverified", auth | denied | not_found | server | kWarning,
     "The image was pushed, and the credentials do not permit reading it back.",
     "use credentials that are also authorized to pull, or omit --require-verification"},
    {"push.vanished", integrity, "The registry accepted the manifest, and then did not return it.",
     "run the command again; check the registry's storage and replication"},
});

}  // namespace berth::base::error_code_rows
