#include "worker/serve.hpp"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/version.hpp"
#include "channel/extension_calls.hpp"
#include "channel/protocol.hpp"
#include "platform/crash_report.hpp"
#include "platform/sandbox.hpp"
#include "worker/abi_services.hpp"
#include "worker/abi_strings.hpp"
#include "worker/host_call.hpp"
#include "worker/image_view.hpp"
#include "worker/loaded_plugin.hpp"
#include "worker/plugin_extensions.hpp"
#include "worker/plugin_outcome.hpp"

namespace berth::worker {
namespace {

using base::Json;
using channel::CreateFlavor;
using channel::LoadPlugin;
using channel::PushImage;

// Returns the settings for the plugin. They point into `settings`.
std::vector<berth_setting> views_of(const std::vector<channel::SettingValue>& settings) {
  std::vector<berth_setting> views;
  for (const auto& setting : settings)
    views.push_back(
        {view(setting.key), setting.type, view(setting.string), setting.integer, setting.number});
  return views;
}

class Server {
 public:
  Server(int channel, int plugin_file)
      : channel_(channel), plugin_file_(plugin_file), call_(channel, decoder_, find_service) {
    call_.serve_while_waiting([this](const Json& request) { return respond(request); });
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void run() {
    if (!serve_sandbox()) return;
    while (true) {
      const auto request = channel::receive_frame(channel_, decoder_);
      if (!request) return;
      if (!channel::send_frame(channel_, respond(*request))) return;
      if (channel::method_of(*request) == channel::DestroyFlavor::kInfo.method) return;
    }
  }

 private:
  // Serves the first request, before the plugin is loaded, so that the plugin cannot influence the
  // response.
  bool serve_sandbox() {
    const auto request = channel::receive_frame(channel_, decoder_);
    if (!request || channel::method_of(*request) != channel::EnterSandbox::kInfo.method)
      return false;
    const auto wanted =
        channel::decode<channel::EnterSandbox::Request>(channel::params_of(*request));
    if (wanted && wanted->debugged) platform::allow_debugger();
    sandbox_ = platform::enter_sandbox();
    // Closed after sending: with an open listener, the plugin could approve its own threads.
    const auto listener = std::move(sandbox_.threads);
    const Outcome<channel::EnterSandbox::Response> outcome =
        channel::EnterSandbox::Response{.privileges = sandbox_.parts.privileges,
                                        .files = sandbox_.parts.files,
                                        .system_calls = sandbox_.parts.system_calls,
                                        .threads = static_cast<bool>(listener)};
    const Json response = channel::encode_response(channel::id_of(*request).value_or(0),
                                                   channel::encode_outcome(outcome));
    return listener
               ? channel::send_frame_with_descriptor(channel_, response, listener.get()).has_value()
               : channel::send_frame(channel_, response).has_value();
  }

  // Handles a request and returns the response.
  Json respond(const Json& request) {
    const std::string method = channel::method_of(request);
    Json outcome =
        Json::object({{"error", channel::encode(out_of_order("unknown method", method))}});
    channel::PluginCalls::visit(
        method, [&]<class Call>() { outcome = handle<Call>(channel::params_of(request)); });
    return channel::encode_response(channel::id_of(request).value_or(0), std::move(outcome));
  }

  template <class Call>
  Json handle(const Json& params) {
    const bool may_nest = Call::kInfo.nested && call_.depth() == 1 && !is_nested_;
    if (call_.depth() > 0 && !may_nest)
      return Json::object(
          {{"error", channel::encode(out_of_order("not allowed within a call",
                                                  std::string(Call::kInfo.method)))}});
    if constexpr (!Call::kInfo.interface.empty()) {
      is_nested_ = Call::kInfo.nested;
      Json outcome = extensions_.call(Call::kInfo.method, params, call_);
      is_nested_ = false;
      return outcome;
    } else {
      auto request = channel::decode<typename Call::Request>(params);
      if (!request)
        return Json::object({{"error", channel::encode(out_of_order("malformed request",
                                                                    request.error().cause()))}});
      return channel::encode_outcome(serve(Call(), std::move(*request)));
    }
  }

  Outcome<channel::EnterSandbox::Response> serve(channel::EnterSandbox /*call*/,
                                                 const channel::EnterSandbox::Request&) {
    return out_of_order("the sandbox was already entered");
  }

  Outcome<LoadPlugin::Response> serve(LoadPlugin /*call*/, const channel::Empty& /*request*/) {
    auto plugin = load_plugin(plugin_file_);
    ::close(plugin_file_);
    if (!plugin)
      return channel::PluginError{.code = plugin.error().code(),
                                  .message = plugin.error().message(),
                                  .cause = plugin.error().cause()};
    if (!platform::leave_loading(sandbox_))
      return channel::PluginError{.code = "plugin.sandbox",
                                  .message = "it prevented the sandbox",
                                  .cause = "it installed a seccomp filter"};
    plugin_ = *plugin;
    const berth_string metadata{reinterpret_cast<const char*>(plugin_->metadata),
                                plugin_->metadata_size};
    return LoadPlugin::Response{copy(metadata, channel::kMaxMetadata), plugin_->min_host_minor};
  }

  Outcome<CreateFlavor::Response> serve(CreateFlavor /*call*/,
                                        const CreateFlavor::Request& request) {
    if (plugin_ == nullptr) return out_of_order("no plugin loaded");
    const auto settings = views_of(request.settings);
    StringSink error;
    StringSink fix;
    StringSink code;
    const std::string host_name = "berth " + std::string(base::version());
    const berth_create_options options{sizeof(berth_create_options),
                                       view(request.uri),
                                       settings.data(),
                                       settings.size(),
                                       sizeof(berth_setting),
                                       &fix.sink,
                                       &code.sink,
                                       view(host_name),
                                       BERTH_ABI_MINOR};
    void* created = nullptr;
    const auto status = plugin_->create(&options, &created, &error.sink);
    if (status == BERTH_STATUS_REFUSED)
      return channel::PluginError{
          .code = "flavor.refused", .message = error.text, .fix = fix.text, .finding = code.text};
    if (status != BERTH_STATUS_OK) return failure(error);
    if (created == nullptr) return violation("it reported success but returned no flavor");
    flavor_ = created;
    created_.push_back(created);
    extensions_.find(*plugin_, flavor_);
    return describe_flavor();
  }

  Outcome<CreateFlavor::Response> describe_flavor() {
    CreateFlavor::Response response{.extensions = extensions_.ids(),
                                    .recognises_expiry = extensions_.recognises_expiry()};
    auto rules = extensions_.upload_rules();
    if (!rules) return response;
    if (auto* error = std::get_if<1>(&*rules)) return std::move(*error);
    response.upload_rules = *std::get_if<0>(&*rules);
    return response;
  }

  Outcome<channel::Empty> serve(channel::AddToImage /*call*/,
                                channel::AddToImage::Request request) {
    image_.add(std::move(request));
    return channel::Empty();
  }

  Outcome<channel::Empty> serve(channel::PrepareImagePush /*call*/, channel::ImageRequest request) {
    return with_image<channel::Empty>(
        std::move(request),
        [this](const berth_call* call, const berth_image* image) -> Outcome<channel::Empty> {
          StringSink error;
          if (plugin_->prepare_image_push(flavor_, call, image, &error.sink) != BERTH_STATUS_OK)
            return failure(error);
          return channel::Empty();
        });
  }

  Outcome<PushImage::Response> serve(PushImage /*call*/, channel::ImageRequest request) {
    return with_image<PushImage::Response>(
        std::move(request),
        [this](const berth_call* call, const berth_image* image) -> Outcome<PushImage::Response> {
          StringSink digest;
          StringSink error;
          if (plugin_->push_image(flavor_, call, image, &digest.sink, &error.sink) !=
              BERTH_STATUS_OK)
            return failure(error);
          return PushImage::Response{digest.text};
        });
  }

  template <class Response, class Function>
  Outcome<Response> with_image(channel::ImageRequest request, Function function) {
    ImageView image = std::exchange(image_, ImageView());
    if (flavor_ == nullptr) return out_of_order("no flavor created");
    HostCall::Rights rights{.services = std::move(request.services), .findings = true};
    image.complete(std::move(request));
    return call_plugin<Response>(call_, std::move(rights), [&](const berth_call* call) {
      return function(call, image.image());
    });
  }

  Outcome<channel::Empty> serve(channel::DestroyFlavor /*call*/,
                                const channel::Empty& /*request*/) {
    for (void* flavor : created_) plugin_->destroy(flavor);
    created_.clear();
    flavor_ = nullptr;
    return channel::Empty();
  }

  Outcome<channel::Empty> serve(channel::ReleaseFlavors /*call*/, const channel::Empty& request) {
    return serve(channel::DestroyFlavor(), request);
  }

  int channel_;
  int plugin_file_;
  channel::FrameDecoder decoder_;
  HostCall call_;
  platform::Sandbox sandbox_;
  const berth_plugin* plugin_ = nullptr;
  void* flavor_ = nullptr;        // the one created last
  std::vector<void*> created_{};  // several only in the conformance kit
  Extensions extensions_;
  ImageView image_;         // the parts received so far
  bool is_nested_ = false;  // a call with CallInfo::nested is running
};

}  // namespace

void serve(int channel, int plugin_file) { Server(channel, plugin_file).run(); }

}  // namespace berth::worker
