// The machinery behind container_registry.hpp: conversions, trampolines, the note. Nothing here is for authors.
#pragma once

#include <array>
#include <exception>
#include <type_traits>
#include <utility>

#include <berth/container_registry.hpp>

namespace berth {
namespace detail {

inline berth_string view(std::string_view text) noexcept { return {text.data(), text.size()}; }
inline std::string copy(berth_string text) { return std::string(text.data, text.size); }

// A sink that keeps what it is given.
class Text {
 public:
  Text() : sink_{this, &Text::write} {}
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  const berth_sink* sink() const { return &sink_; }
  const std::string& str() const { return text_; }

 private:
  static void write(void* context, berth_string text) noexcept {
    try {
      static_cast<Text*>(context)->text_.assign(text.data, text.size);
    } catch (...) {  // out of memory: the text stays empty
    }
  }
  berth_sink sink_;
  std::string text_;
};

inline void write(const berth_sink* sink, std::string_view text) noexcept {
  if (sink != nullptr) sink->write(sink->context, view(text));
}

// Runs `body`; every exception becomes a status and a sentence.
template <typename Body>
std::int32_t guarded(const berth_sink* error, Body&& body) noexcept {
  try {
    body();
    return BERTH_OK;
  } catch (const std::exception& exception) {
    write(error, exception.what());
  } catch (...) {
    write(error, "the flavor threw something that is no std::exception");
  }
  return BERTH_FAILED;
}

}  // namespace detail

inline void Call::report(Severity severity, const std::string& code, const std::string& message,
                         const std::string& fix) {
  has_errors_ = has_errors_ || severity == error;
  const berth_finding finding{sizeof(berth_finding), severity, detail::view(code), detail::view(message),
                              detail::view(fix)};
  call_.report(call_.context, &finding);
}

inline void Call::log(const std::string& text) const { call_.log(call_.context, detail::view(text)); }

inline std::optional<Registry> Call::registry() const {
  const void* service = call_.query(call_.context, detail::view(BERTH_REGISTRY_1));
  if (service == nullptr) return std::nullopt;
  return Registry(static_cast<const berth_registry_1*>(service), call_.context);
}

inline std::string Call::push() {
  const auto* service = static_cast<const berth_push_1*>(call_.query(call_.context, detail::view(BERTH_PUSH_1)));
  if (service == nullptr) throw Failure("this call may not push");
  const detail::Text digest;
  const detail::Text why;
  if (service->push(call_.context, digest.sink(), why.sink()) != BERTH_OK) throw Failure(why.str());
  pushed_ = digest.str();
  return *pushed_;
}

inline void Registry::probe() const {
  const detail::Text why;
  if (service_->probe(context_, why.sink()) != BERTH_OK) throw Failure(why.str());
}

inline std::optional<std::string> Registry::manifest_digest(const std::string& full_repository,
                                                            const std::string& reference) const {
  const detail::Text digest;
  const detail::Text why;
  const auto status = service_->manifest_digest(context_, detail::view(full_repository), detail::view(reference),
                                                digest.sink(), why.sink());
  if (status == BERTH_NOT_FOUND) return std::nullopt;
  if (status != BERTH_OK) throw Failure(why.str());
  return digest.str();
}

inline std::optional<std::uint64_t> Registry::blob_size(const std::string& full_repository,
                                                        const std::string& digest) const {
  std::uint64_t bytes = 0;
  const detail::Text why;
  const auto status =
      service_->blob_size(context_, detail::view(full_repository), detail::view(digest), &bytes, why.sink());
  if (status == BERTH_NOT_FOUND) return std::nullopt;
  if (status != BERTH_OK) throw Failure(why.str());
  return bytes;
}

// Turns what comes over the boundary into the classes of this SDK.
struct PluginAccess {
  static void configure(BaseContainerRegistry& flavor, const berth_create_options& options) {
    flavor.uri_ = detail::copy(options.uri);
    for (std::size_t i = 0; i < options.setting_count; ++i) {
      const berth_setting& setting = options.settings[i];
      flavor.settings_.values_[detail::copy(setting.key)] = {setting.type, detail::copy(setting.string),
                                                             setting.integer, setting.number};
    }
  }

  static Image image(const berth_image& from) {
    Image image;
    image.reference_ = detail::copy(from.reference);
    image.repository_ = detail::copy(from.repository);
    image.full_repository_ = detail::copy(from.full_repository);
    image.tag_ = detail::copy(from.tag);
    image.digest_ = detail::copy(from.digest);
    image.media_type_ = detail::copy(from.media_type);
    image.belongs_ = from.belongs != 0;
    image.has_content_ = from.has_content != 0;
    for (std::size_t i = 0; i < from.blob_count; ++i)
      image.blobs_.push_back(
          {detail::copy(from.blobs[i].media_type), detail::copy(from.blobs[i].digest), from.blobs[i].bytes});
    for (std::size_t i = 0; i < from.platform_count; ++i) image.platforms_.push_back(detail::copy(from.platforms[i]));
    return image;
  }

  static Call call(const berth_call& from) { return Call(from); }
};

namespace detail {

template <typename Class>
std::int32_t create(const berth_create_options* options, void** flavor, const berth_sink* error) noexcept {
  return guarded(error, [&] {
    auto made = std::make_unique<Class>();
    PluginAccess::configure(*made, *options);
    *flavor = static_cast<BaseContainerRegistry*>(made.release());
  });
}

template <typename Class>
void destroy(void* flavor) noexcept {
  delete static_cast<BaseContainerRegistry*>(flavor);
}

template <typename Class>
const void* query(void*, berth_string) noexcept {
  return nullptr;
}

template <typename Class>
std::int32_t prepare_image_push(void* flavor, const berth_call* host, const berth_image* image,
                                const berth_sink* error) noexcept {
  return guarded(error, [&] {
    Call call = PluginAccess::call(*host);
    static_cast<BaseContainerRegistry*>(flavor)->prepare_image_push(call, PluginAccess::image(*image));
  });
}

template <typename Class>
std::int32_t push_image(void* flavor, const berth_call* host, const berth_image* image, const berth_sink* digest,
                        const berth_sink* error) noexcept {
  return guarded(error, [&] {
    Call call = PluginAccess::call(*host);
    static_cast<BaseContainerRegistry*>(flavor)->push_image(call, PluginAccess::image(*image));
    if (call.pushed()) write(digest, *call.pushed());
  });
}

// What a class says of itself, empty where it says nothing.
#define BERTH_DETAIL_TEXT_MEMBER(NAME, MEMBER)                                         \
  template <typename Class, typename = void>                                           \
  struct NAME {                                                                        \
    static constexpr std::string_view value{};                                         \
  };                                                                                   \
  template <typename Class>                                                            \
  struct NAME<Class, std::void_t<decltype(Class::MEMBER)>> {                           \
    static constexpr std::string_view value{Class::MEMBER, sizeof(Class::MEMBER) - 1}; \
  };
BERTH_DETAIL_TEXT_MEMBER(description_of, DESCRIPTION)
BERTH_DETAIL_TEXT_MEMBER(settings_of, SETTINGS)
#undef BERTH_DETAIL_TEXT_MEMBER

#define BERTH_DETAIL_LIST_MEMBER(NAME, MEMBER)                                                         \
  template <typename Class, typename = void>                                                           \
  struct NAME {                                                                                        \
    static constexpr std::size_t size = 0;                                                             \
    static constexpr std::string_view at(std::size_t) { return {}; }                                   \
  };                                                                                                   \
  template <typename Class>                                                                            \
  struct NAME<Class, std::void_t<decltype(Class::MEMBER)>> {                                           \
    static constexpr std::size_t size = sizeof(Class::MEMBER) / sizeof(Class::MEMBER[0]);              \
    static constexpr std::string_view at(std::size_t i) { return std::string_view(Class::MEMBER[i]); } \
  };
BERTH_DETAIL_LIST_MEMBER(claims_of, CLAIMS)
BERTH_DETAIL_LIST_MEMBER(permissions_of, PERMISSIONS)
#undef BERTH_DETAIL_LIST_MEMBER

// Hands every entry of the metadata to `take(key, text)`.
template <typename Class, typename Take>
constexpr void each_entry(Take&& take) {
  take(BERTH_NOTE_FLAVOR, std::string_view(Class::FLAVOR));
  take(BERTH_NOTE_VERSION, std::string_view(Class::VERSION));
  if (!description_of<Class>::value.empty()) take(BERTH_NOTE_DESCRIPTION, description_of<Class>::value);
  if (!settings_of<Class>::value.empty()) take(BERTH_NOTE_SETTINGS, settings_of<Class>::value);
  for (std::size_t i = 0; i < claims_of<Class>::size; ++i) take(BERTH_NOTE_CLAIM, claims_of<Class>::at(i));
  for (std::size_t i = 0; i < permissions_of<Class>::size; ++i)
    take(BERTH_NOTE_PERMISSION, permissions_of<Class>::at(i));
}

template <typename Class>
constexpr std::size_t metadata_size() {
  std::size_t size = 8;
  each_entry<Class>([&size](int, std::string_view text) { size += 6 + text.size(); });
  return size;
}

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
class NoteWriter {
 public:
  constexpr explicit NoteWriter(std::uint8_t (&bytes)[Capacity]) : bytes_(bytes) {}
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
constexpr Note<metadata_size<Class>()> make_note() {
  constexpr std::size_t size = metadata_size<Class>();
  Note<size> note{sizeof(BERTH_NOTE_OWNER), size, BERTH_NOTE_TYPE, {'b', 'e', 'r', 't', 'h', 0, 0, 0}, {}};
  NoteWriter writer(note.descriptor);
  writer.number(BERTH_ABI_MAJOR, 4);
  writer.number(BERTH_ABI_MINOR, 4);
  each_entry<Class>([&writer](int key, std::string_view text) {
    writer.number(static_cast<std::uint32_t>(key), 2);
    writer.number(static_cast<std::uint32_t>(text.size()), 4);
    writer.text(text);
  });
  return note;
}

template <typename Class>
constexpr berth_plugin make_plugin(const std::uint8_t* metadata) {
  static_assert(std::is_base_of<BaseContainerRegistry, Class>::value,
                "a flavor derives from berth::BaseContainerRegistry");
  return {sizeof(berth_plugin),       BERTH_ABI_MAJOR,   BERTH_ABI_MINOR, metadata,
          metadata_size<Class>(),     &create<Class>,    &destroy<Class>, &query<Class>,
          &prepare_image_push<Class>, &push_image<Class>};
}

}  // namespace detail
}  // namespace berth

// The note is a variable of its own section, so that it survives strip, LTO and --gc-sections.
#define BERTH_DETAIL_PLUGIN(CLASS)                                                                                   \
  namespace {                                                                                                        \
  alignas(4)                                                                                                         \
      __attribute__((section(".note.berth"), used)) constexpr auto berth_note = ::berth::detail::make_note<CLASS>(); \
  }                                                                                                                  \
  extern "C" {                                                                                                       \
  __attribute__((visibility("default"))) extern const ::berth_plugin berth_plugin_0;                                 \
  const ::berth_plugin berth_plugin_0 = ::berth::detail::make_plugin<CLASS>(berth_note.descriptor);                  \
  }
