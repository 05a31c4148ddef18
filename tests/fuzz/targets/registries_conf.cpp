// registries.conf of containers tools, and what its tables make of names. The first line is a name.
#include "registry/registries_conf_parse.hpp"

#include "fuzz/target.hpp"

namespace berth::fuzz {

void run_registries_conf(std::string_view input) {
  const std::string name(take_line(input));
  auto conf = registry::parse_registries_conf(input, "registries.conf");
  if (!conf) return;
  if (const auto full = registry::full_name(*conf, name)) {
    require(!full->reference.host().empty(), "a full name has a host");
    if (const auto sources = registry::pull_sources(*conf, full->reference))
      require(!sources->empty(), "an image is read from somewhere");
  }
  const auto tables = conf->registries.size();
  auto later = registry::parse_registries_conf(input, "registries.conf");
  registry::merge(*conf, std::move(*later));
  require(conf->registries.size() == tables, "a file that is read twice changes nothing");
}

}  // namespace berth::fuzz
