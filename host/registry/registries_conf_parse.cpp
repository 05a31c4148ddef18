#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

#include "base/escape.hpp"
#include "registry/registries_conf.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kLongestText = 1024;

// The tables of one file become values; `path_` is for errors.
class FileReader {
 public:
  explicit FileReader(const std::string& path) : path_(path) {}

  base::Result<RegistriesConf> read(const toml::table& document) {
    BERTH_CHECK(check_version(document));
    conf_.files.push_back(path_);
    BERTH_CHECK(read_search(document));
    BERTH_CHECK(for_each_table(document, "registry", [this](const auto& table) { return read_registry(table); }));
    BERTH_CHECK(read_aliases(document));
    return std::move(conf_);
  }

  [[nodiscard]] Error invalid(const toml::source_region& where, const std::string& problem) const {
    return Error(ErrorClass::validation, "registries-conf.invalid", base::escape(path_) + " is not valid")
        .cause(fmt::format("line {}: {}", where.begin.line, problem))
        .fix("man containers-registries.conf");
  }

 private:
  [[nodiscard]] std::string place(const toml::node& node) const {
    return fmt::format("{}:{}", base::escape(path_), node.source().begin.line);
  }

  [[nodiscard]] base::Result<void> check_version(const toml::table& document) const {
    const auto* old = document.get_as<toml::table>("registries");
    if (old == nullptr) return {};
    for (const char* list : {"search", "insecure", "block"}) {
      const auto* hosts = (*old)[list]["registries"].as_array();
      if (hosts != nullptr && !hosts->empty())
        return Error(ErrorClass::validation, "registries-conf.version",
                     base::escape(path_) + " is written in version 1 of its format")
            .cause(fmt::format("line {}: [registries.{}]", hosts->source().begin.line, list))
            .fix("write [[registry]] tables, as containers-registries.conf(5) describes them");
    }
    return {};
  }

  template <typename Read>
  [[nodiscard]] base::Result<void> for_each_table(const toml::table& parent, std::string_view key, Read&& read) const {
    const toml::node* node = parent.get(key);
    if (node == nullptr) return {};
    const auto* array = node->as_array();
    if (array == nullptr) return invalid(node->source(), fmt::format("{0} is not a list of tables: [[{0}]]", key));
    for (const auto& item : *array) {
      const auto* table = item.as_table();
      if (table == nullptr) return invalid(item.source(), fmt::format("an entry of {} is not a table", key));
      BERTH_CHECK(read(*table));
    }
    return {};
  }

  [[nodiscard]] base::Result<bool> read_bool(const toml::table& table, std::string_view key) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) return false;
    const auto value = node->value_exact<bool>();
    if (!value) return invalid(node->source(), fmt::format("{} is neither true nor false", key));
    return *value;
  }

  // Empty when it is missing.
  [[nodiscard]] base::Result<std::string> read_text(const toml::table& table, std::string_view key) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) return std::string();
    return text_of(*node, key);
  }

  [[nodiscard]] base::Result<std::string> text_of(const toml::node& node, std::string_view key) const {
    auto value = node.value_exact<std::string>();
    if (!value) return invalid(node.source(), fmt::format("{} is not a text", key));
    if (value->size() > kLongestText || !base::is_clean_text(*value) || value->find(' ') != std::string::npos)
      return invalid(node.source(), fmt::format("{} {} cannot be a name", key, base::quote(*value, 80)));
    return std::move(*value);
  }

  // "host[:port][/path]" without a trailing slash; empty when it is missing.
  [[nodiscard]] base::Result<std::string> read_location(const toml::table& table, std::string_view key) const {
    BERTH_TRY(auto text, read_text(table, key));
    if (text.starts_with("http://") || text.starts_with("https://"))
      return invalid(table.get(key)->source(), fmt::format("{} {} has a scheme", key, base::quote(text, 80)));
    while (!text.empty() && text.back() == '/') text.pop_back();
    return text;
  }

  base::Result<void> read_registry(const toml::table& table) {
    ConfiguredRegistry registry;
    registry.place = place(table);
    BERTH_TRY(registry.prefix, read_location(table, "prefix"));
    BERTH_TRY(registry.endpoint.location, read_location(table, "location"));
    BERTH_TRY(registry.endpoint.insecure, read_bool(table, "insecure"));
    BERTH_TRY(registry.blocked, read_bool(table, "blocked"));
    if (registry.prefix.empty()) registry.prefix = registry.endpoint.location;
    if (registry.prefix.empty()) return invalid(table.source(), "a registry has neither prefix nor location");
    if (registry.endpoint.location.empty() && !registry.prefix.starts_with("*."))
      return invalid(table.source(), fmt::format("registry {} has no location", base::quote(registry.prefix, 80)));
    if (table.contains("pull-from-mirror"))
      return invalid(table.get("pull-from-mirror")->source(), "pull-from-mirror is for mirrors, not for registries");
    BERTH_TRY(const bool by_digest_only, read_bool(table, "mirror-by-digest-only"));
    BERTH_CHECK(for_each_table(
        table, "mirror", [&](const auto& mirror) { return read_mirror(mirror, by_digest_only, registry.mirrors); }));
    BERTH_CHECK(check_agreement(table, registry));
    // Said twice in one file: the first counts, as in containers/image.
    conf_.registries.emplace(registry.prefix, std::move(registry));
    return {};
  }

  [[nodiscard]] base::Result<void> read_mirror(const toml::table& table, bool by_digest_only,
                                               std::vector<Endpoint>& mirrors) const {
    Endpoint mirror;
    BERTH_TRY(mirror.location, read_location(table, "location"));
    if (mirror.location.empty()) return invalid(table.source(), "a mirror has no location");
    BERTH_TRY(mirror.insecure, read_bool(table, "insecure"));
    BERTH_TRY(const auto pull, read_text(table, "pull-from-mirror"));
    if (by_digest_only && !pull.empty())
      return invalid(table.source(), "mirror-by-digest-only and pull-from-mirror exclude each other");
    if (!pull.empty() && pull != "all" && pull != "digest-only" && pull != "tag-only")
      return invalid(table.get("pull-from-mirror")->source(), "pull-from-mirror is all, digest-only or tag-only");
    mirror.for_tags = !by_digest_only && pull != "digest-only";
    mirror.for_digests = pull != "tag-only";
    mirrors.push_back(std::move(mirror));
    return {};
  }

  // Several prefixes may share a location, but not with different opinions of it.
  base::Result<void> check_agreement(const toml::table& table, const ConfiguredRegistry& registry) {
    const auto& location = registry.endpoint.location.empty() ? registry.prefix : registry.endpoint.location;
    const auto opinion = std::pair(registry.endpoint.insecure, registry.blocked);
    const auto [known, is_new] = opinions_.emplace(location, opinion);
    if (is_new || known->second == opinion) return {};
    return invalid(table.source(), fmt::format("{} is defined twice, with different values of insecure or blocked",
                                               base::quote(location, 80)));
  }

  base::Result<void> read_search(const toml::table& document) {
    const toml::node* node = document.get("unqualified-search-registries");
    if (node == nullptr) return {};
    const auto* list = node->as_array();
    if (list == nullptr) return invalid(node->source(), "unqualified-search-registries is not a list");
    conf_.search.emplace();
    conf_.search_place = place(*node);
    for (const auto& item : *list) {
      BERTH_TRY(const auto text, text_of(item, "unqualified-search-registries"));
      auto host = oci::parse_host(text);
      if (!host) return invalid(item.source(), base::quote(text, 80) + " is no host");
      conf_.search->push_back(std::move(*host));
    }
    return {};
  }

  base::Result<void> read_aliases(const toml::table& document) {
    const toml::node* node = document.get("aliases");
    if (node == nullptr) return {};
    const auto* table = node->as_table();
    if (table == nullptr) return invalid(node->source(), "aliases is not a table");
    for (const auto& entry : *table) {
      const std::string name(entry.first.str());
      BERTH_TRY(const auto text, text_of(entry.second, "an alias"));
      Alias alias{std::nullopt, place(entry.second)};
      BERTH_CHECK(check_short_name(entry.second, name));
      if (!text.empty()) {
        BERTH_TRY(alias.image, alias_image(entry.second, text));
      }
      conf_.aliases.insert_or_assign(name, std::move(alias));
    }
    return {};
  }

  [[nodiscard]] base::Result<void> check_short_name(const toml::node& node, const std::string& name) const {
    const auto slash = name.find('/');
    const bool has_host = slash != std::string::npos && oci::reads_as_host(name.substr(0, slash));
    const auto reference = oci::Reference::parse("localhost/" + name);
    if (!has_host && reference && !reference->tag() && !reference->digest()) return {};
    return invalid(node.source(), fmt::format("{} is no short name", base::quote(name, 80)));
  }

  [[nodiscard]] base::Result<oci::Reference> alias_image(const toml::node& node, const std::string& text) const {
    const auto slash = text.find('/');
    const bool has_host = slash != std::string::npos && oci::reads_as_host(text.substr(0, slash));
    auto reference = oci::Reference::parse(text);
    if (has_host && reference && !reference->tag() && !reference->digest()) return std::move(*reference);
    return invalid(node.source(),
                   fmt::format("{} is not HOST/REPOSITORY without tag and digest", base::quote(text, 80)));
  }

  const std::string& path_;
  RegistriesConf conf_;
  std::map<std::string, std::pair<bool, bool>> opinions_;  // by location: insecure, blocked
};

}  // namespace

base::Result<RegistriesConf> parse_registries_conf(std::string_view text, const std::string& path) {
  FileReader reader(path);
  const auto document = toml::parse(text);
  if (!document) {
    const auto& error = document.error();
    return reader.invalid(error.source(), base::escape(error.description(), 200));
  }
  return reader.read(document.table());
}

}  // namespace berth::registry
