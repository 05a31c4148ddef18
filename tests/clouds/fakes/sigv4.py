"""Verifies the AWS Signature Version 4 of a received request.

Source: AWS General Reference, "Create a signed AWS API request". Query and path are handled as for every service except S3.
"""
import datetime
import hashlib
import hmac
import re
import urllib.parse

from fake import Refusal

AUTHORIZATION = re.compile(r"AWS4-HMAC-SHA256 +Credential=([^/,]+)/(\d{8})/([^/,]+)/([^/,]+)/aws4_request, *"
                           r"SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})$")
FRESH = datetime.timedelta(minutes=15)
STAMP = "%Y%m%dT%H%M%SZ"


class Claim:
    """Parses the Authorization header of a request."""

    def __init__(self, match):
        self.key_id, self.day, self.region, self.service, signed, self.signature = match.groups()
        self.signed_headers = signed.split(";")


def claim_of(request):
    header = request.headers.get("authorization")
    if not header:
        raise Refusal(403, "MissingAuthenticationToken", "Missing Authentication Token")
    match = AUTHORIZATION.match(header)
    if not match:
        raise Refusal(400, "IncompleteSignature", f"Authorization header is not in the form of AWS4-HMAC-SHA256: '{header}'")
    return Claim(match)


def canonical_request(request, signed_headers):
    pairs = sorted((quote(name), quote(value)) for name, value in request.query_pairs)
    headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in signed_headers)
    return "\n".join([request.method, quote(request.raw_path, safe="/"), "&".join(f"{name}={value}" for name, value in pairs), headers,
                      ";".join(signed_headers), hashlib.sha256(request.body).hexdigest()])


def quote(text, safe=""):
    return urllib.parse.quote(text, safe=safe + "-_.~")


def string_to_sign(request, claim):
    digest = hashlib.sha256(canonical_request(request, claim.signed_headers).encode()).hexdigest()
    return "\n".join(["AWS4-HMAC-SHA256", request.headers.get("x-amz-date", ""),
                      f"{claim.day}/{claim.region}/{claim.service}/aws4_request", digest])


def signature(secret, request, claim):
    key = ("AWS4" + secret).encode()
    for part in (claim.day, claim.region, claim.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, string_to_sign(request, claim).encode(), "sha256").hex()


def verify(request, claim, key, now):
    """`key`: {"secret", "session_token" if it has one}."""
    date = request.headers.get("x-amz-date", "")
    try:
        sent = datetime.datetime.strptime(date, STAMP).replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        raise Refusal(400, "IncompleteSignature", "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
                      "header.") from None
    if sent < now - FRESH:
        raise Refusal(403, "SignatureDoesNotMatch", f"Signature expired: {date} is now earlier than "
                      f"{(now - FRESH).strftime(STAMP)} ({now.strftime(STAMP)} - 15 min.)")
    if sent > now + FRESH:
        raise Refusal(403, "SignatureDoesNotMatch", f"Signature not yet current: {date} is still later than "
                      f"{(now + FRESH).strftime(STAMP)} ({now.strftime(STAMP)} + 15 min.)")
    if request.headers.get("x-amz-security-token") != key.get("session_token"):
        raise Refusal(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
    must_be_signed = {"host"} | {name for name in request.headers if name.startswith("x-amz-")}
    if must_be_signed - set(claim.signed_headers) or claim.signed_headers != sorted(claim.signed_headers):
        raise Refusal(400, "IncompleteSignature", "SignedHeaders must be sorted, and must hold 'host' and each 'x-amz-*' header.")
    if date[:8] != claim.day or not hmac.compare_digest(signature(key["secret"], request, claim), claim.signature):
        raise Refusal(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. "
                      "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
