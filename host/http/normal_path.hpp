// The one form of a URL's path that a request of a plugin may have, so that what was checked is what a server reads.
// Servers and proxies remove dot segments, merge slashes and decode percent-encodings, some of them twice; a path that
// any of these would change is rejected instead of being changed.
// Source: RFC 3986, sections 2.3 (unreserved characters) and 6.2.2 (syntax-based normalisation).
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace berth::http {

// `target`: a path from "/" on, with its query. Rejected in the path: empty segments but the last, "." and ".." (also
// with parameters: "..;x"), backslashes, blanks, control characters and bytes above 0x7e, '#', a '%' without two
// hexadecimal digits, and encodings of unreserved characters, '/', '\', '%', ';' or control characters. In the query
// only blanks, control characters, bytes above 0x7e and '#' are. Class usage, code "http.path"; the cause says which.
base::Result<void> check_normal_path(std::string_view target);

}  // namespace berth::http
