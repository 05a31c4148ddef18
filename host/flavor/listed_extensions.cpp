#include "flavor/listed_extensions.hpp"

#include <berth/abi.h>

#include <algorithm>
#include <string_view>

#include "flavor/plugin_errors.hpp"

namespace berth::flavor {
namespace {

constexpr std::string_view kSupported[] = {BERTH_CREDENTIALS_1, BERTH_EXPLANATIONS_1,
                                           BERTH_UPLOAD_RULES_1};

bool has_id(const std::vector<std::string>& ids, std::string_view id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

base::Result<std::vector<std::string>> listed_extensions(std::vector<std::string> ids,
                                                         const Metadata& metadata,
                                                         const std::string& path) {
  if (!metadata.extensions) return ids;
  for (const auto id : kSupported)
    if (has_id(*metadata.extensions, id) && !has_id(ids, id))
      return contract_violation(
          path, "its metadata list " + std::string(id) + ", which query() does not return");
  std::erase_if(ids, [&](const std::string& id) { return !has_id(*metadata.extensions, id); });
  return ids;
}

}  // namespace berth::flavor
