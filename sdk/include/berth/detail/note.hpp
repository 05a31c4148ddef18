// Internal: the ELF note of a plugin, created at compile time from the static members of its class.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <berth/abi.h>
#include <berth/credentials.hpp>
#include <berth/detail/members.hpp>
#include <berth/detail/sdk_version.hpp>
#include <berth/explanations.hpp>
#include <berth/finding.hpp>
#include <berth/upload_rules.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {
namespace detail {

// The ids of the extensions of a class, each with a space after it.
template <typename Class>
constexpr std::string_view credentials_of() {
  return std::is_base_of<CredentialProvider, Class>::value ? BERTH_CREDENTIALS_1 " " : "";
}
template <typename Class>
constexpr std::string_view explanations_of() {
  return std::is_base_of<ErrorExplainer, Class>::value ? BERTH_EXPLANATIONS_1 " " : "";
}
template <typename Class>
constexpr std::string_view upload_rules_of() {
  return std::is_base_of<UploadRulesProvider, Class>::value ? BERTH_UPLOAD_RULES_1 " " : "";
}

// Calls `take(key, text…)` for each entry of the metadata; the texts of an entry are concatenated.
template <typename Class, typename Take>
constexpr void each_entry(Take&& take) {
  take(BERTH_NOTE_FLAVOR, std::string_view(Class::FLAVOR));
  take(BERTH_NOTE_VERSION, std::string_view(Class::VERSION));
  take(BERTH_NOTE_BUILT_WITH, std::string_view(BERTH_ABI_VERSION));
  take(BERTH_NOTE_SDK_VERSION, std::string_view(BERTH_SDK_VERSION));
  take(BERTH_NOTE_EXTENSIONS, credentials_of<Class>(), explanations_of<Class>(),
       upload_rules_of<Class>());
  if (!description_of<Class>::value.empty())
    take(BERTH_NOTE_DESCRIPTION, description_of<Class>::value);
  if (!settings_of<Class>::value.empty()) take(BERTH_NOTE_SETTINGS, settings_of<Class>::value);
  if (!username_hint_of<Class>::value.empty())
    take(BERTH_NOTE_USERNAME_HINT, username_hint_of<Class>::value);
  if (!password_hint_of<Class>::value.empty())
    take(BERTH_NOTE_PASSWORD_HINT, password_hint_of<Class>::value);
  for (std::size_t i = 0; i < claims_of<Class>::size; ++i)
    take(BERTH_NOTE_CLAIM, claims_of<Class>::at(i));
  for (std::size_t i = 0; i < permissions_of<Class>::size; ++i)
    take(BERTH_NOTE_PERMISSION, permissions_of<Class>::at(i));
  for (std::size_t i = 0; i < findings_of<Class>::size; ++i) {
    const FindingKind kind = findings_of<Class>::at(i);
    take(BERTH_NOTE_FINDING, std::string_view(kind.code), severity_name(kind.severity),
         std::string_view(kind.description));
  }
}

template <typename Class>
constexpr std::size_t metadata_size() {
  std::size_t size = 8;
  each_entry<Class>([&size](int, auto... texts) { size += 6 + (texts.size() + ...); });
  return size;
}

// The metadata of a plugin: what the note and the descriptor contain.
template <std::size_t Size>
struct Metadata {
  static constexpr std::size_t size = Size;
  std::uint8_t bytes[Size];
};

template <std::size_t Size>
struct Note {
  std::uint32_t owner_size;
  std::uint32_t descriptor_size;
  std::uint32_t type;
  char owner[8];
  std::uint8_t descriptor[(Size + 3) / 4 * 4];
};

// Appends little-endian numbers and bytes.
template <std::size_t Capacity>
class MetadataWriter {
 public:
  constexpr explicit MetadataWriter(std::uint8_t (&bytes)[Capacity]) : bytes_(bytes) {}
  constexpr void number(std::uint32_t value, int width) {
    for (int i = 0; i < width; ++i) bytes_[at_++] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  constexpr void text(std::string_view text) {
    for (const char c : text) bytes_[at_++] = static_cast<std::uint8_t>(c);
  }

 private:
  std::uint8_t (&bytes_)[Capacity];
  std::size_t at_ = 0;
};

template <typename Class>
constexpr Metadata<metadata_size<Class>()> make_metadata() {
  Metadata<metadata_size<Class>()> metadata{};
  MetadataWriter writer(metadata.bytes);
  writer.number(BERTH_ABI_MAJOR, 4);
  writer.number(min_host_minor_of<Class>::value, 4);
  each_entry<Class>([&writer](int key, auto... texts) {
    writer.number(static_cast<std::uint32_t>(key), 2);
    writer.number(static_cast<std::uint32_t>((texts.size() + ...)), 4);
    (writer.text(texts), ...);
  });
  return metadata;
}

template <std::size_t Size>
constexpr Note<Size> make_note(const Metadata<Size>& metadata) {
  Note<Size> note{
      sizeof(BERTH_NOTE_OWNER), Size, BERTH_NOTE_TYPE, {'b', 'e', 'r', 't', 'h', 0, 0, 0}, {}};
  for (std::size_t i = 0; i < Size; ++i) note.descriptor[i] = metadata.bytes[i];
  return note;
}

}  // namespace detail
}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
