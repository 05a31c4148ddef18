"""RS256 (RSASSA-PKCS1-v1_5 with SHA-256, RFC 8017 part 8.2.2) of a JWT (RFC 7515), verified with plain integers; and JWTs of the fakes."""
import base64
import binascii
import hashlib
import hmac
import json
import pathlib

DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
KEY_FILE = pathlib.Path(__file__).resolve().parent.parent / "keys" / "throw_away_rsa.json"


class PublicKey:
    def __init__(self, modulus, exponent):
        self.modulus, self.exponent = modulus, exponent
        self.size = (modulus.bit_length() + 7) // 8

    def verifies(self, text, signature):
        info = DIGEST_INFO + hashlib.sha256(text).digest()
        expected = b"\x00\x01" + b"\xff" * (self.size - len(info) - 3) + b"\x00" + info
        number = int.from_bytes(signature, "big")
        if len(signature) != self.size or number >= self.modulus:
            return False
        return pow(number, self.exponent, self.modulus) == int.from_bytes(expected, "big")


def throw_away_key():
    """(key id, public half) of ../keys/throw_away_rsa.json"""
    key = json.loads(KEY_FILE.read_text())
    return key["key_id"], PublicKey(int("".join(key["modulus_hex"]), 16), key["exponent"])


def unbase64url(text):
    """RFC 7515 omits padding; services accept it, and google-auth 1.5 sends it."""
    text = text.rstrip("=")
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def parse_jwt(text):
    """Returns (header, claims, signed bytes, signature), None if it is not a JWT."""
    parts = text.split(".")
    try:
        header, claims, signature = json.loads(unbase64url(parts[0])), json.loads(unbase64url(parts[1])), unbase64url(parts[2])
    except (ValueError, IndexError, binascii.Error):
        return None
    # The last character of a signature may have unused bits: another spelling of it is another token.
    if len(parts) != 3 or base64url(signature) != parts[2].rstrip("="):
        return None
    return header, claims, f"{parts[0]}.{parts[1]}".encode(), signature


def make_jwt(claims):
    """A token that only its issuer verifies. HS256, so that its bytes are constant."""
    text = ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in ({"typ": "JWT", "alg": "HS256"}, claims))
    return text + "." + base64url(hmac.digest(b"known to the fake alone", text.encode(), "sha256"))


def own_claims(token):
    """Returns the claims of a token of this fake, None if it is invalid."""
    parsed = parse_jwt(token)
    if not parsed or not hmac.compare_digest(hmac.digest(b"known to the fake alone", parsed[2], "sha256"), parsed[3]):
        return None
    return parsed[1]
