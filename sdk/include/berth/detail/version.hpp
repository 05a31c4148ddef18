// Internal: the version of this SDK, which plugins contain.
#pragma once

#define BERTH_SDK_VERSION "0.1.0"
