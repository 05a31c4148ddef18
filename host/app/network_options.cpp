#include "app/network_options.hpp"

#include <fmt/format.h>

#include "http/trust_store.hpp"

namespace berth::app {

base::Result<void> check_ca_file(const std::string& where, const std::string& path) {
  const auto usable = http::check_certificate_file(path);
  if (usable) return {};
  return base::Error(base::ErrorClass::usage, "usage.ca-file",
                     fmt::format("{}: {}", where, usable.error().message()))
      .cause(usable.error().cause())
      .fix("specify a PEM file of CA certificates");
}

}  // namespace berth::app
