// Checks that the URL path of a plugin's request has only one reading, so that the path that was
// checked is the path that the server uses. Servers and proxies remove dot segments, merge slashes
// and decode percent-encodings, some of them twice; a path that any of these would change is
// rejected. Source: RFC 3986, sections 2.3 (unreserved characters) and 6.2.2 (syntax-based
// normalisation).
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace berth::http {

// `target`: an absolute path with its query. Rejected in the path: empty segments except the last;
// "." and "..", also with parameters ("..;x"); backslashes, blanks, control characters, bytes above
// 0x7e and '#'; a '%' without two hexadecimal digits; encodings of unreserved characters, '/', '\',
// '%', ';' or control characters. Rejected in the query: blanks, control characters, bytes above
// 0x7e and '#'. Class usage, code "http.path"; the cause is the reason.
base::Result<void> check_normal_path(std::string_view target);

}  // namespace berth::http
