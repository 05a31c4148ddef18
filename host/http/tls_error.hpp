// The errors of TLS handshakes.
#pragma once

#include <optional>
#include <string>

#include "http/transport_facts.hpp"

namespace berth::http {

// Returns whether the response to the TLS handshake was not TLS.
bool is_plain_response(const TransportFacts& facts);

// Returns the error for a server that requested a client certificate and then closed the
// connection: most servers do not send a reason.
base::Error lost_after_client_certificate(const TransportFacts& facts, const std::string& where);

// Returns the error for a TLS failure with `where`; std::nullopt if something else failed. Class
// network; codes "http.plain", "http.tls-version", "http.client-certificate", "http.tls"; for the
// server's certificate "http.certificate-expired", "-not-yet-valid", "-host", "-self-signed",
// "-issuer", "-weak", or "http.certificate".
std::optional<base::Error> describe_tls_failure(const TransportFacts& facts,
                                                const std::string& where);

}  // namespace berth::http
