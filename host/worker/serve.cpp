#include "worker/serve.hpp"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/base64.hpp"
#include "channel/protocol.hpp"
#include "platform/sandbox.hpp"
#include "worker/ask_for_credential.hpp"
#include "worker/ask_for_upload_rules.hpp"
#include "worker/explain_error.hpp"
#include "worker/host_call.hpp"
#include "worker/image_view.hpp"
#include "worker/plugin_file.hpp"
#include "worker/reply.hpp"

namespace berth::worker {
namespace {

using base::Json;

// Returns the settings of a "create" request for the plugin. They point into `message`.
std::vector<berth_setting> settings_of(const Json& message) {
  std::vector<berth_setting> settings;
  const Json* list = message.find("settings");
  if (list == nullptr || !list->is_array()) return settings;
  for (const auto& item : *list->as_array()) {
    berth_setting setting{};
    const Json* key = item.find("key");
    const Json* value = item.find("value");
    if (key == nullptr || !key->is_string() || value == nullptr) continue;
    setting.key = view(*key->as_string());
    const std::string type = item.string_or("type", "");
    setting.string = {"", 0};
    if (type == "string" && value->is_string()) setting.string = view(*value->as_string());
    if (type == "integer") setting.type = BERTH_TYPE_INTEGER;
    if (type == "number") setting.type = BERTH_TYPE_NUMBER;
    if (type == "boolean") setting.type = BERTH_TYPE_BOOLEAN;
    setting.integer =
        type == "boolean" ? static_cast<std::int64_t>(value->as_bool().value_or(false)) : value->as_int().value_or(0);
    setting.number = value->as_double().value_or(0);
    settings.push_back(setting);
  }
  return settings;
}

std::vector<std::string> services_of(const Json& message) {
  std::vector<std::string> services;
  if (const Json* list = message.find("services"); list != nullptr && list->is_array())
    for (const auto& item : *list->as_array())
      if (item.is_string()) services.push_back(*item.as_string());
  return services;
}

// Returns the reply of a finished call, with the violation or the fix that the call recorded.
Json finished(const HostCall::Ended& ended, Json reply) {
  if (ended.breach != nullptr) return breach(ended.breach);
  if (!ended.fix.empty() && reply.string_or("reply", "") == "failed") reply.set("fix", ended.fix);
  return reply;
}

class Server {
 public:
  Server(int channel, int plugin_file) : channel_(channel), plugin_file_(plugin_file), call_(channel, decoder_) {
    call_.serve_while_waiting([this](const Json& message) { return serve(message); });
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void run() {
    if (!serve_sandbox()) return;
    while (true) {
      const auto message = channel::receive_frame(channel_, decoder_);
      if (!message) return;
      if (!channel::send_frame(channel_, serve(*message)) || message->string_or("do", "") == "destroy") return;
    }
  }

 private:
  // Serves the first request, before the plugin is loaded, so that the plugin cannot influence the
  // reply.
  bool serve_sandbox() {
    const auto message = channel::receive_frame(channel_, decoder_);
    if (!message || message->string_or("do", "") != "sandbox") return false;
    sandbox_ = platform::enter_sandbox();
    Json reply = Json::object({{"reply", "ok"},
                               {"no_new_privileges", sandbox_.parts.privileges},
                               {"landlock", sandbox_.parts.files},
                               {"seccomp", sandbox_.parts.system_calls},
                               {"threads", static_cast<bool>(sandbox_.threads)}});
    if (const Json* number = message->find("call")) reply.set("call", *number);
    // Closed after sending: with an open listener, the plugin could approve its own threads.
    const platform::UniqueFd listener = std::move(sandbox_.threads);
    return listener ? channel::send_frame_with_descriptor(channel_, reply, listener.get()).has_value()
                    : channel::send_frame(channel_, reply).has_value();
  }

  Json serve(const Json& message) {
    Json reply = answer(message.string_or("do", ""), message);
    if (const Json* number = message.find("call")) reply.set("call", *number);
    return reply;
  }

  Json answer(const std::string& word, const Json& message) {
    const bool about_credential = word == "credentials" || word == "expired";
    if (about_credential && (call_.depth() == 0 || (call_.depth() == 1 && !asking_)))
      return ask_provider(word == "expired", message);
    if (call_.depth() > 0) return failed("plugin.order", "not allowed within a call", word);
    if (word == "load") return load();
    if (word == "destroy") return destroy();
    if (plugin_ == nullptr) return failed("plugin.order", "no plugin loaded", "");
    if (word == "create") return create(message);
    if (word == "image") return add_to_image(message);
    if (word == "prepare" || word == "push") return judge(word == "push", message);
    if (word == "explain") return explain(message);
    return failed("plugin.order", "unknown method", word);
  }

  Json load() {
    auto plugin = load_plugin(plugin_file_);
    ::close(plugin_file_);
    if (!plugin) return failed(plugin.error().code(), plugin.error().message(), plugin.error().cause());
    if (!platform::leave_loading(sandbox_))
      return failed("plugin.sandbox", "it prevented the sandbox", "it installed a seccomp filter");
    plugin_ = *plugin;
    const std::string_view metadata(reinterpret_cast<const char*>(plugin_->metadata), plugin_->metadata_size);
    return Json::object({{"reply", "ok"},
                         {"metadata", base::base64_encode(metadata)},
                         {"min_host_minor", static_cast<std::uint64_t>(plugin_->min_host_minor)}});
  }

  Json create(const Json& message) {
    const std::string uri = message.string_or("uri", "");
    const auto settings = settings_of(message);
    Text error;
    Text fix;
    Text code;
    const berth_create_options options{sizeof(berth_create_options), view(uri), settings.data(), settings.size(),
                                       sizeof(berth_setting),        &fix.sink, &code.sink};
    void* made = nullptr;
    const auto status = plugin_->create(&options, &made, &error.sink);
    if (status == BERTH_STATUS_REFUSED) return refused(error.text, code.text, fix.text);
    if (status == BERTH_STATUS_OK && made == nullptr) return breach("it reported success but returned no flavor");
    if (status != BERTH_STATUS_OK) return reply_of(status, error);
    flavor_ = made;
    provider_ = static_cast<const berth_credentials_1*>(plugin_->query(flavor_, view(BERTH_CREDENTIALS_1)));
    explainer_ = static_cast<const berth_explanations_1*>(plugin_->query(flavor_, view(BERTH_EXPLANATIONS_1)));
    const auto* rules = static_cast<const berth_upload_rules_1*>(plugin_->query(flavor_, view(BERTH_UPLOAD_RULES_1)));
    Json reply = rules != nullptr ? ask_for_upload_rules(*rules, flavor_) : Json::object({{"reply", "ok"}});
    reply.set("credentials", provider_ != nullptr);
    reply.set("explanations", explainer_ != nullptr);
    reply.set("expiry", provider_ != nullptr && recognises_expiry(*provider_));
    return reply;
  }

  Json ask_provider(bool expired, const Json& message) {
    if (provider_ == nullptr) return failed("plugin.order", "it provides no credentials", "");
    asking_ = true;
    const berth_call* call = call_.begin({services_of(message), false});
    Json reply = expired ? ask_whether_expired(*provider_, flavor_, call, message)
                         : ask_for_credential(*provider_, flavor_, call, message);
    asking_ = false;
    return finished(call_.end(), std::move(reply));
  }

  Json explain(const Json& message) {
    if (explainer_ == nullptr) return failed("plugin.order", "it provides no explanations", "");
    const berth_call* call = call_.begin({services_of(message), false});
    Json reply = explain_error(*explainer_, flavor_, call, message);
    return finished(call_.end(), std::move(reply));
  }

  // Adds a part of the image for the next call.
  Json add_to_image(const Json& message) {
    image_.add(message);
    return Json::object({{"reply", "ok"}});
  }

  Json judge(bool push, const Json& message) {
    ImageView image = std::exchange(image_, ImageView());
    if (const Json* json = message.find("image")) image.add(*json);
    if (flavor_ == nullptr) return failed("plugin.order", "no flavor created", "");
    Text digest;
    Text error;
    const berth_call* call = call_.begin({services_of(message), true});
    const auto status = push ? plugin_->push_image(flavor_, call, image.image(), &digest.sink, &error.sink)
                             : plugin_->prepare_image_push(flavor_, call, image.image(), &error.sink);
    Json reply = reply_of(status, error);
    if (push) reply.set("digest", digest.text);
    return finished(call_.end(), std::move(reply));
  }

  Json destroy() {
    if (plugin_ != nullptr && flavor_ != nullptr) plugin_->destroy(flavor_);
    flavor_ = nullptr;
    return Json::object({{"reply", "ok"}});
  }

  int channel_;
  int plugin_file_;
  channel::FrameDecoder decoder_;
  HostCall call_;
  platform::Sandbox sandbox_;
  const berth_plugin* plugin_ = nullptr;
  const berth_credentials_1* provider_ = nullptr;
  const berth_explanations_1* explainer_ = nullptr;
  void* flavor_ = nullptr;
  ImageView image_;      // the parts received so far
  bool asking_ = false;  // a function of credentials/1 is running
};

}  // namespace

void serve(int channel, int plugin_file) { Server(channel, plugin_file).run(); }

}  // namespace berth::worker
