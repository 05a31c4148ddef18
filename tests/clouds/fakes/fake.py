"""Shared by all fake clouds: a small HTTP server on loopback, a scriptable state, faults on demand, a clock that can be
fixed, and one JSON line for each request.

A fake understands a request by its path and headers, not by the host it was sent to: it serves under its loopback address, under
the real host's name (a `Host` header), and as a plain http proxy (`GET http://host/path`). See ../README.md for how to run one.
"""
import argparse
import copy
import datetime
import email.utils
import http.server
import json
import pathlib
import select
import ssl
import sys
import threading
import traceback
import urllib.parse

MOST_BODY = 16 << 20
MOST_SILENCE_S = 600


class Refusal(Exception):
    """An error by its documented name; the provider's `refuse` formats it."""

    def __init__(self, status, code, message, **more):
        super().__init__(code)
        self.status, self.code, self.message, self.more = status, code, message, more


class Answer:
    def __init__(self, status, body=b"", headers=None):
        self.status, self.headers = status, dict(headers or {})
        self.body = body.encode() if isinstance(body, str) else body


LOST = Answer("lost")


def json_answer(status, document, content_type="application/json", **headers):
    return Answer(status, json.dumps(document), {"content-type": content_type, **headers})


class Request:
    """A received request. Names of headers are lower-case; repeated ones are joined with ", "."""

    def __init__(self, method, target, headers, body=b""):
        self.method, self.target, self.body = method, target, body
        self.headers = {}
        for name, value in headers:
            name = name.lower()
            self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value
        parts = urllib.parse.urlsplit(target)
        if parts.netloc:  # absolute form: sent to a proxy
            self.headers["host"] = parts.netloc
        self.raw_path, self.raw_query = parts.path or "/", parts.query
        self.path = urllib.parse.unquote(self.raw_path)
        self.query_pairs = urllib.parse.parse_qsl(parts.query, keep_blank_values=True)
        self.query = dict(self.query_pairs)

    @property
    def host(self):
        return self.headers.get("host", "")

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def form(self):
        return dict(urllib.parse.parse_qsl(self.text, keep_blank_values=True))

    @property
    def json(self):
        """Returns the document in the body, None if it cannot be parsed."""
        try:
            return json.loads(self.body or b"{}")
        except ValueError:
            return None


def merge(target, patch):
    """A JSON merge patch (RFC 7386): objects are merged, null removes, other values replace."""
    if not isinstance(patch, dict) or not isinstance(target, dict):
        return copy.deepcopy(patch)
    merged = copy.deepcopy(target)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key, {}) if isinstance(value, dict) else None, value)
    return merged


class Fake:
    """One provider: `default_state`, `route` and `refuse` are its own. State is accessed only under `lock`."""

    default_state = {}

    def __init__(self, state=None, front=None):
        self.first_state = merge({"clock": "now", "clock_skew_s": 0, "faults": []}, merge(self.default_state, state or {}))
        self.state, self.front = copy.deepcopy(self.first_state), front
        self.lock, self.log, self.log_file, self.tls = threading.RLock(), [], None, False

    # Defined by each provider.

    def route(self, request):
        """(name of the operation, its handler); "Registry" is forwarded to the registry behind."""
        raise NotImplementedError

    def refuse(self, request, refusal):
        raise NotImplementedError

    def admit(self, request, action):
        """Called before a request is forwarded to the registry behind: raises Refusal; may return a function that edits the response."""
        raise NotImplementedError

    # Shared by all providers.

    def no_registry(self, request):
        """Handles /v2/ without a registry behind: only checks access."""
        answer = self.admit(request, None)
        return answer if isinstance(answer, Answer) else Answer(200 if request.path in ("/v2", "/v2/") else 404, "{}")

    def now(self):
        clock = self.state["clock"]
        base = datetime.datetime.now(datetime.timezone.utc) if clock == "now" else parse_time(clock)
        return base + datetime.timedelta(seconds=self.state["clock_skew_s"])

    def url(self, request, path, host=None):
        """A URL of this server for the client: plain http on loopback, else the real one."""
        host = host or request.host
        plain = host.partition(":")[0] in ("127.0.0.1", "localhost") and not self.tls
        return f"{'http' if plain else 'https'}://{host}{path}"

    def fault(self, operation, method):
        """Returns the first fault of the operation, and counts it as used."""
        for fault in self.state["faults"]:
            meant = fault["operation"] in (operation, "*") and fault.get("method", method) == method
            if meant and fault.get("times", 1) > 0:
                fault["times"] = fault.get("times", 1) - 1
                return fault
        return None

    def answer(self, request):
        """(operation, response); None: no response."""
        with self.lock:
            operation, handler = self.route(request)
            fault = self.fault(operation, request.method)
            try:
                if fault and fault.get("silent"):
                    return operation, None
                if fault and fault.get("lost"):
                    handler(request)  # it is executed
                    return operation, LOST
                if fault and "body" in fault:
                    return operation, Answer(fault["status"], fault["body"], fault.get("headers"))
                if fault:
                    raise Refusal(fault["status"], fault["error"], fault.get("message", ""), headers=fault.get("headers", {}))
                answer = handler(request)
            except Refusal as refusal:
                answer = self.refuse(request, refusal)
                answer.headers.update(refusal.more.get("headers", {}))
            except Exception:  # pylint: disable=broad-except
                traceback.print_exc()
                answer = Answer(500, "this fake is broken, see what it wrote to stderr")
            answer.headers.setdefault("date", email.utils.format_datetime(self.now(), usegmt=True))
            return operation, answer

    def admin(self, request):
        """GET /_fake/state, PATCH /_fake/state (a merge patch), POST /_fake/reset, GET /_fake/log."""
        with self.lock:
            if request.path == "/_fake/log":
                return json_answer(200, self.log)
            if request.path == "/_fake/reset":
                self.state, self.log = copy.deepcopy(self.first_state), []
            elif request.method == "PATCH":
                self.state = merge(self.state, request.json)
            return json_answer(200, self.state)

    def note(self, request, operation, status):
        line = {"operation": operation, "method": request.method, "host": request.host, "path": request.raw_path,
                "query": request.query_pairs, "headers": request.headers, "body": request.text, "status": status}
        with self.lock:
            self.log.append(line)
            if self.log_file:
                print(json.dumps(line), file=self.log_file, flush=True)


def parse_time(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)


def iso_time(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    fake = None

    def handle_any(self):
        request = Request(self.command, self.path, self.headers.items())
        if request.path.startswith("/_fake/"):
            self.read_body(request)
            return self.send(self.fake.admin(request))
        with self.fake.lock:
            operation = self.fake.route(request)[0]
        if operation == "Registry" and self.fake.front:
            return self.fake.front.serve(self, self.fake, request)
        self.read_body(request)
        operation, answer = self.fake.answer(request)
        self.fake.note(request, operation, answer.status if answer else "silence")
        if answer is LOST:
            self.close_connection = True
            return None
        return self.send(answer) if answer else self.stay_silent()

    def read_body(self, request):
        length = int(self.headers.get("Content-Length") or 0)
        if length > MOST_BODY or "Transfer-Encoding" in self.headers:
            self.close_connection = True
        else:
            request.body = self.rfile.read(length)

    def send(self, answer):
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", answer.headers.get("content-length", str(len(answer.body))))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def stay_silent(self):
        """Waits until the peer closes the connection."""
        select.select([self.connection], [], [], MOST_SILENCE_S)
        self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 64

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, ssl.SSLError)):
            super().handle_error(request, client_address)


def listen(fake, port=0):
    return Server(("127.0.0.1", port), type("BoundHandler", (Handler,), {"fake": fake}))


def main(fake_class):
    import front  # pylint: disable=import-outside-toplevel
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--port", type=int, default=0, help="default: one that is free; printed on stdout in any case")
    parser.add_argument("--state", metavar="FILE", help="JSON, merged into the default state")
    parser.add_argument("--log", metavar="FILE", help="a JSON line for each request is appended")
    parser.add_argument("--registry", metavar="HOST:PORT", help="the real registry that requests below /v2/ go on to (plain http)")
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"), help="serve https")
    options = parser.parse_args()
    state = json.loads(pathlib.Path(options.state).read_text()) if options.state else {}
    fake = fake_class(state, front.Front(options.registry) if options.registry else None)
    fake.log_file = open(options.log, "a", encoding="utf-8") if options.log else None
    server = listen(fake, options.port)
    if options.tls:
        fake.tls = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    server.serve_forever()
