// Reads an image in a registry.
#pragma once

#include <functional>
#include <memory>

#include "app/image_reader.hpp"
#include "registry/registry_client.hpp"

namespace berth::app {

struct RegistryImage {
  std::shared_ptr<registry::RegistryClient> client;  // keeps what it references
  std::string repository;                            // "acme/app"
  std::string reference;                             // a tag or a digest
  std::string name;                                  // for people: "r.example/acme/app:1"
};

// `digest_only`: root() sends HEAD, unless the registry does not report the digest.
std::unique_ptr<ImageReader> registry_reader(RegistryImage image, bool digest_only);

}  // namespace berth::app
