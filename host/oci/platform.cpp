#include "oci/platform.hpp"

#include <algorithm>

#include "base/escape.hpp"
#include "oci/grammar.hpp"

namespace berth::oci {
namespace {

struct Alias {
  std::string_view name;
  std::string_view architecture;
  std::string_view variant;  // empty: keep the platform's variant
};

constexpr Alias kAliases[] = {
    {"x86_64", "amd64", ""},      {"x86-64", "amd64", ""},       {"x64", "amd64", ""},
    {"aarch64", "arm64", ""},     {"armhf", "arm", "v7"},        {"armv7l", "arm", "v7"},
    {"armv7", "arm", "v7"},       {"armel", "arm", "v6"},        {"armv6l", "arm", "v6"},
    {"armv6", "arm", "v6"},       {"armv5l", "arm", "v5"},       {"i386", "386", ""},
    {"i486", "386", ""},          {"i586", "386", ""},           {"i686", "386", ""},
    {"x86", "386", ""},           {"ppc64el", "ppc64le", ""},    {"powerpc64le", "ppc64le", ""},
    {"mips64el", "mips64le", ""}, {"loongarch64", "loong64", ""}};

constexpr std::string_view kArchitectures[] = {"amd64",    "arm64",  "arm",     "386",
                                               "ppc64le",  "s390x",  "riscv64", "loong64",
                                               "mips64le", "mips64", "mips",    "mipsle"};

// A loop: of std::ranges::find over these structs, g++ 16 warns that it leaves the array.
const Alias* find_alias(std::string_view name) {
  for (const auto& alias : kAliases)
    if (alias.name == name) return &alias;
  return nullptr;
}

// Returns one spelling per variant: "v8" for "8" and "v8.0"; empty if it is the architecture's
// default.
std::string normalized_variant(std::string_view architecture, std::string variant) {
  if (!variant.empty() && variant.front() >= '0' && variant.front() <= '9') variant.insert(0, "v");
  const bool is_arm = architecture == "arm" || architecture == "arm64";
  if (is_arm && variant.ends_with(".0")) variant.resize(variant.size() - 2);
  if (architecture == "amd64" && variant == "v1") return {};
  if (architecture == "arm64" && variant == "v8") return {};
  if (architecture == "arm" && variant.empty()) return "v7";
  return variant;
}

bool is_part_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

base::Error invalid_platform(std::string_view text) {
  auto error =
      base::Error(base::ErrorClass::usage, "platform.invalid",
                  "invalid platform: " + base::quote(text))
          .cause("expected os/arch or os/arch/variant, such as linux/arm64 or linux/arm/v7");
  if (text == "all")
    return std::move(error).fix("omit --platform: all platforms are pushed by default");
  return error;
}

bool is_architecture(const std::string& name) {
  const std::string architecture = Platform{"linux", name, "", ""}.normalized().architecture;
  return std::ranges::find(kArchitectures, architecture) != std::end(kArchitectures);
}

// Removes the OS version from `text` and returns it.
std::string take_os_version(std::string& text) {
  const std::size_t slash = text.find('/');
  const std::size_t open = text.find('(');
  if (open < slash && slash != std::string::npos && text[slash - 1] == ')') {
    const std::string version = text.substr(open + 1, slash - open - 2);
    text.erase(open, slash - open);
    return version;
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return {};
  const std::string version = text.substr(colon + 1);
  text.resize(colon);
  return version;
}

std::string member(const base::Json& json, std::string_view key) { return json.string_or(key, ""); }

}  // namespace

base::Result<Platform> Platform::parse(std::string_view text) {
  std::string rest = to_lower(text);
  const bool has_version = rest.find_first_of(":(") != std::string::npos;
  const std::string version = take_os_version(rest);
  std::vector<std::string> parts(1);
  for (const char c : rest) {
    if (c == '/') {
      parts.emplace_back();
    } else if (is_part_character(c)) {
      parts.back() += c;
    } else {
      return invalid_platform(text);
    }
  }
  // "arm64", as docker reads it.
  if (parts.size() == 1 && !has_version && is_architecture(parts[0]))
    parts.insert(parts.begin(), "linux");
  if (parts.size() < 2 || parts.size() > 3) return invalid_platform(text);
  if (has_version && (version.empty() || !std::ranges::all_of(version, is_part_character)))
    return invalid_platform(text);
  for (const auto& part : parts)
    if (part.empty()) return invalid_platform(text);
  return Platform{parts[0], parts[1], parts.size() == 3 ? parts[2] : "", version};
}

std::optional<Platform> Platform::from_json(const base::Json& json) {
  Platform platform{member(json, "os"), member(json, "architecture"), member(json, "variant"),
                    member(json, "os.version")};
  if (platform.os.empty() || platform.architecture.empty()) return std::nullopt;
  return platform;
}

Platform Platform::normalized() const {
  Platform result{to_lower(os), to_lower(architecture), to_lower(variant), os_version};
  if (result.os == "macos") result.os = "darwin";
  if (const Alias* alias = find_alias(result.architecture)) {
    result.architecture = alias->architecture;
    if (!alias->variant.empty()) result.variant = alias->variant;
  }
  result.variant = normalized_variant(result.architecture, std::move(result.variant));
  return result;
}

std::string Platform::str() const {
  const Platform normal = normalized();
  return normal.os + "/" + normal.architecture +
         (normal.variant.empty() ? "" : "/" + normal.variant);
}

std::string Platform::full_str() const {
  return str() + (os_version.empty() ? "" : ":" + os_version);
}

bool Platform::is_known() const { return !os.empty() && !architecture.empty() && os != "unknown"; }

bool Platform::equals(const Platform& requested) const {
  const Platform normal = normalized();
  const Platform wanted = requested.normalized();
  // A requested version is a prefix: 10.0.17763 matches all of its builds.
  const bool same_version =
      wanted.os_version.empty() || (normal.os_version + ".").starts_with(wanted.os_version + ".");
  return normal.os == wanted.os && normal.architecture == wanted.architecture &&
         normal.variant == wanted.variant && same_version;
}

bool Platform::matches(const Platform& requested) const {
  if (equals(requested)) return true;
  if (!requested.variant.empty()) return false;
  Platform same_variant = requested.normalized();
  same_variant.variant = normalized().variant;
  return equals(same_variant);
}

std::vector<std::size_t> select_platform(std::span<const std::optional<Platform>> available,
                                         const Platform& requested) {
  std::vector<std::size_t> equal;
  std::vector<std::size_t> matching;
  for (std::size_t i = 0; i < available.size(); ++i) {
    if (!available[i]) continue;
    if (available[i]->equals(requested)) equal.push_back(i);
    if (available[i]->matches(requested)) matching.push_back(i);
  }
  if (!equal.empty()) return equal;
  for (const std::size_t i : matching)
    if (available[i]->normalized().variant != available[matching.front()]->normalized().variant)
      return {};
  return matching;
}

}  // namespace berth::oci
