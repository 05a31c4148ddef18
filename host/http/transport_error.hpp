// Converts failures of libcurl and OpenSSL to errors. The cause is what was observed, the fix is
// for that cause.
#pragma once

#include "http/address.hpp"
#include "http/client_options.hpp"
#include "http/origin.hpp"
#include "http/transport_facts.hpp"

namespace berth::http {

TransportFailure describe_failure(const TransportFacts& facts, const Origin& origin,
                                  const ClientOptions& options);

// Returns the error for a host at an address that the request may not connect to. Class server,
// code "http.address".
base::Error wrong_address(const Origin& origin, AddressKind kind);

}  // namespace berth::http
