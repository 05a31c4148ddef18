// A plugin against abi.h that calls the host as its setting `what` selects, and reports the status
// and the error, "STATUS ERROR", as an info finding.
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "plugins/by_hand.hpp"

namespace {

using by_hand::put;
using by_hand::text;

struct Flavor {
  std::string what;
} the_flavor;

// A sink that keeps what is written.
struct Kept {
  std::string value;
  berth_sink sink{this, [](void* context, berth_string written) {
                    static_cast<Kept*>(context)->value.assign(written.data, written.size);
                  }};
};

struct Host {
  const berth_call* call;
  Kept error{};
  Kept result{};

  template <typename Table>
  const Table* service(const char* id) {
    return static_cast<const Table*>(call->query(call->context, text(id)));
  }
  void* context() const { return call->context; }
};

berth_string view(const std::string& value) { return {value.data(), value.size()}; }
constexpr berth_string kNull{nullptr, 5};

std::int32_t variable(Host& host, berth_string name) {
  return host.service<berth_env_1>(BERTH_ENV_1)
      ->get(host.context(), name, &host.result.sink, &host.error.sink);
}

std::int32_t file(Host& host, berth_string path) {
  return host.service<berth_file_1>(BERTH_FILE_1)
      ->read(host.context(), path, &host.result.sink, &host.error.sink);
}

std::int32_t run(Host& host, const std::vector<berth_string>& argv, berth_string input = {}) {
  std::int32_t exit_status = 0;
  return host.service<berth_exec_1>(BERTH_EXEC_1)
      ->run(host.context(), argv.data(), argv.size(), input, &exit_status, &host.result.sink,
            nullptr, &host.error.sink);
}

std::int32_t hash(Host& host, berth_string data) {
  return host.service<berth_crypto_1>(BERTH_CRYPTO_1)
      ->sha256(host.context(), data, &host.result.sink, &host.error.sink);
}

std::int32_t send(Host& host, const berth_http_request& request, std::size_t count = 1) {
  const std::vector<berth_http_request> batch(count, request);
  const berth_http_sink sink{&host.result, [](void* context, const berth_http_response* response) {
                               static_cast<Kept*>(context)->value.append(response->error.data,
                                                                         response->error.size);
                             }};
  return host.service<berth_http_1>(BERTH_HTTP_1)
      ->send(host.context(), batch.data(), count, sizeof(berth_http_request), &sink,
             &host.error.sink);
}

berth_http_request get(berth_string url) {
  berth_http_request request{};
  request.method = text("GET");
  request.url = url;
  request.timeout_ms = 1;
  return request;
}

std::int32_t send_header(Host& host, berth_string name, berth_string value) {
  const berth_http_header header{name, value};
  berth_http_request request = get(text("http://confo.invalid"));
  request.headers = &header;
  request.header_count = 1;
  return send(host, request);
}

const std::string kLong(4097, 'x');
const std::string kMebibyte(1 << 20, 'x');
const std::string kMore(kMebibyte + "x");
const std::string kZero("CONFO\0X", 7);
const std::string kNoUtf8("http://confo.invalid/\xff");

using Step = std::function<std::int32_t(Host&)>;
const std::map<std::string, Step> kSteps{
    {"env", [](Host& host) { return variable(host, text("CONFO")); }},
    {"env-unset", [](Host& host) { return variable(host, text("CONFO_UNSET")); }},
    {"env-denied", [](Host& host) { return variable(host, text("HOME")); }},
    {"env-null", [](Host& host) { return variable(host, kNull); }},
    {"env-zero", [](Host& host) { return variable(host, view(kZero)); }},
    {"env-long", [](Host& host) { return variable(host, view(kLong)); }},
    {"env-no-sink",
     [](Host& host) {
       return host.service<berth_env_1>(BERTH_ENV_1)
           ->get(host.context(), text("CONFO"), nullptr, nullptr);
     }},
    {"file-missing", [](Host& host) { return file(host, text("/nowhere/confo")); }},
    {"file-null", [](Host& host) { return file(host, kNull); }},
    {"file-zero", [](Host& host) { return file(host, view("/nowhere/" + kZero)); }},
    {"file-long", [](Host& host) { return file(host, view("/" + kLong)); }},
    {"exec",
     [](Host& host) {
       return run(host, std::vector<berth_string>(256, text("true")), text("input"));
     }},
    {"exec-missing", [](Host& host) { return run(host, {text("confo-is-missing")}); }},
    {"exec-257",
     [](Host& host) { return run(host, std::vector<berth_string>(257, text("true"))); }},
    {"exec-null",
     [](Host& host) {
       return run(host, {text("true"), kNull});
     }},
    {"exec-zero",
     [](Host& host) {
       return run(host, {text("true"), view(kZero)});
     }},
    {"exec-long", [](Host& host) { return run(host, {text("true")}, view(kMore)); }},
    {"exec-no-argv",
     [](Host& host) {
       return host.service<berth_exec_1>(BERTH_EXEC_1)
           ->run(host.context(), nullptr, 1, {}, nullptr, nullptr, nullptr, &host.error.sink);
     }},
    {"hash-empty",
     [](Host& host) {
       return hash(host, {nullptr, 0});
     }},
    {"hash-null", [](Host& host) { return hash(host, kNull); }},
    {"hash-1MiB", [](Host& host) { return hash(host, view(kMebibyte)); }},
    {"hash-more", [](Host& host) { return hash(host, view(kMore)); }},
    {"http-16", [](Host& host) { return send(host, get(text("http://confo.invalid")), 16); }},
    {"http-17", [](Host& host) { return send(host, get(text("http://confo.invalid")), 17); }},
    {"http-null", [](Host& host) { return send(host, get(kNull)); }},
    {"http-utf8", [](Host& host) { return send(host, get(view(kNoUtf8))); }},
    {"http-url", [](Host& host) { return send(host, get(text("confo"))); }},
    {"http-other", [](Host& host) { return send(host, get(text("http://other.invalid"))); }},
    {"http-method",
     [](Host& host) {
       berth_http_request request = get(text("http://confo.invalid"));
       request.method = text("get");
       return send(host, request);
     }},
    {"http-timeout",
     [](Host& host) {
       berth_http_request request = get(text("http://confo.invalid"));
       request.timeout_ms = 30001;
       return send(host, request);
     }},
    {"http-negative",
     [](Host& host) {
       berth_http_request request = get(text("http://confo.invalid"));
       request.timeout_ms = -1;
       return send(host, request);
     }},
    {"http-body",
     [](Host& host) {
       berth_http_request request = get(text("http://confo.invalid"));
       request.body = view(kMore);
       return send(host, request);
     }},
    {"http-65",
     [](Host& host) {
       const std::vector<berth_http_header> headers(65, {text("a"), text("b")});
       berth_http_request request = get(text("http://confo.invalid"));
       request.headers = headers.data();
       request.header_count = headers.size();
       return send(host, request);
     }},
    {"http-no-headers",
     [](Host& host) {
       berth_http_request request = get(text("http://confo.invalid"));
       request.header_count = 1;
       return send(host, request);
     }},
    {"http-stride",
     [](Host& host) {
       const berth_http_request request = get(text("http://confo.invalid"));
       return host.service<berth_http_1>(BERTH_HTTP_1)
           ->send(host.context(), &request, 1, 8, nullptr, &host.error.sink);
     }},
    {"http-no-sink",
     [](Host& host) {
       const berth_http_request request = get(text("http://confo.invalid"));
       return host.service<berth_http_1>(BERTH_HTTP_1)
           ->send(host.context(), &request, 1, sizeof request, nullptr, nullptr);
     }},
    {"header", [](Host& host) { return send_header(host, text("X-A"), text("b \xff")); }},
    {"header-null", [](Host& host) { return send_header(host, text("X-A"), kNull); }},
    {"header-zero", [](Host& host) { return send_header(host, text("X-A"), view(kZero)); }},
    {"header-line", [](Host& host) { return send_header(host, text("X-A"), text("a\r\nb: c")); }},
    {"header-name", [](Host& host) { return send_header(host, text("X A"), text("a")); }},
    {"header-empty", [](Host& host) { return send_header(host, text(""), text("a")); }},
    {"header-host", [](Host& host) { return send_header(host, text("HOST"), text("a")); }},
    {"header-length",
     [](Host& host) { return send_header(host, text("Content-Length"), text("1")); }},
    {"header-method",
     [](Host& host) { return send_header(host, text("X-HTTP-Method-Override"), text("DELETE")); }},
    {"sign",
     [](Host& host) {
       return host.service<berth_crypto_1>(BERTH_CRYPTO_1)
           ->sign_rs256(host.context(), text("no key"), text("data"), &host.result.sink,
                        &host.error.sink);
     }},
    {"query",
     [](Host& host) {
       const bool found = host.service<void>(BERTH_PUSH_1) != nullptr ||
                          host.service<void>(BERTH_REGISTRY_1) != nullptr ||
                          host.service<void>("later/1") != nullptr ||
                          host.call->query(host.context(), kNull) != nullptr;
       return std::int32_t{found ? BERTH_STATUS_OK : BERTH_STATUS_NOT_FOUND};
     }},
    {"log-null",
     [](Host& host) {
       host.call->log(host.context(), kNull);
       host.call->log(host.context(), text("logged \xff"));
       return std::int32_t{BERTH_STATUS_OK};
     }},
};

void report(const berth_call* call, berth_string code, berth_string message) {
  const berth_finding finding{sizeof finding, BERTH_SEVERITY_INFO, code, message, {nullptr, 0}};
  call->report(call->context, &finding);
}

// Steps that are about the finding or the error itself.
bool report_specially(const std::string& what, const berth_call* call) {
  std::string umlauts;
  for (int i = 0; i < 3000; ++i) umlauts += "\xc3\xa4";
  if (what == "report-long") report(call, text("confo.long"), view("x" + umlauts));
  if (what == "report-null") report(call, text("confo.null"), kNull);
  if (what == "report-code") report(call, view(kLong), text("a code that is too long"));
  if (what == "report-zero") report(call, view("confo." + kZero), text("a zero byte"));
  return what.rfind("report-", 0) == 0;
}

std::int32_t create(const berth_create_options* options, void** flavor, const berth_sink*) {
  the_flavor.what.clear();
  if (options->setting_count > 0)
    the_flavor.what.assign(options->settings[0].string.data, options->settings[0].string.size);
  *flavor = &the_flavor;
  return BERTH_STATUS_OK;
}

void destroy(void*) {}
const void* query(void*, berth_string) { return nullptr; }

std::int32_t prepare(void*, const berth_call* call, const berth_image*, const berth_sink* error) {
  const std::string& what = the_flavor.what;
  if (report_specially(what, call)) return BERTH_STATUS_OK;
  if (what.rfind("status-", 0) == 0) {
    put(error, "a reason");
    return std::stoi(what.substr(7));
  }
  Host host{call};
  const auto step = kSteps.find(what);
  const std::int32_t status = step == kSteps.end() ? 99 : step->second(host);
  report(call, text("confo.status"), view(std::to_string(status) + " " + host.error.value));
  return BERTH_STATUS_OK;
}

std::int32_t push(void*, const berth_call*, const berth_image*, const berth_sink*,
                  const berth_sink*) {
  return BERTH_STATUS_FAILED;
}

}  // namespace

#define CONFO_METADATA      \
  BY_HAND_METADATA("confo") \
  "\6\0\11\0\0\0"           \
  "env:CONFO"               \
  "\6\0\17\0\0\0"           \
  "env:CONFO_UNSET"         \
  "\6\0\17\0\0\0"           \
  "file:/nowhere/*"         \
  "\6\0\11\0\0\0"           \
  "exec:true"               \
  "\6\0\25\0\0\0"           \
  "exec:confo-is-missing"   \
  "\6\0\31\0\0\0"           \
  "http:http://confo.invalid"
BY_HAND_PLUGIN(CONFO_METADATA, CONFO_METADATA)
