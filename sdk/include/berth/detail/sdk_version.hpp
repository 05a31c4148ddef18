// Internal: the version of this SDK, which plugins contain, and the namespace of its classes.
// Another version of the SDK in the same plugin, as in a static library, has another namespace.
#pragma once

#if (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) < 201703L
#error "berth's SDK requires C++17: compile with -std=c++17, or use berth/abi.h"
#endif
#if !defined(__cpp_exceptions)
#error "berth's SDK requires exceptions: compile without -fno-exceptions, or use berth/abi.h"
#endif

#define BERTH_SDK_VERSION "0.1.0"
#define BERTH_SDK_NAMESPACE v0_1
