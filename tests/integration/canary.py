#!/usr/bin/env python3
"""canary.py BERTH PLUGINS: berth leaks no secret.

Passes unique secrets to berth (password, tokens, a helper's credentials, a proxy's password, a secret setting), lets it succeed,
fail and crash at full verbosity against a registry that echoes every request, and searches for them in standard output and error,
the arguments of every process that ran meanwhile, remaining files, and core dumps.
First it plants a leak in each of these places, to verify that it would be found.
"""
import base64
import hashlib
import http.server
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

BERTH, PLUGINS = sys.argv[1], sys.argv[2]
CANARIES = {name: f"canary-{name}-7Q4x" for name in ("password", "other", "token", "identity", "helper", "proxy", "setting", "signature", "cookie")}


def pair(user, password):
    return base64.b64encode(f"{user}:{password}".encode()).decode()


SECRETS = list(CANARIES.values()) + [pair("alice", CANARIES[name]) for name in ("password", "other", "helper")]
SECRETS += [pair("proxy-user", CANARIES["proxy"]), pair("<token>", CANARIES["identity"])]
TMP = pathlib.Path(tempfile.mkdtemp(prefix="berth-canary-"))
GIVEN = TMP / "given"  # contain the secrets themselves; not searched
HOME = TMP / "home"


class Registry(http.server.BaseHTTPRequestHandler):
    """A registry and its token service; the first component of the repository selects the fault."""
    protocol_version = "HTTP/1.1"
    manifests = {}
    waiting = threading.Event()
    released = threading.Event()

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name == "Content-Length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", f"session={CANARIES['cookie']}")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def repeat(self, status):
        """Everything that was received, in several spellings, and decoded."""
        sent = self.headers.get("Authorization", "") + self.headers.get("Proxy-Authorization", "")
        clear = base64.b64decode(sent[6:]).decode() if sent.startswith("Basic ") else ""
        message = (f"refused Authorization: {sent}\nCookie: session={CANARIES['cookie']}\n{sent} password={clear.partition(':')[2]} "
                 f"at https://u:{CANARIES['signature']}@h.example/?sig={CANARIES['signature']} {clear.partition(':')[2]} {sent[7:]}")
        body = json.dumps({"errors": [{"code": "DENIED", "message": message}]}) if "json" in self.path else "<html>" + message + json.dumps({"token": sent[7:]})
        self.answer(status, body.encode(), [("Content-Type", "application/json" if "json" in self.path else "text/html")])

    def base(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def token(self):
        auth = self.headers.get("Authorization", "")
        good = auth in ("Basic " + pair("alice", CANARIES["password"]), "Basic " + pair("alice", CANARIES["helper"]))
        if self.command == "POST":
            good = CANARIES["identity"] in self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if not good:
            return self.repeat(401)
        return self.answer(200, json.dumps({"token": CANARIES["token"], "refresh_token": CANARIES["identity"]}).encode())

    def handle_all(self):
        path = self.path.split("?")[0]
        if path == "/token" or path == "/token-json":
            return self.token()
        if self.headers.get("Authorization") != "Bearer " + CANARIES["token"]:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            return self.answer(401, b"", [("WWW-Authenticate", f'Bearer realm="{self.base()}/token",service="canary"')])
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))) if "Content-Length" in self.headers else b""
        fault = path.split("/")[2] if path.count("/") > 2 else ""
        if fault.startswith("repeat"):
            return self.repeat(int(fault.split("-")[1]))
        if fault == "hang":
            Registry.waiting.set()
            Registry.released.wait(20)
            return self.answer(500)
        if self.command == "GET" and "/manifests/" not in path:
            return self.answer(200, b"{}", [("Content-Type", "application/json")])
        if self.command == "POST":
            location = f"{self.base()}{path}1?X-Amz-Signature={CANARIES['signature']}&_state={CANARIES['signature']}"
            if fault == "location":
                location = f"http://u:{CANARIES['signature']}@127.0.0.1:1/?sig={CANARIES['signature']}"
            return self.answer(202, b"", [("Location", location)])
        if self.command in ("PUT", "PATCH") and "/manifests/" in path:
            digest = "sha256:" + hashlib.sha256(body).hexdigest()
            Registry.manifests[path] = digest
            return self.answer(201, b"", [("Docker-Content-Digest", digest)])
        if self.command == "PUT":
            return self.answer(201)
        if path in Registry.manifests:
            return self.answer(200, b"", [("Docker-Content-Digest", Registry.manifests[path]), ("Content-Length", "2")])
        if fault == "redirect" and "hop" not in self.path:
            return self.answer(307, b"", [("Location", f"{self.base()}{path}?hop=1&X-Goog-Signature={CANARIES['signature']}")])
        return self.answer(404)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_all

    def do_CONNECT(self):
        self.repeat(407)

    def log_message(self, *_):
        pass


class Proxy(Registry):
    """Refuses, and echoes the request."""

    def handle_all(self):
        self.repeat(407)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_CONNECT = handle_all


class Watcher(threading.Thread):
    """Records the arguments of every process that appears."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen, self.over = set(), False

    def run(self):
        while not self.over:
            for process in pathlib.Path("/proc").glob("[0-9]*"):
                try:
                    self.seen.add((process / "cmdline").read_bytes())
                except OSError:
                    pass
            time.sleep(0.005)


def serve(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def environment(more=None):
    return {"HOME": str(HOME), "PATH": f"{GIVEN}/bin:{os.environ['PATH']}", "DOCKER_CONFIG": str(GIVEN / "docker"), "TMPDIR": str(HOME),
            "XDG_RUNTIME_DIR": str(HOME), "XDG_STATE_HOME": "/dev/null", "BERTH_REGISTRIES_CONF": "/dev/null", "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", ""), **(more or {})}


def start(argv, more=None):
    def cores():
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return subprocess.Popen(argv, env=environment(more), cwd=HOME, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            preexec_fn=cores)


def leaks(out, seen):
    """Returns where a secret was leaked."""
    found = []
    places = [("output", out)] + [("arguments " + repr(one[:60]), one) for one in seen]
    for path in TMP.rglob("*"):
        if path.is_file() and GIVEN not in path.parents:
            places.append((str(path), path.read_bytes()))
            if path.name.startswith("core"):
                found.append(f"{path} is a core")
    for place, data in places:
        found += [f"{secret} in {place}: {data[max(0, data.find(secret.encode()) - 200):][:400]!r}" for secret in SECRETS if secret.encode() in data]
    return found


def plant():
    """Verifies that a leak is found in each place."""
    secret = CANARIES["password"]
    for place, command in (("standard output", "echo $S"), ("standard error", "echo $S >&2"), ("a file", "echo $S > left"),
                           ("arguments", "sh -c 'sleep 0.3; :' $S"), ("a core", "kill -SEGV $$")):
        watcher = Watcher()
        watcher.start()
        process = start(["sh", "-c", command], {"S": secret})
        out = b"".join(process.communicate())
        watcher.over = True
        watcher.join()
        missed = not leaks(out, watcher.seen)
        if missed and (place != "a core" or pathlib.Path("/proc/sys/kernel/core_pattern").read_text().strip() == "core"):
            sys.exit(f"a leak into {place} was not seen")
        for left in list(HOME.glob("left")) + list(HOME.glob("core*")):
            left.unlink()


def prepare(port):
    (GIVEN / "bin").mkdir(parents=True)
    HOME.mkdir()
    image = HOME / "img"
    (image / "blobs/sha256").mkdir(parents=True)

    def blob(data):
        digest = hashlib.sha256(data).hexdigest()
        (image / "blobs/sha256" / digest).write_bytes(data)
        return {"digest": "sha256:" + digest, "size": len(data)}
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", **blob(b'{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}')}
    layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar", **blob(b"layer")}
    manifest = {"mediaType": "application/vnd.oci.image.manifest.v1+json", **blob(json.dumps({"schemaVersion": 2, "config": config, "layers": [layer]}).encode())}
    (image / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (image / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [{**manifest, "annotations": {"org.opencontainers.image.ref.name": "1"}}]}))
    helpers = {"keeps": f'[ $1 != get ] || echo \'{{"Username":"alice","Secret":"{CANARIES["helper"]}"}}\'; cat >/dev/null',
               "refuses": "cat; exit 3", "babbles": f"cat >/dev/null; echo '{CANARIES['helper']}'",
               "fails": f"cat >/dev/null; echo 'no keychain, password={CANARIES['helper']}'; exit 1"}
    for name, body in helpers.items():
        file = GIVEN / "bin" / ("docker-credential-" + name)
        file.write_text("#!/bin/sh\n" + body + "\n")
        file.chmod(0o755)
    (GIVEN / "setting").write_text(CANARIES["setting"])
    host = f"127.0.0.1:{port}"
    auths = {"right": {"auths": {host: {"auth": pair("alice", CANARIES["password"])}}}, "wrong": {"auths": {host: {"auth": pair("alice", CANARIES["other"])}}},
             "identity": {"auths": {host: {"identitytoken": CANARIES["identity"]}}}, "registry-token": {"auths": {host: {"registrytoken": CANARIES["token"]}}},
             "damaged": {"auths": {host: {"auth": CANARIES["password"]}}}, **{name: {"credsStore": name} for name in helpers}}
    for name, document in auths.items():
        (GIVEN / name).mkdir()
        (GIVEN / name / "config.json").write_text(json.dumps(document))
    (GIVEN / "torn").mkdir()
    (GIVEN / "torn/config.json").write_text(json.dumps(auths["right"])[:-4])
    return host, list(auths) + ["torn"]


def commands(host, proxy, auths):
    """(arguments, environment, standard input)"""
    push = ["push", "oci:img:1"]
    for name in auths:
        yield [*push, f"{host}/ok/{name}:1"], {"DOCKER_CONFIG": str(GIVEN / name)}, ""
        yield ["check", "oci:img:1", f"{host}/ok/{name}:1"], {"DOCKER_CONFIG": str(GIVEN / name)}, ""
    right = {"DOCKER_CONFIG": str(GIVEN / "right")}
    for fault in ("repeat-400", "repeat-401", "repeat-403", "repeat-404", "repeat-400-json", "repeat-403-json", "location", "redirect"):
        yield [*push, f"{host}/{fault}/a:1"], right, ""
    given = ["--username", "alice", "--password-stdin"]
    yield [*push, f"{host}/ok/stdin:1", *given], {}, CANARIES["password"] + "\n"
    yield [*push, f"{host}/ok/stdin:1", *given], {}, CANARIES["other"] + "\n"
    yield [*push, f"{host}/ok/environment:1"], {"BERTH_USERNAME": "alice", "BERTH_PASSWORD": CANARIES["password"]}, ""
    for name in ("keeps", "refuses", "fails", "login"):
        there = {"DOCKER_CONFIG": str(GIVEN / name)}
        yield ["login", host, *given], there, CANARIES["password"] + "\n"
        yield ["login", host, *given], there, CANARIES["other"] + "\n"
        yield ["logout", host], there, ""
    through = {"http_proxy": f"http://proxy-user:{CANARIES['proxy']}@127.0.0.1:{proxy}", "HTTP_PROXY": f"http://proxy-user:{CANARIES['proxy']}@127.0.0.1:{proxy}",
               "https_proxy": f"http://proxy-user:{CANARIES['proxy']}@127.0.0.1:{proxy}"}
    yield [*push, "--plain-http", "registry.canary.example/a/b:1"], through, ""
    yield [*push, "registry.canary.example/a/b:1"], through, ""
    yield [*push, "--plain-http", "registry.canary.example/a/b:1"], {"http_proxy": f"http://proxy-user:{CANARIES['proxy']}@127.0.0.1:1"}, ""
    hostile = [*push, f"{host}/ok/a:1", "--flavor-path", PLUGINS, "--flavor", "hostile", "--set", f"pin=@{GIVEN / 'setting'}"]
    for what in ("segfault", "abort", "throw", "exit"):
        for where in ("create", "prepare"):
            yield [*hostile, "--set", "what=" + what, "--set", "where=" + where], right, ""
    register = ["registry", "register", "prod", "--flavor", "hostile", "--uri", host, "--flavor-path", PLUGINS]
    yield [*register, "--set", f"pin=@{GIVEN / 'setting'}"], right, ""
    yield ["registry", "register", "prod", "--flavor", "default", "--uri", host], right, ""
    environment_too = {**right, "BERTH_USERNAME": "alice", "BERTH_PASSWORD": CANARIES["password"], **through}
    for line in ("registry list", "registry describe prod", "registry get", "registry use prod", "registry update prod --set username=alice",
                 "registry copy prod other", "registry rename other third", "registry delete third", "flavor list --all", "flavor describe default",
                 "flavor why default", "version", "check prod/a:1", "push oci:img:1 prod/ok/a:1", "push oci:nope prod/ok/a:1", "no-such-command"):
        yield line.split(), environment_too, ""
    for name in ("right", "wrong", "keeps"):
        yield ["doctor", f"{host}/ok/a:1"], {"DOCKER_CONFIG": str(GIVEN / name)}, ""


def crash(host, number):
    """Kills berth while it waits for a response, with all secrets in its memory."""
    Registry.waiting.clear()
    process = start([BERTH, "-vv", "push", "oci:img:1", f"{host}/hang/a:1"], {"DOCKER_CONFIG": str(GIVEN / "right")})
    if not Registry.waiting.wait(30):
        sys.exit("berth asked nothing")
    process.send_signal(number)
    out = b"".join(process.communicate())
    if process.returncode == 0:
        sys.exit("berth survived its crash")
    return out


def main():
    port, proxy = serve(Registry), serve(Proxy)
    host, auths = prepare(port)
    plant()
    problems, outs = [], []
    watcher = Watcher()
    watcher.start()
    statuses = {}
    for arguments, more, given in commands(host, proxy, auths):
        for form in ("text", "json"):
            process = start([BERTH, "-vv", "--output", form, *arguments], more)
            out = b"".join(process.communicate(given.encode()))
            statuses[process.returncode] = statuses.get(process.returncode, 0) + 1
            problems += [f"{' '.join(arguments)}: {leak}" for leak in leaks(out, ())]
    for number in (signal.SIGSEGV, signal.SIGABRT):
        problems += [f"crash: {leak}" for leak in leaks(crash(host, number), ())]
    Registry.released.set()
    watcher.over = True
    watcher.join()
    problems += leaks(b"", watcher.seen)
    if not any(b"berth-flavor-worker" in one for one in watcher.seen) or not any(b"docker-credential-keeps" in one for one in watcher.seen):
        problems.append("the watcher saw no worker, or no helper")
    if statuses.get(0, 0) < 10 or statuses.get(4, 0) < 10 or len(statuses) < 6:
        problems.append(f"the commands did not end as they should: {statuses}")
    shutil.rmtree(TMP)
    print("\n".join(dict.fromkeys(problems)) or f"no secret came out of {sum(statuses.values())} commands: {statuses}")
    return 1 if problems else 0


sys.exit(main())
