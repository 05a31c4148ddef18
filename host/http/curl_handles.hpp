// Owners of libcurl's handles and of the parts of its URLs.
#pragma once

#include "http/curl_library.hpp"

#include <memory>
#include <optional>
#include <string>

namespace berth::http {

struct CurlDeleter {
  void operator()(CURL* handle) const { curl().easy_cleanup(handle); }
  void operator()(CURLU* handle) const { curl().url_cleanup(handle); }
  void operator()(char* text) const { curl().free(text); }
  void operator()(curl_slist* list) const { curl().slist_free_all(list); }
};

// CURLM and CURL are both void, so CURLM requires its own deleter type.
struct CurlMultiDeleter {
  void operator()(CURLM* handle) const { curl().multi_cleanup(handle); }
};

using CurlEasy = std::unique_ptr<CURL, CurlDeleter>;
using CurlMulti = std::unique_ptr<CURLM, CurlMultiDeleter>;
using CurlUrl = std::unique_ptr<CURLU, CurlDeleter>;
using CurlText = std::unique_ptr<char, CurlDeleter>;
using CurlList = std::unique_ptr<curl_slist, CurlDeleter>;

inline std::optional<std::string> url_part(const CurlUrl& url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl().url_get(url.get(), part, &text, flags) != CURLUE_OK) return std::nullopt;
  const CurlText owner(text);
  return std::string(text);
}

}  // namespace berth::http
