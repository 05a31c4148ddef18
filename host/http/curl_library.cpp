#include "http/curl_library.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>

namespace berth::http {
namespace {

// The ABI of libcurl is the same since 2006 (libcurl, "The ABI"): 4.
#ifdef __APPLE__
constexpr const char* kLibrary = "libcurl.4.dylib";
#else
constexpr const char* kLibrary = "libcurl.so.4";
#endif

[[noreturn]] void end_without(const char* reason) {
  static_cast<void>(std::fprintf(
      stderr, "berth: cannot load libcurl: %s\n  fix       install it: apt-get install libcurl4\n",
      reason));
  ::_exit(127);
}

template <typename Function>
void find(void* library, const char* name, Function& function) {
  void* const symbol = ::dlsym(library, name);
  if (symbol == nullptr) end_without(::dlerror());
  function = reinterpret_cast<Function>(symbol);
}

CurlLibrary load() {
  void* const library = ::dlopen(kLibrary, RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) end_without(::dlerror());
  CurlLibrary curl;
  find(library, "curl_global_init", curl.global_init);
  find(library, "curl_version_info", curl.version_info);
  find(library, "curl_getdate", curl.getdate);
  find(library, "curl_free", curl.free);
  find(library, "curl_slist_append", curl.slist_append);
  find(library, "curl_slist_free_all", curl.slist_free_all);
  find(library, "curl_url", curl.url);
  find(library, "curl_url_cleanup", curl.url_cleanup);
  find(library, "curl_url_get", curl.url_get);
  find(library, "curl_url_set", curl.url_set);
  find(library, "curl_url_strerror", curl.url_strerror);
  find(library, "curl_easy_init", curl.easy_init);
  find(library, "curl_easy_cleanup", curl.easy_cleanup);
  find(library, "curl_easy_reset", curl.easy_reset);
  find(library, "curl_easy_setopt", curl.easy_setopt);
  find(library, "curl_easy_getinfo", curl.easy_getinfo);
  find(library, "curl_easy_strerror", curl.easy_strerror);
  find(library, "curl_multi_init", curl.multi_init);
  find(library, "curl_multi_cleanup", curl.multi_cleanup);
  find(library, "curl_multi_add_handle", curl.multi_add_handle);
  find(library, "curl_multi_remove_handle", curl.multi_remove_handle);
  find(library, "curl_multi_perform", curl.multi_perform);
  find(library, "curl_multi_poll", curl.multi_poll);
  find(library, "curl_multi_fdset", curl.multi_fdset);
  find(library, "curl_multi_info_read", curl.multi_info_read);
  curl.global_init(CURL_GLOBAL_DEFAULT);
  return curl;
}

}  // namespace

const CurlLibrary& curl() {
  static const CurlLibrary library = load();
  return library;
}

std::future<void> load_curl() {
  return std::async(std::launch::async, [] { static_cast<void>(curl()); });
}

}  // namespace berth::http
