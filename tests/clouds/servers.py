"""Servers for the tests: a real docker-registry, a fake cloud under its real names, a proxy to it."""
import contextlib
import http.client
import json
import pathlib
import socket
import ssl
import subprocess
import tempfile
import threading
import time

CLOUDS = pathlib.Path(__file__).resolve().parent
REGISTRY_CONFIG = """version: 0.1
log: { accesslog: { disabled: true }, level: error }
storage: { filesystem: { rootdirectory: DIRECTORY }, delete: { enabled: true } }
http: { addr: "127.0.0.1:PORT" }
"""


@contextlib.contextmanager
def program(*command):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def free_port():
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        return reserved.getsockname()[1]


def is_up(process, port):
    """False if it exited, for example because the port was taken."""
    while process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return process.poll() is None
        time.sleep(0.05)
    return False


@contextlib.contextmanager
def real_registry():
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as started:
        for _ in range(5):
            port = free_port()
            config = pathlib.Path(directory) / "config.yml"
            config.write_text(REGISTRY_CONFIG.replace("DIRECTORY", directory).replace("PORT", str(port)))
            if is_up(started.enter_context(program("docker-registry", "serve", config)), port):
                break
        yield f"127.0.0.1:{port}"


def certificate(directory, hosts):
    """A key and a self-signed certificate for all these hosts."""
    names = ",".join(f"DNS:{host}" for host in hosts)
    key, cert = directory / "key.pem", directory / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                    "/CN=fake cloud", "-addext", f"subjectAltName={names}", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    return cert, key


def relay(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class Proxy:
    """Accepts CONNECT for any host, records it, and forwards to one port of this machine."""

    def __init__(self, port):
        self.port, self.hosts = port, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self.serve, args=(self.listener.accept()[0],), daemon=True).start()

    def serve(self, client):
        with client, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                if not (data := client.recv(4096)):
                    return
                head += data
            self.hosts.append(head.split()[1].decode().partition(":")[0])
            with socket.create_connection(("127.0.0.1", self.port)) as target:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                threading.Thread(target=relay, args=(target, client), daemon=True).start()
                relay(client, target)


class Cloud:
    """A fake cloud under its real names, with a real registry behind it."""

    def __init__(self, directory, port, ca):
        self.directory, self.ca, self.port, self.proxy = directory, ca, port, Proxy(port)

    def ask(self, method, path, body=""):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=ssl._create_unverified_context())
        connection.request(method, path, body)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}")
        return text

    def set(self, **state):
        """Resets the state, then applies these changes."""
        self.ask("POST", "/_fake/reset")
        self.ask("PATCH", "/_fake/state", json.dumps(state))

    def log(self):
        """The requests since the last reset, in order."""
        return json.loads(self.ask("GET", "/_fake/log"))

    def operations(self):
        """The operations of these requests."""
        return [entry["operation"].rpartition(".")[2] for entry in self.log()]


@contextlib.contextmanager
def cloud(provider, hosts):
    with tempfile.TemporaryDirectory() as name, real_registry() as registry:
        directory = pathlib.Path(name)
        cert, key = certificate(directory, hosts)
        with program("/usr/bin/python3", CLOUDS / "fakes" / f"{provider}.py", "--registry", registry, "--tls", cert, key) as fake:
            yield Cloud(directory, int(fake.stdout.readline()), cert)
