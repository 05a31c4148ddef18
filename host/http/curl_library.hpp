// libcurl, loaded when it is first used. Linked, it and the 26 libraries that it requires would
// take two thirds of the start of every command; a push loads it while the flavor starts.
#pragma once

#include <curl/curl.h>

#include <future>

namespace berth::http {

// The functions of libcurl that berth calls, without their prefix "curl_".
struct CurlLibrary {
  decltype(&::curl_global_init) global_init = nullptr;
  decltype(&::curl_version_info) version_info = nullptr;
  decltype(&::curl_getdate) getdate = nullptr;
  decltype(&::curl_free) free = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;
  decltype(&::curl_url) url = nullptr;
  decltype(&::curl_url_cleanup) url_cleanup = nullptr;
  decltype(&::curl_url_get) url_get = nullptr;
  decltype(&::curl_url_set) url_set = nullptr;
  decltype(&::curl_url_strerror) url_strerror = nullptr;
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&::curl_easy_reset) easy_reset = nullptr;
  decltype(&::curl_easy_setopt) easy_setopt = nullptr;
  decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&::curl_easy_strerror) easy_strerror = nullptr;
  decltype(&::curl_multi_init) multi_init = nullptr;
  decltype(&::curl_multi_cleanup) multi_cleanup = nullptr;
  decltype(&::curl_multi_add_handle) multi_add_handle = nullptr;
  decltype(&::curl_multi_remove_handle) multi_remove_handle = nullptr;
  decltype(&::curl_multi_perform) multi_perform = nullptr;
  decltype(&::curl_multi_poll) multi_poll = nullptr;
  decltype(&::curl_multi_fdset) multi_fdset = nullptr;
  decltype(&::curl_multi_info_read) multi_info_read = nullptr;
};

// Loads and initialises libcurl at the first call. Without it nothing can be pushed: the process
// ends as the dynamic linker would end it, with a message and status 127. Safe from any thread.
const CurlLibrary& curl();

// Loads libcurl on another thread. The destructor of the result waits for it.
[[nodiscard]] std::future<void> load_curl();

}  // namespace berth::http
