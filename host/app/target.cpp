#include "app/target.hpp"

#include "app/uri_kind.hpp"

namespace berth::app {

std::string Target::name() const { return kind_of(uri).full_name(uri, image); }

bool Target::is_remote() const { return kind_of(uri).is_remote(); }

std::string Target::reference() const {
  std::string text = name();
  if (image.tag) text += ":" + *image.tag;
  if (image.digest) text += "@" + image.digest->str();
  return text;
}

}  // namespace berth::app
