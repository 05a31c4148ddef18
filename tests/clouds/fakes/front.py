"""A reverse proxy for a real registry: forwards the requests that the fake allows, and returns the responses.

Bodies are streamed in both directions.
"""
import http.client
import ssl
import re

from fake import Refusal

PIECE = 1 << 16
NOT_HANDED_ON = {"connection", "transfer-encoding", "keep-alive", "authorization", "proxy-connection"}
PATH = re.compile(r"/v2/(?P<name>.+?)/(?P<kind>manifests|blobs|tags|referrers)(?:/(?P<rest>.*))?$")
MANIFESTS = ", ".join(f"application/vnd.{name}+json" for name in (
    "oci.image.manifest.v1", "oci.image.index.v1", "docker.distribution.manifest.v2", "docker.distribution.manifest.list.v2"))


class Action:
    """The target of a registry request: name "" for `GET /v2/`."""

    def __init__(self, request):
        match = PATH.match(request.path)
        self.name, self.kind, self.rest = (match["name"], match["kind"], match["rest"] or "") if match else ("", "", "")
        self.push = request.method in ("POST", "PUT", "PATCH", "DELETE")
        self.upload = self.kind == "blobs" and self.rest.startswith("uploads")
        self.put_tag = self.rest if self.kind == "manifests" and request.method == "PUT" and ":" not in self.rest else None


class FrontAnswer:
    """`upload`: the session of a PATCH."""

    def __init__(self, response, request):
        self.status, self.headers = response.status, {name.lower(): value for name, value in response.getheaders()}
        self.upload = request.path.rsplit("/", 1)[-1] if request.method == "PATCH" and response.status == 202 else None


class Front:
    def __init__(self, address):
        self.address = address

    def digest_of(self, name, tag):
        """The digest of a tag in the registry behind, or None."""
        connection = http.client.HTTPConnection(self.address, timeout=30)
        connection.request("HEAD", f"/v2/{name}/manifests/{tag}", headers={"Accept": MANIFESTS})
        response = connection.getresponse()
        digest = response.getheader("docker-content-digest") if response.status == 200 else None
        connection.close()
        return digest

    def serve(self, handler, fake, request):
        """Responds through `handler`; logs the request first."""
        action = Action(request)
        with fake.lock:
            fault = fake.fault("Registry", request.method)
            try:
                if fault:
                    raise Refusal(fault["status"], fault["error"], fault.get("message", ""), registry=True,
                                  headers=fault.get("headers", {}))
                edit = fake.admit(request, action)
            except Refusal as refusal:
                edit = fake.refuse(request, refusal)
                edit.headers.update(refusal.more.get("headers", {}))
        if edit is not None and not callable(edit):
            self.skip_body(handler)
            fake.note(request, "Registry", edit.status)
            return handler.send(edit)
        return self.hand_on(handler, fake, request, edit)

    @staticmethod
    def skip_body(handler):
        """The body of a refused upload is not read: the connection is closed."""
        if handler.headers.get("Transfer-Encoding") or int(handler.headers.get("Content-Length") or 0) > 0:
            handler.close_connection = True

    def hand_on(self, handler, fake, request, edit):
        connection = http.client.HTTPConnection(self.address, timeout=120)
        connection.putrequest(request.method, request.target if request.target.startswith("/") else request.raw_path + (
            "?" + request.raw_query if request.raw_query else ""), skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            if name not in NOT_HANDED_ON:
                connection.putheader(name, value)
        # The registry builds its locations from it.
        connection.putheader("x-forwarded-proto", "https" if isinstance(handler.connection, ssl.SSLSocket) else "http")
        chunked = "chunked" in request.headers.get("transfer-encoding", "").lower()
        if chunked:
            connection.putheader("transfer-encoding", "chunked")
        connection.endheaders()
        for piece in chunks(handler.rfile) if chunked else pieces(handler.rfile, int(request.headers.get("content-length") or 0)):
            connection.send(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            connection.send(b"0\r\n\r\n")
        return self.hand_back(handler, fake, request, connection.getresponse(), edit)

    @staticmethod
    def hand_back(handler, fake, request, response, edit):
        answer = FrontAnswer(response, request)
        if edit:
            edit(answer)
        fake.note(request, "Registry", answer.status)
        handler.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name not in NOT_HANDED_ON:
                handler.send_header(name, value)
        if "content-length" not in answer.headers and request.method != "HEAD":
            handler.close_connection = True
            handler.send_header("connection", "close")
        handler.end_headers()
        while piece := response.read(PIECE):
            handler.wfile.write(piece)


def pieces(stream, length):
    while length > 0 and (piece := stream.read(min(PIECE, length))):
        length -= len(piece)
        yield piece


def chunks(stream):
    while size := int(stream.readline().split(b";")[0], 16):
        yield stream.read(size)
        stream.readline()
    while stream.readline().strip():
        pass
