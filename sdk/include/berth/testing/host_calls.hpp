// Internal to testing.hpp: calls the functions of the flavor.
#pragma once

#include <string>
#include <vector>

#include <berth/testing/host.hpp>

namespace berth {
namespace testing {

// Calls `function(call, error sink)` and completes the outcome.
template <typename Function>
std::int32_t Host::run(Rights rights, Outcome& outcome, const std::string& digest,
                       Function&& function) {
  detail::RunningCall call(script_, metadata_, rights, outcome);
  call.image_digest = digest;
  const berth::detail::StringSink error;
  const std::int32_t status = function(call.call(), error.sink());
  call.end(status);
  if (status != BERTH_STATUS_OK) outcome.error = error.str();
  if (rights.push) check_push(call, outcome.digest, outcome);
  outcome.ok = status == BERTH_STATUS_OK && outcome.problems.empty();
  return status;
}

// Success requires a push, unless a finding blocks it.
inline void Host::check_push(const detail::RunningCall& call, const std::string& digest,
                             Outcome& outcome) {
  if (!outcome.error.empty()) return;
  if (outcome.blocked() && !digest.empty())
    outcome.problems.push_back("it reported success after a finding of severity error");
  if (!outcome.blocked() && call.pushed.empty())
    outcome.problems.push_back("it reported success, but nothing was pushed");
  if (!outcome.blocked() && digest != call.pushed)
    outcome.problems.push_back("it returned another digest than push(): " + digest);
}

inline Outcome Host::create() {
  destroy();
  Outcome outcome;
  const detail::TypedSettings settings(metadata_.settings, script_.settings);
  const auto views = settings.views();
  const berth::detail::StringSink error;
  const berth::detail::StringSink fix;
  const berth::detail::StringSink code;
  berth_create_options options{};
  options.size = sizeof options;
  options.uri = detail::view(script_.uri);
  options.settings = views.data();
  options.setting_count = views.size();
  options.setting_size = sizeof(berth_setting);
  options.fix = fix.sink();
  options.code = code.sink();
  const std::int32_t status = plugin_.create(&options, &flavor_, error.sink());
  if (status != BERTH_STATUS_OK) {
    flavor_ = nullptr;
    outcome.error = error.str();
    outcome.fix = fix.str();
    outcome.code = code.str();
    if (status != BERTH_STATUS_REFUSED)
      outcome.problems.push_back("create() failed without BERTH_STATUS_REFUSED: throw Failure");
  }
  if (!outcome.code.empty() && !detail::is_code_of(outcome.code, metadata_.flavor))
    outcome.problems.push_back("the code of an error must be " + metadata_.flavor +
                               ".NAME, in lower case: " + outcome.code);
  outcome.ok = status == BERTH_STATUS_OK;
  return outcome;
}

inline void Host::must_exist() {
  if (flavor_ != nullptr) return;
  const Outcome created = create();
  if (!created.ok) throw Wrong("create() failed: " + created.error);
}

inline Outcome Host::with_image(const ImageSpec& spec, bool push) {
  must_exist();
  Outcome outcome;
  const std::size_t slash = script_.uri.find('/');
  const std::string base = slash == std::string::npos ? "" : script_.uri.substr(slash + 1);
  const std::string path = base.empty()              ? spec.repository
                           : spec.repository.empty() ? base
                                                     : base + "/" + spec.repository;
  const std::string reference = script_.uri.substr(0, slash) + "/" + path +
                                (spec.tag.empty() ? "@" + spec.digest : ":" + spec.tag);
  std::vector<berth_blob> blobs;
  for (const auto& blob : spec.blobs) {
    berth_blob one{};
    one.media_type = detail::view(blob.media_type);
    one.digest = detail::view(blob.digest);
    one.bytes = blob.bytes;
    blobs.push_back(one);
  }
  std::vector<berth_string> platforms;
  for (const auto& platform : spec.platforms) platforms.push_back(detail::view(platform));
  berth_image image{};
  image.size = sizeof image;
  image.reference = detail::view(reference);
  image.repository = detail::view(spec.repository);
  image.repository_path = detail::view(path);
  image.tag = detail::view(spec.tag);
  image.has_content = spec.has_content ? 1 : 0;
  image.blob_size = sizeof(berth_blob);
  if (spec.has_content) {
    image.digest = detail::view(spec.digest);
    image.media_type = detail::view(spec.media_type);
    image.blobs = blobs.data();
    image.blob_count = blobs.size();
    image.platforms = platforms.data();
    image.platform_count = platforms.size();
  }
  run({true, true, push}, outcome, spec.digest,
      [&](const berth_call* call, const berth_sink* error) {
        if (!push) return plugin_.prepare_image_push(flavor_, call, &image, error);
        const berth::detail::StringSink digest;
        const std::int32_t status = plugin_.push_image(flavor_, call, &image, digest.sink(), error);
        outcome.digest = digest.str();
        return status;
      });
  return outcome;
}

inline Outcome Host::prepare_image_push(const ImageSpec& image) { return with_image(image, false); }
inline Outcome Host::push_image(const ImageSpec& image) { return with_image(image, true); }

template <typename Table>
const Table& Host::extension(const char* id) {
  must_exist();
  const void* table = plugin_.query(flavor_, detail::view(id));
  if (table == nullptr) throw Wrong(std::string("the flavor has no extension ") + id);
  last_ = {};
  return *static_cast<const Table*>(table);
}

}  // namespace testing
}  // namespace berth
