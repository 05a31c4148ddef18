#include "flavor/candidate.hpp"

#include <boost/filesystem.hpp>

namespace berth::flavor {

std::string Candidate::flavor() const {
  if (metadata) return metadata->flavor;
  if (identity) return identity->flavor;
  return registered_as.empty() ? boost::filesystem::path(path).stem().string() : registered_as;
}

std::string_view origin_name(Origin origin) {
  switch (origin) {
    case Origin::built_in:
      return "built-in";
    case Origin::user:
      return "user";
    case Origin::registered:
      return "registered";
  }
  return "";
}

}  // namespace berth::flavor
