// Internal: converts between the C ABI and the classes of this SDK. Included by
// container_registry.hpp after its classes.
#pragma once

#include <cstddef>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>

#include <berth/abi.h>
#include <berth/detail/sdk_version.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {
namespace detail {

inline berth_string view(std::string_view text) noexcept { return {text.data(), text.size()}; }
inline std::string copy(berth_string text) {
  return text.size == 0 ? std::string() : std::string(text.data, text.size);
}

// Returns a copy of the `size` bytes at `other`, a T of the host's version. Fields that the host
// does not have are zero; those that this header does not have are left out.
template <typename T>
T known_part(const void* other, std::size_t size) noexcept {
  static_assert(std::is_trivially_copyable<T>::value, "a struct of abi.h");
  T known{};
  std::memcpy(&known, other, size < sizeof known ? size : sizeof known);
  return known;
}
template <typename T>
T known_part(const T& other) noexcept {
  return known_part<T>(&other, other.size);
}

// Returns element `i` of an array of the host.
template <typename T>
T element(const T* first, std::size_t stride, std::size_t i) noexcept {
  return known_part<T>(reinterpret_cast<const char*>(first) + i * stride, stride);
}

// StringSink: a berth_sink that stores the last string written to it.
class StringSink {
 public:
  StringSink() : sink_{this, &StringSink::write} {}
  StringSink(const StringSink&) = delete;
  StringSink& operator=(const StringSink&) = delete;
  const berth_sink* sink() const { return &sink_; }
  const std::string& str() const { return text_; }

 private:
  static void BERTH_CALL write(void* context, berth_string text) noexcept {
    try {
      static_cast<StringSink*>(context)->text_.assign(text.data, text.size);
    } catch (...) {  // out of memory: the text stays empty
    }
  }
  berth_sink sink_;
  std::string text_;
};

inline void write(const berth_sink* sink, std::string_view text) noexcept {
  if (sink != nullptr) sink->write(sink->context, view(text));
}

// Passes the fix of a failure, and the error of berth that caused it, to the host.
inline void pass_on(const berth_call* host, const Failure& failure) noexcept {
  if (host == nullptr) return;
  if (!failure.fix().empty() && BERTH_HAS(host, set_fix))
    host->set_fix(host->context, view(failure.fix()));
  if (BERTH_HAS(host, set_cause)) host->set_cause(host->context, failure.service_error().id);
}

// Runs `body` and converts exceptions to a status and an error message: BERTH_STATUS_CANCELLED if
// the flavor lets the failure of a cancelled service pass, else BERTH_STATUS_FAILED. `host` is
// nullptr if the function has no CallContext.
template <typename Body>
std::int32_t guarded(const berth_call* host, const berth_sink* error, Body&& body) noexcept {
  try {
    body();
    return BERTH_STATUS_OK;
  } catch (const Failure& failure) {
    write(error, failure.what());
    pass_on(host, failure);
    if (failure.service_error().status == BERTH_STATUS_CANCELLED) return BERTH_STATUS_CANCELLED;
  } catch (const std::exception& exception) {
    write(error, exception.what());
  } catch (...) {
    write(error, "the flavor threw an exception that is not a std::exception");
  }
  return BERTH_STATUS_FAILED;
}

}  // namespace detail

// PluginAccess: creates the classes of this SDK from C structs.
struct PluginAccess {
  // The options of the running create(); nullptr outside of it, as in unit tests of a flavor.
  static const berth_create_options*& creating() noexcept {
    static const berth_create_options* options = nullptr;
    return options;
  }

  template <typename Class>
  static BaseContainerRegistry* create(const berth_create_options& options) {
    struct Running {
      explicit Running(const berth_create_options* now) { creating() = now; }
      ~Running() { creating() = nullptr; }
    };
    const Running running(&options);
    return new Class();
  }

  static void configure(BaseContainerRegistry& flavor) {
    const berth_create_options* options = creating();
    if (options == nullptr) return;
    flavor.uri_ = detail::copy(options->uri);
    flavor.host_version_ = detail::copy(options->host);
    for (std::size_t i = 0; i < options->setting_count; ++i) {
      const berth_setting setting = detail::element(options->settings, options->setting_size, i);
      flavor.settings_.values_[detail::copy(setting.key)] = {
          setting.type, detail::copy(setting.string), setting.integer, setting.number};
    }
  }

  static Image image(const berth_image& host_image) {
    const berth_image from = detail::known_part(host_image);
    Image image;
    image.reference_ = detail::copy(from.reference);
    image.repository_ = detail::copy(from.repository);
    image.repository_path_ = detail::copy(from.repository_path);
    image.tag_ = detail::copy(from.tag);
    image.digest_ = detail::copy(from.digest);
    image.media_type_ = detail::copy(from.media_type);
    image.has_content_ = from.has_content != 0;
    for (std::size_t i = 0; i < from.blob_count; ++i) {
      const berth_blob blob = detail::element(from.blobs, from.blob_size, i);
      image.blobs_.push_back(
          {detail::copy(blob.media_type), detail::copy(blob.digest), blob.bytes});
    }
    for (std::size_t i = 0; i < from.platform_count; ++i)
      image.platforms_.push_back(detail::copy(from.platforms[i]));
    return image;
  }

  static CallContext call(const berth_call& from) { return CallContext(from); }
  static const berth_call& raw(const CallContext& call) { return call.call_; }
};

inline BaseContainerRegistry::BaseContainerRegistry() { PluginAccess::configure(*this); }

}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
