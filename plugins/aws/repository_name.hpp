// ECR's grammar of repository names. Pure.
// Source: Amazon ECR API Reference, CreateRepository: repositoryName.
#pragma once

#include <string>
#include <string_view>

namespace berth::aws {

// What is wrong with a name, and where; empty: nothing. A public one is named below its alias.
std::string validate_repository_name(std::string_view name, bool is_public);

// A valid name close to an invalid one: "a-b" for "a--b". Empty if no name is.
std::string suggest_repository_name(std::string_view name, bool is_public);

}  // namespace berth::aws
