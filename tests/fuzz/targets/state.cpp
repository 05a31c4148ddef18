// registries.json, berth's own state.
#include "fuzz/target.hpp"
#include "store/document.hpp"

namespace berth::fuzz {

void run_state(std::string_view input) {
  auto document = store::parse_document(input, "registries.json");
  if (!document) return;
  const auto contents = store::contents_of(*document, "registries.json");
  if (!contents) return;
  base::Json changed = *document;
  store::write_contents(*contents, changed);
  const auto again = store::parse_document(changed.pretty(), "registries.json");
  require(bool(again), "what is written is read");
  const auto contents_again = store::contents_of(*again, "registries.json");
  require(bool(contents_again), "what is written is valid");
  require(contents_again->container_registries.size() == contents->container_registries.size() &&
              contents_again->pins.size() == contents->pins.size() &&
              contents_again->active == contents->active,
          "nothing is lost");
  for (std::size_t i = 0; i < contents->container_registries.size(); ++i) {
    const auto& before = contents->container_registries[i];
    const auto& after = contents_again->container_registries[i];
    require(before.name == after.name && before.uri == after.uri &&
                before.settings == after.settings && before.labels == after.labels,
            "a container registry is read as it is written");
  }
}

}  // namespace berth::fuzz
