// The facts of a diagnosis as text and as JSON. Texts are not escaped.
#pragma once

#include <string>

#include "app/diagnosis.hpp"
#include "app/machine_diagnosis.hpp"
#include "base/json_value.hpp"

namespace berth::cli {

std::string describe(const app::DestinationFacts& facts);
std::string describe(const flavor::PluginSandbox& facts);
std::string describe(const app::RegistriesConfFacts& facts);
std::string describe(const app::ProxyFacts& facts);
std::string describe(const app::NameFacts& facts);
std::string describe(const app::ConnectionInfo& facts);
std::string describe(const app::TlsFacts& facts);
std::string describe(const app::ChallengeFacts& facts);
std::string describe(const app::CredentialFacts& facts);
std::string describe(const app::TokenFacts& facts);
std::string describe(const app::AccessFacts& facts);
std::string describe(const app::UploadFacts& facts);
std::string describe(const app::DirectoryFacts& facts);
std::string describe(const app::ConfigurationFacts& facts);
std::string describe(const app::FlavorsFacts& facts);
std::string describe(const app::DaemonFacts& facts);

base::Json facts_json(const app::DestinationFacts& facts);
base::Json facts_json(const flavor::PluginSandbox& facts);
base::Json facts_json(const app::RegistriesConfFacts& facts);
base::Json facts_json(const app::ProxyFacts& facts);
base::Json facts_json(const app::NameFacts& facts);
base::Json facts_json(const app::ConnectionInfo& facts);
base::Json facts_json(const app::TlsFacts& facts);
base::Json facts_json(const app::ChallengeFacts& facts);
base::Json facts_json(const app::CredentialFacts& facts);
base::Json facts_json(const app::TokenFacts& facts);
base::Json facts_json(const app::AccessFacts& facts);
base::Json facts_json(const app::UploadFacts& facts);
base::Json facts_json(const app::DirectoryFacts& facts);
base::Json facts_json(const app::ConfigurationFacts& facts);
base::Json facts_json(const app::FlavorsFacts& facts);
base::Json facts_json(const app::DaemonFacts& facts);

}  // namespace berth::cli
