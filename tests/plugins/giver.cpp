// A plugin that violates the ABI of credentials/1 or upload-rules/1 as its setting `what` selects.
#include <cstdint>
#include <string>

#include "by_hand.hpp"

namespace {

using by_hand::put;
using by_hand::text;

std::string what;
const berth_call* kept_call;
const berth_push_1* kept_push;

std::int32_t create(const berth_create_options* options, void** flavor, const berth_sink*) {
  what.clear();
  if (options->setting_count > 0)
    what.assign(options->settings[0].string.data, options->settings[0].string.size);
  *flavor = &what;
  return BERTH_STATUS_OK;
}
void destroy(void*) {}

// While push() waits for the host: the services of that call are not available to this one.
std::int32_t use_kept(const berth_sink* error) {
  const std::int32_t again = kept_push->push(kept_call->context, nullptr, error);
  if (kept_call->query(kept_call->context, text(BERTH_PUSH_1)) != nullptr) __builtin_trap();
  return again == BERTH_STATUS_REFUSED || again == BERTH_STATUS_FAILED ? BERTH_STATUS_NOT_FOUND
                                                                       : BERTH_STATUS_OK;
}

std::int32_t credential(void*, const berth_call*, const berth_credential_request*,
                        const berth_credential_sink* sink, const berth_sink* error) {
  if (what == "kept") return use_kept(error);
  if (what == "nothing") return BERTH_STATUS_OK;
  if (what == "status") {
    put(error, "no such status");
    return 77;
  }
  berth_credential given{
      sizeof(berth_credential), BERTH_CREDENTIAL_PASSWORD, text("me"), text("pass"), 0, text("")};
  if (what == "kind") given.kind = 77;
  if (what == "size") given.size = 8;
  if (what == "far") given.expires_at = INT64_MAX;
  if (what == "past") given.expires_at = INT64_MIN;
  sink->take(sink->context, &given);
  return BERTH_STATUS_OK;
}

std::int32_t rules(void*, berth_upload_rules* given, const berth_sink* error) {
  given->min_chunk_size = 1;
  if (what == "rules-refused") put(error, "no rules today");
  return what == "rules-refused" ? BERTH_STATUS_REFUSED : BERTH_STATUS_OK;
}

const void* query(void*, berth_string id) {
  static const berth_upload_rules_1 ruler = {sizeof(berth_upload_rules_1), rules};
  static const berth_upload_rules_1 small_ruler = {8, nullptr};
  if (std::string(id.data, id.size) == BERTH_UPLOAD_RULES_1 && what.rfind("rules", 0) == 0)
    return what == "rules-incomplete" ? &small_ruler : &ruler;
  // A struct of the version before is_expired.
  static const berth_credentials_1 provider = {offsetof(berth_credentials_1, is_expired),
                                               credential, nullptr};
  static const berth_credentials_1 small = {8, nullptr, nullptr};
  if (std::string(id.data, id.size) != BERTH_CREDENTIALS_1 || what == "does-not") return nullptr;
  return what == "incomplete" ? &small : &provider;
}

std::int32_t prepare(void*, const berth_call*, const berth_image*, const berth_sink*) {
  return BERTH_STATUS_OK;
}

std::int32_t push(void*, const berth_call* call, const berth_image*, const berth_sink* digest,
                  const berth_sink* error) {
  kept_call = call;
  kept_push = static_cast<const berth_push_1*>(call->query(call->context, text(BERTH_PUSH_1)));
  return kept_push->push(call->context, digest, error);
}

}  // namespace

BY_HAND_PLUGIN(BY_HAND_METADATA("giver"), BY_HAND_METADATA("giver"))
