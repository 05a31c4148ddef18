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
                                                {"unknown_length", rules.unknown_length != 0},
                                                {"range_trusted", rules.range_trusted != 0},
                                                {"largest_chunk", rules.largest_chunk},
                                                {"smallest_chunk", rules.smallest_chunk}}));
  return reply;
}

}  // namespace berth::worker
