// Implements the service registry/1 for the plugin, over the channel to the host.
#include "base/base64.hpp"
#include "worker/host_call.hpp"
#include "worker/texts.hpp"

namespace berth::worker {

using base::Json;

const berth_registry_1& HostCall::registry_service() {
  static const berth_registry_1 service{sizeof(berth_registry_1),     &HostCall::registry_probe,
                                        &HostCall::registry_manifest, &HostCall::registry_blob,
                                        &HostCall::registry_granted,  &HostCall::registry_upload,
                                        &HostCall::registry_ask,      &HostCall::registry_side_effects_allowed,
                                        &HostCall::registry_account};
  return service;
}

std::int32_t HostCall::registry_probe(void* context, const berth_sink* error) noexcept {
  return of(context).ask_for_text(Json::object({{"ask", "registry.probe"}}), "", nullptr, error);
}

std::int32_t HostCall::registry_manifest(void* context, berth_string repository, berth_string reference,
                                         const berth_sink* digest, const berth_sink* error) noexcept {
  return of(context).ask_for_text(
      Json::object({{"ask", "registry.manifest"}, {"repository", copy(repository)}, {"reference", copy(reference)}}),
      "digest", digest, error);
}

std::int32_t HostCall::registry_blob(void* context, berth_string repository, berth_string digest, std::uint64_t* bytes,
                                     const berth_sink* error) noexcept {
  const auto answer = of(context).ask(
      Json::object({{"ask", "registry.blob"}, {"repository", copy(repository)}, {"digest", copy(digest)}}));
  const Json* size = answer.body.find("bytes");
  if (answer.status == BERTH_STATUS_OK && bytes != nullptr && size != nullptr) *bytes = size->as_uint().value_or(0);
  if (answer.status != BERTH_STATUS_OK) write(error, answer.body.string_or("error", ""));
  return answer.status;
}

std::int32_t HostCall::registry_granted(void* context, berth_string repository, berth_string actions,
                                        std::int32_t has_side_effects, const berth_sink* granted,
                                        const berth_sink* error) noexcept {
  return of(context).ask_for_text(Json::object({{"ask", "registry.granted"},
                                                {"repository", copy(repository)},
                                                {"actions", copy(actions)},
                                                {"may_create", has_side_effects != 0}}),
                                  "granted", granted, error);
}

std::int32_t HostCall::registry_upload(void* context, berth_string repository, std::int32_t has_side_effects,
                                       const berth_sink* error) noexcept {
  return of(context).ask_for_text(
      Json::object(
          {{"ask", "registry.upload"}, {"repository", copy(repository)}, {"may_create", has_side_effects != 0}}),
      "", nullptr, error);
}

std::int32_t HostCall::registry_ask(void* context, berth_string method, berth_string path, berth_string scope,
                                    std::int32_t anonymous, std::int32_t* status, const berth_sink* head,
                                    const berth_sink* body, const berth_sink* error) noexcept {
  const auto answer = of(context).ask(Json::object({{"ask", "registry.ask"},
                                                    {"method", copy(method)},
                                                    {"path", copy(path)},
                                                    {"scope", copy(scope)},
                                                    {"anonymous", anonymous != 0}}));
  if (answer.status != BERTH_STATUS_OK) {
    write(error, answer.body.string_or("error", ""));
    return answer.status;
  }
  const Json* number = answer.body.find("http_status");
  if (status != nullptr && number != nullptr) *status = static_cast<std::int32_t>(number->as_int().value_or(0));
  write(head, answer.body.string_or("head", ""));
  write(body, base::base64_decode(answer.body.string_or("body", "")).value_or(""));
  return BERTH_STATUS_OK;
}

std::int32_t HostCall::registry_account(void* context, const berth_sink* username, const berth_sink* source,
                                        const berth_sink* error) noexcept {
  const auto answer = of(context).ask(Json::object({{"ask", "registry.account"}}));
  if (answer.status == BERTH_STATUS_OK) {
    write(username, answer.body.string_or("username", ""));
    write(source, answer.body.string_or("source", ""));
  } else {
    write(error, answer.body.string_or("error", ""));
  }
  return answer.status;
}

std::int32_t HostCall::registry_side_effects_allowed(void* context) noexcept {
  return of(context).ask(Json::object({{"ask", "registry.may_create"}})).status == BERTH_STATUS_OK ? 1 : 0;
}

}  // namespace berth::worker
