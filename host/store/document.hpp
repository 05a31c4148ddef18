// registries.json: the file format, version 1.
//   {"version": 1, "active": NAME | "",
//    "container_registries": [{"name", "flavor", "uri", "settings": {}, "labels": {}}],
//    "plugins": [{"path", "sha256", "flavor", "permissions": []}]}
// Unknown members are kept.
#pragma once

#include <string>

#include "store/contents.hpp"

namespace berth::store {

base::Json empty_document();
// Class disk, codes "store.broken" and "store.newer".
base::Result<base::Json> parse_document(std::string_view text, const std::string& path);
// Returns the contents. An entry that is malformed, duplicate or refers to nothing becomes an
// UnusableEntry. A list of another type is "store.broken", because the next change would lose it.
base::Result<Contents> contents_of(const base::Json& document, const std::string& path);
// Writes Contents to the document; unusable entries keep their position.
void write_contents(const Contents& contents, base::Json& document);

}  // namespace berth::store
