// A plugin against abi.h whose structs end where its memory ends: the host dies if it reads or
// writes more of them than their size.
#include <cstdint>

#include "abi/page_end.hpp"
#include "plugins/by_hand.hpp"

namespace {

using berth::test::at_page_end;
using by_hand::put;
using by_hand::text;

int the_flavor;

std::int32_t create(const berth_create_options* options, void** flavor, const berth_sink*) {
  if (!BERTH_HAS(options, host_minor) || options->host_minor < BERTH_ABI_MINOR ||
      std::memcmp(options->host.data, "berth ", 6) != 0)
    return BERTH_STATUS_FAILED;
  *flavor = &the_flavor;
  return BERTH_STATUS_OK;
}

void destroy(void*) {}

std::int32_t credential(void*, const berth_call*, const berth_credential_request* request,
                        const berth_credential_sink* sink, const berth_sink* error) {
  if (request->previous_rejected != 0 || request->host.size == 0 ||
      !BERTH_HAS(request, accepted_kinds) || request->accepted_kinds != 7) {
    put(error, "the request is not complete");
    return BERTH_STATUS_NOT_FOUND;
  }
  const berth_credential given{
      sizeof given, BERTH_CREDENTIAL_PASSWORD, text("alice"), text("secret"), 0, text("the edge")};
  sink->take(sink->context, at_page_end(given));
  return BERTH_STATUS_OK;
}

std::int32_t is_expired(void*, const berth_call*, const berth_registry_error* rejection) {
  return rejection->repository.size == 0 ? 0 : 1;
}

std::int32_t explain(void*, const berth_call*, const berth_registry_error* error,
                     const berth_sink* cause, const berth_sink* fix, const berth_sink*) {
  cause->write(cause->context, error->message);
  fix->write(fix->context, error->repository);
  return BERTH_STATUS_OK;
}

std::int32_t upload_rules(void*, berth_upload_rules* rules, const berth_sink*) {
  rules->max_chunk_size = 1 << 20;
  return BERTH_STATUS_OK;
}

const void* query(void*, berth_string id) {
  const auto is = [&](const char* name) {
    return id.size == std::strlen(name) && std::memcmp(id.data, name, id.size) == 0;
  };
  if (is(BERTH_CREDENTIALS_1))
    return at_page_end(berth_credentials_1{sizeof(berth_credentials_1), credential, is_expired});
  if (is(BERTH_EXPLANATIONS_1))
    return at_page_end(berth_explanations_1{sizeof(berth_explanations_1), explain});
  if (is(BERTH_UPLOAD_RULES_1))
    return at_page_end(berth_upload_rules_1{sizeof(berth_upload_rules_1), upload_rules});
  return nullptr;
}

void take_response(void* context, const berth_http_response* response) {
  *static_cast<std::int32_t*>(context) += response->error.size > 0 ? 1 : 100;
}

// Sends two requests, which are permitted and cannot be answered.
std::int32_t prepare(void*, const berth_call* call, const berth_image* image,
                     const berth_sink* error) {
  const auto* http =
      static_cast<const berth_http_1*>(call->query(call->context, text(BERTH_HTTP_1)));
  struct Batch {
    berth_http_request requests[2];
  } batch{};
  for (auto& request : batch.requests) {
    request.method = text("GET");
    request.url = text("http://edges.invalid");
    request.timeout_ms = 1;
  }
  std::int32_t failures = 0;
  const berth_http_sink sink{&failures, take_response};
  const auto status = http->send(call->context, at_page_end(batch)->requests, 2,
                                 sizeof(berth_http_request), &sink, error);
  if (status != BERTH_STATUS_OK) return status;
  const berth_finding finding{sizeof finding, BERTH_SEVERITY_INFO,
                              text(failures == 2 ? "edges.unanswered" : "edges.answered"),
                              image->tag, text("")};
  call->report(call->context, at_page_end(finding));
  return BERTH_STATUS_OK;
}

std::int32_t push(void*, const berth_call* call, const berth_image*, const berth_sink* digest,
                  const berth_sink* error) {
  const auto* service =
      static_cast<const berth_push_1*>(call->query(call->context, text(BERTH_PUSH_1)));
  return service->push(call->context, digest, error);
}

}  // namespace

#define EDGES_METADATA \
  "\0\0\0\0\0\0\0\0"   \
  "\1\0\5\0\0\0"       \
  "edges"              \
  "\2\0\5\0\0\0"       \
  "1.0.0"              \
  "\6\0\31\0\0\0"      \
  "http:http://edges.invalid"
BY_HAND_PLUGIN(EDGES_METADATA, EDGES_METADATA)
