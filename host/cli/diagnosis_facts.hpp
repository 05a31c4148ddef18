// The facts of a diagnosis as text and as JSON. Texts are not escaped.
#pragma once

#include <string>

#include "base/json.hpp"
#include "cli/diagnosis.hpp"
#include "cli/machine_diagnosis.hpp"

namespace berth::cli {

std::string describe(const DestinationFacts& facts);
std::string describe(const flavor::PluginSandbox& facts);
std::string describe(const RegistriesConfFacts& facts);
std::string describe(const ProxyFacts& facts);
std::string describe(const NameFacts& facts);
std::string describe(const ConnectionFacts& facts);
std::string describe(const TlsFacts& facts);
std::string describe(const ChallengeFacts& facts);
std::string describe(const CredentialFacts& facts);
std::string describe(const TokenFacts& facts);
std::string describe(const AccessFacts& facts);
std::string describe(const UploadFacts& facts);
std::string describe(const DirectoryFacts& facts);
std::string describe(const ConfigurationFacts& facts);
std::string describe(const FlavorsFacts& facts);
std::string describe(const DaemonFacts& facts);

base::Json facts_json(const DestinationFacts& facts);
base::Json facts_json(const flavor::PluginSandbox& facts);
base::Json facts_json(const RegistriesConfFacts& facts);
base::Json facts_json(const ProxyFacts& facts);
base::Json facts_json(const NameFacts& facts);
base::Json facts_json(const ConnectionFacts& facts);
base::Json facts_json(const TlsFacts& facts);
base::Json facts_json(const ChallengeFacts& facts);
base::Json facts_json(const CredentialFacts& facts);
base::Json facts_json(const TokenFacts& facts);
base::Json facts_json(const AccessFacts& facts);
base::Json facts_json(const UploadFacts& facts);
base::Json facts_json(const DirectoryFacts& facts);
base::Json facts_json(const ConfigurationFacts& facts);
base::Json facts_json(const FlavorsFacts& facts);
base::Json facts_json(const DaemonFacts& facts);

}  // namespace berth::cli
