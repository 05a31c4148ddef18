#include "worker/ask_for_upload_rules.hpp"

#include "worker/reply.hpp"

namespace berth::worker {

base::Json ask_for_upload_rules(const berth_upload_rules_1& capability, void* flavor) {
  if (capability.size < sizeof(berth_upload_rules_1) || capability.rules == nullptr)
    return breach("its upload-rules/1 is incomplete");
  berth_upload_rules rules{sizeof(berth_upload_rules), 0, 1, 0, 0, 0};
  Text error;
  base::Json reply = reply_of(capability.rules(flavor, &rules, &error.sink), error);
  reply.set("upload_rules", base::Json::object({{"monolithic", rules.monolithic != 0},
                                                {"allow_unknown_length", rules.allow_unknown_length != 0},
                                                {"verify_range", rules.verify_range != 0},
                                                {"max_chunk_size", rules.max_chunk_size},
                                                {"min_chunk_size", rules.min_chunk_size}}));
  return reply;
}

}  // namespace berth::worker
