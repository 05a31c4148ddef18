#include "worker/explain_error.hpp"

#include "worker/reply.hpp"

namespace berth::worker {

base::Json explain_error(const berth_explanations_1& capability, void* flavor, const berth_call* call,
                         const base::Json& message) {
  if (capability.size < sizeof(berth_explanations_1) || capability.explain == nullptr)
    return breach("its explanations/1 is incomplete");
  const std::string code = message.string_or("code", "");
  const std::string words = message.string_or("words", "");
  const std::string repository = message.string_or("repository", "");
  const berth_registry_error error{sizeof(berth_registry_error), view(code), view(words), view(repository)};
  Text cause;
  Text fix;
  Text failure;
  const auto status = capability.explain(flavor, call, &error, &cause.sink, &fix.sink, &failure.sink);
  if (status != BERTH_STATUS_OK && status != BERTH_STATUS_NOT_FOUND) return reply_of(status, failure);
  return base::Json::object(
      {{"reply", "ok"}, {"found", status == BERTH_STATUS_OK}, {"cause", cause.text}, {"fix", fix.text}});
}

}  // namespace berth::worker
