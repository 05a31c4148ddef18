"""A registry that reads and discards: sink.py

Implements what a push uses of the OCI distribution API (sessions, PATCH, PUT, HEAD of blobs,
manifests), and accepts every digest: clients are measured against it, not verified. The kernel
discards the bodies of blobs (MSG_TRUNC), so a sink takes next to no CPU. Prints its port, and
for each line of its input the requests and the bytes of bodies so far. Ends with its input.
"""
import hashlib
import re
import socket
import sys
import threading
import urllib.parse

MANIFEST = re.compile(r"/v2/(.+)/manifests/([^/]+)$")
BLOB = re.compile(r"/v2/(.+)/blobs/(sha256:[0-9a-f]{64})$")
UPLOAD = re.compile(r"/v2/(.+)/blobs/uploads/(\w*)$")
DISCARD = 4 << 20


class Sink:
    """The state of the registry; `lock` guards all of it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.sessions = {}   # id: bytes received
        self.blobs = {}      # (repository, digest): size
        self.manifests = {}  # (repository, tag or digest): (media type, digest, bytes)
        self.requests = 0
        self.bytes = 0

    def count(self, size):
        with self.lock:
            self.requests += 1
            self.bytes += size

    def open_session(self, repository, query):
        mounted = query.get("mount")
        if mounted and (repository, mounted) in self.blobs:
            return 201, {"Location": f"/v2/{repository}/blobs/{mounted}", "Docker-Content-Digest": mounted}, b""
        session = f"s{len(self.sessions)}"
        self.sessions[session] = 0
        return self.session_status(repository, session, 202)

    def session_status(self, repository, session, status):
        last = max(self.sessions[session] - 1, 0)
        return status, {"Location": f"/v2/{repository}/blobs/uploads/{session}",
                        "Range": f"0-{last}", "Docker-Upload-UUID": session}, b""

    def upload(self, method, repository, session, query, size):
        if method == "POST":
            return self.open_session(repository, query)
        if session not in self.sessions:
            return 404, {}, b""
        self.sessions[session] += size
        if method == "PATCH":
            return self.session_status(repository, session, 202)
        if method == "GET":
            return self.session_status(repository, session, 204)
        if method == "DELETE":
            return 204, {}, b""
        digest = query["digest"]
        self.blobs[(repository, digest)] = self.sessions[session]
        return 201, {"Location": f"/v2/{repository}/blobs/{digest}", "Docker-Content-Digest": digest}, b""

    def manifest(self, method, repository, reference, media_type, body):
        if method == "PUT":
            digest = "sha256:" + hashlib.sha256(body).hexdigest()
            for key in (reference, digest):
                self.manifests[(repository, key)] = (media_type, digest, body)
            return 201, {"Location": f"/v2/{repository}/manifests/{digest}", "Docker-Content-Digest": digest}, b""
        if (repository, reference) not in self.manifests:
            return 404, {}, b""
        media_type, digest, stored = self.manifests[(repository, reference)]
        return 200, {"Content-Type": media_type, "Docker-Content-Digest": digest}, stored

    def respond(self, method, target, media_type, size, body):
        """The status, headers and body of the response to a request whose body is read."""
        path, _, query_string = target.partition("?")
        query = dict(urllib.parse.parse_qsl(query_string))
        with self.lock:
            if match := UPLOAD.match(path):
                return self.upload(method, match[1], match[2], query, size)
            if match := BLOB.match(path):
                known = self.blobs.get((match[1], match[2]))
                return (404, {}, b"") if known is None else (200, {"Docker-Content-Digest": match[2]}, known)
            if match := MANIFEST.match(path):
                return self.manifest(method, match[1], match[2], media_type, body)
        return (200 if path in ("/v2", "/v2/") else 404), {}, b""


class Connection:
    """Reads requests from a socket; `rest` is what arrived behind the part that was parsed."""

    def __init__(self, client, sink):
        self.client, self.sink = client, sink
        self.rest = b""
        self.trash = bytearray(DISCARD)

    def more(self):
        data = self.client.recv(64 << 10)
        if not data:
            raise ConnectionError
        self.rest += data

    def refuse_tls(self):
        """Clients that try TLS first must learn soon that this is not TLS: a handshake begins with byte 22."""
        self.more()
        if self.rest[0] == 22:
            self.client.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
            raise ConnectionError

    def read_until(self, mark):
        while mark not in self.rest:
            self.more()
        head, _, self.rest = self.rest.partition(mark)
        return head

    def read(self, size, keep):
        """Reads `size` bytes of a body; returns them if `keep`."""
        kept = self.rest[:size]
        self.rest = self.rest[size:]
        missing = size - len(kept)
        parts = [kept]
        while missing > 0:
            if keep:
                data = self.client.recv(min(missing, 64 << 10))
                parts.append(data)
                got = len(data)
            else:
                got = self.client.recv_into(self.trash, min(missing, DISCARD), socket.MSG_TRUNC)
            if not got:
                raise ConnectionError
            missing -= got
        return b"".join(parts) if keep else b""

    def read_chunked(self, keep):
        size, parts = 0, []
        while length := int(self.read_until(b"\r\n").partition(b";")[0], 16):
            parts.append(self.read(length, keep))
            self.read_until(b"\r\n")
            size += length
        while self.read_until(b"\r\n"):
            pass
        return size, b"".join(parts)

    def serve_one(self):
        lines = self.read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        if headers.get("expect", "").lower() == "100-continue":
            self.client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        keep = "/manifests/" in target
        if headers.get("transfer-encoding", "").lower() == "chunked":
            size, body = self.read_chunked(keep)
        else:
            size = int(headers.get("content-length", 0))
            body = self.read(size, keep)
        self.sink.count(size)
        status, fields, content = self.sink.respond(method, target, headers.get("content-type", ""), size, body)
        self.send(method, status, fields, content)

    def send(self, method, status, fields, content):
        """`content`: the body, or the length of one that is not kept."""
        length = content if isinstance(content, int) else len(content)
        head = f"HTTP/1.1 {status} OK\r\nDocker-Distribution-Api-Version: registry/2.0\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        if status != 204:
            head += f"Content-Length: {length}\r\n"
        sent = b"" if method == "HEAD" or isinstance(content, int) else content
        self.client.sendall(head.encode() + b"\r\n" + sent)

    def serve(self):
        self.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.refuse_tls()
            while True:
                self.serve_one()
        except (OSError, ValueError):
            self.client.close()


def main():
    sink = Sink()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(256)
    print(listener.getsockname()[1], flush=True)

    def accept_all():
        while True:
            connection = Connection(listener.accept()[0], sink)
            threading.Thread(target=connection.serve, daemon=True).start()

    threading.Thread(target=accept_all, daemon=True).start()
    for _ in sys.stdin:
        print(sink.requests, sink.bytes, flush=True)


if __name__ == "__main__":
    main()
