#!/usr/bin/env python3
"""A token service for the tests: token_server.py DIRECTORY PORT LIFETIME

Creates a key and a certificate (DIRECTORY/token.crt, for docker-registry's rootcertbundle and for TLS), then serves GET and POST
/token with TLS according to the Docker Registry token specification: signed tokens with the actions that the user may perform.
alice may push and pull, bob may pull; the identity token "alice-identity" is alice's. Every request's line is appended to DIRECTORY/requests.
Built from the specification, in place of the services of real registries.
"""
import base64
import http.server
import json
import pathlib
import ssl
import subprocess
import sys
import time
import urllib.parse

DIRECTORY, PORT, LIFETIME = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
USERS = {"alice": ("open sesame", {"pull", "push"}), "bob": ("bob's secret", {"pull"})}
IDENTITIES = {"alice-identity": "alice"}

subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=token test", "-days", "2",
                "-addext", "subjectAltName=DNS:localhost", "-keyout",
                DIRECTORY / "token.key", "-out", DIRECTORY / "token.crt"], check=True, capture_output=True)
DER = subprocess.run(["openssl", "x509", "-in", DIRECTORY / "token.crt", "-outform", "DER"], check=True, capture_output=True).stdout


def url_base64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(claims):
    header = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(DER).decode()]}
    text = ".".join(url_base64(json.dumps(part).encode()) for part in (header, claims))
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", DIRECTORY / "token.key"], input=text.encode(), check=True,
                               capture_output=True).stdout
    return text + "." + url_base64(signature)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def basic_user(self):
        """Returns the user, None if anonymous, False if rejected."""
        header = self.headers.get("Authorization", "")
        if not header.startswith("Basic "):
            return None
        name, _, password = base64.b64decode(header[6:]).decode().partition(":")
        return name if name in USERS and USERS[name][0] == password else False

    def grant(self, user, service, scopes):
        allowed = USERS[user][1] if user else set()
        access = []
        for scope in " ".join(scopes).split():
            kind, name, actions = scope.split(":", 2)
            access.append({"type": kind, "name": name, "actions": sorted(set(actions.split(",")) & allowed)})
        now = int(time.time())
        token = sign({"iss": "test", "sub": user or "", "aud": service, "exp": now + 3600, "nbf": now - 10, "iat": now,
                      "jti": str(time.monotonic_ns()), "access": access})
        self.answer(200, {"token": token, "expires_in": LIFETIME})

    def note(self, text):
        with open(DIRECTORY / "requests", "a") as file:
            file.write(f"{self.command} {text}\n")

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        self.note(self.path)
        user = self.basic_user()
        if user is False:
            return self.answer(401, {"errors": [{"code": "UNAUTHORIZED", "message": "incorrect username or password"}]})
        self.grant(user, query.get("service", [""])[0], query.get("scope", []))

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.note(self.path + " " + form.get("grant_type", [""])[0])
        user = IDENTITIES.get(form.get("refresh_token", [""])[0])
        if user is None:
            return self.answer(401, {"errors": [{"code": "UNAUTHORIZED", "message": "unknown refresh token"}]})
        self.grant(user, form.get("service", [""])[0], form.get("scope", []))

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(DIRECTORY / "token.crt", DIRECTORY / "token.key")
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
