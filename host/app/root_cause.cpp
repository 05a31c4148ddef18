#include "app/root_cause.hpp"

namespace berth::app {

base::Error root_cause(const base::Cancellation& cancellation, const base::Error& error) {
  using Reason = base::Cancellation::Reason;
  const auto error_class = error.error_class();
  const bool reports_it =
      error_class == base::ErrorClass::interrupted || error_class == base::ErrorClass::stall;
  const bool cancelled =
      cancellation.reason() != Reason::none && cancellation.reason() != Reason::abandoned;
  if (!cancelled || reports_it || error_class == base::ErrorClass::integrity) return error.clone();
  return cancellation.error().cause(error.message());
}

}  // namespace berth::app
