"""The npm packages that do more than Debian's: npm/clients.mjs drives them, this forwards their requests to the fakes.

BERTH_CLOUDS_NPM is the directory with node_modules (npm install in a copy of npm/); without it these vectors are unchanged.
"""
import http.server
import json
import os
import subprocess
import threading

from aws import Aws
from azure import Azure
from gcp import Gcp
from recorder import CLOUDS, Recorder


class Relay(http.server.BaseHTTPRequestHandler):
    """Receives the requests to the real host, whose scheme is in x-recorder-scheme."""

    protocol_version = "HTTP/1.1"
    recorders, current = {}, None

    def handle_any(self):
        body = self.read_body()
        if self.path.startswith("/_case/"):
            return self.case(self.path.removeprefix("/_case/"), json.loads(body or b"{}"))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in (
            "x-recorder-scheme", "host", "content-length", "transfer-encoding")}
        url = f"{self.headers['x-recorder-scheme']}://{self.headers['host'].removesuffix(':443')}{self.path}"
        return self.answer(*Relay.current.send(self.command, url, headers, body))

    def read_body(self):
        if "chunked" not in self.headers.get("transfer-encoding", ""):
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def case(self, what, sent):
        if what == "begin":
            Relay.current = Relay.recorders[sent["provider"]]
            Relay.current.begin(sent.get("state"))
        else:
            Relay.current.finish(**sent)
        self.answer(200, {}, b"{}")

    def answer(self, status, headers, body):
        self.send_response_only(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def log_message(self, *_):
        pass


def record(directory):
    packages = os.environ.get("BERTH_CLOUDS_NPM")
    if not packages:
        return
    Relay.recorders = {"aws": Recorder("aws", Aws, directory), "gcp": Recorder("gcp", Gcp, directory),
                       "azure": Recorder("azure", Azure, directory, left_out="entra.Discovery")}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "AZURE_", "GOOGLE_", "GCE_", "CLOUDSDK_"))}
    for group in ("aws", "gcp", "azure", "app_service"):
        subprocess.run(["node", CLOUDS / "record" / "npm" / "clients.mjs", packages, str(server.server_address[1]), CLOUDS / "keys" /
                        "throw_away_rsa.json", group], check=True, env={**kept, "NODE_NO_WARNINGS": "1"})
