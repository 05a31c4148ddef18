"""A proxy between an independent client and a fake that records requests and responses as a vector."""
import http.client
import json
import pathlib
import re
import sys
import threading
import urllib.parse

CLOUDS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CLOUDS / "fakes"))
import fake  # noqa: E402  pylint: disable=wrong-import-position
import rs256  # noqa: E402  pylint: disable=wrong-import-position
import sigv4  # noqa: E402  pylint: disable=wrong-import-position

DOCUMENTED = "documented contract"
CLOCK = "2026-01-15T12:00:00Z"
# Headers that are not part of the protocol: the client's name, its connection, its retry counter.
NOISE = {"user-agent", "accept-encoding", "connection", "content-length", "host", "amz-sdk-invocation-id", "amz-sdk-request",
         "x-goog-api-client", "x-client-sku", "x-client-ver", "x-client-os", "x-client-cpu", "x-ms-lib-capability",
         "client-request-id", "x-client-current-telemetry", "x-client-last-telemetry", "x-ms-client-request-id",
         "accept-language"}
ANSWER_NOISE = {"content-length"}


class Recorder:
    """A provider's fake, and the vectors recorded with it. `left_out`: an operation that is not recorded."""

    def __init__(self, provider, fake_class, directory, left_out=""):
        self.provider, self.directory = provider, pathlib.Path(directory) / provider
        self.fake, self.left_out = fake_class(), left_out
        self.server = fake.listen(self.fake)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.exchanges, self.state = [], {}

    def case(self, name, description, reference, act, state=None, **more):
        """Runs `act` against the fake with `state`, and writes the exchanges as the vector `name`."""
        self.begin(state)
        act()
        self.finish(name, description, reference, **more)

    def begin(self, state):
        self.state = {"clock": CLOCK, **(state or {})}
        self.fake.state = fake.merge(self.fake.first_state, self.state)
        self.exchanges = []

    def finish(self, name, description, reference, keys=None, from_knowledge=None, signed=()):
        """signed: fields of a form that contain a JWT, which the vector also has decoded; "authorization" is the header.
        from_knowledge: undocumented parts of the response, on which plugins must not rely.
        """
        if not self.exchanges:
            raise SystemExit(f"{self.provider}/{name}: nothing was sent")
        vector = {"case": f"{self.provider}/{name}", "description": description, "reference": reference, "clock": CLOCK}
        if keys:
            vector["throw_away_keys"] = keys
        if signed:
            vector["jwt"] = {name: decoded(self.field(name)) for name in signed}
        if from_knowledge:
            vector["from_knowledge"] = from_knowledge
        vector.update({"state": self.state, "exchanges": self.exchanges})
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / f"{name}.json").write_text(readable(vector))

    def field(self, name):
        if name == "authorization":
            return self.exchanges[-1]["request"]["headers"][name].partition(" ")[2]
        return next(value for exchange in self.exchanges for key, value in exchange["request"].get("form", []) if key == name)

    def send(self, method, url, headers, body=b""):
        """Called by a client's transport: returns (status, headers, body) of the fake's response."""
        parts = urllib.parse.urlsplit(url)
        query = without_noise(parts.query)
        target = (parts.path or "/") + (f"?{query}" if query else "")
        body = body.encode() if isinstance(body, str) else bytes(body or b"")
        sent = {name.lower(): text(value) for name, value in headers.items()}
        if sent.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            body = without_noise(body.decode()).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_address[1], timeout=60)
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in {**sent, "host": parts.netloc, "content-length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        received = {name.lower(): value for name, value in response.getheaders()}
        answer = response.read()
        connection.close()
        self.keep(method, parts, target, sent, body, response.status, received, answer)
        return response.status, received, answer

    def keep(self, method, parts, target, sent, body, status, received, answer):
        request = fake.Request(method, target, [*sent.items(), ("host", parts.netloc)], body)
        operation = self.fake.route(request)[0]
        if operation == self.left_out:
            return
        exchange = {
            "operation": operation,
            "request": {"method": method, "scheme": parts.scheme, "host": parts.netloc, "path": request.raw_path,
                        "query": [list(pair) for pair in request.query_pairs],
                        "headers": {name: value for name, value in sorted(sent.items()) if name not in NOISE},
                        "body": request.text}}
        shape = shape_of(sent.get("content-type", ""), request)
        if shape:
            exchange["request"].update(shape)
        if sent.get("authorization", "").startswith("AWS4-HMAC-SHA256"):
            claim = sigv4.claim_of(request)
            exchange["signature"] = {"key_id": claim.key_id, "region": claim.region, "service": claim.service,
                                     "signed_headers": claim.signed_headers,
                                     "canonical_request": sigv4.canonical_request(request, claim.signed_headers).split("\n"),
                                     "string_to_sign": sigv4.string_to_sign(request, claim).split("\n"),
                                     "signature": claim.signature}
        exchange["answer"] = {"status": status,
                              "headers": {name: value for name, value in sorted(received.items()) if name not in ANSWER_NOISE},
                              "body": answer.decode()}
        claims = claims_of(answer)
        if claims:
            exchange["answer"]["claims"] = claims
        self.exchanges.append(exchange)


def decoded(token):
    header, claims = rs256.parse_jwt(token)[:2]
    return {"header": header, "claims": claims}


def claims_of(answer):
    """The claims of each token in a JSON response."""
    try:
        fields = json.loads(answer).items()
    except (ValueError, AttributeError):
        return {}
    parsed = {name: rs256.parse_jwt(value) for name, value in fields if isinstance(value, str)}
    return {name: token[1] for name, token in parsed.items() if token}


def readable(document):
    """JSON with a pair of strings on one line."""
    string = r'"(?:[^"\\]|\\.)*"'
    return re.sub(rf"\[\n\s+({string}),\n\s+({string})\n\s+\]", r"[\1, \2]", json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def without_noise(form):
    return "&".join(field for field in form.split("&") if field.partition("=")[0].lower() not in NOISE)


def shape_of(content_type, request):
    """The decoded body: `form` in the order sent, or `json`."""
    if content_type.startswith("application/x-www-form-urlencoded"):
        return {"form": [list(pair) for pair in urllib.parse.parse_qsl(request.text, keep_blank_values=True)]}
    if "json" in content_type and request.body:
        return {"json": request.json}
    return {}


def expect_status(status, answer):
    assert answer[0] == status, answer


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)
