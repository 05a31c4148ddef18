#!/usr/bin/env python3
"""Pushes through each fake to a real docker-registry, as far as the provider's rules allow; and the scripted faults."""
import base64
import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

from servers import program, real_registry

CLOUDS = pathlib.Path(__file__).resolve().parent
LAYER = os.urandom(1 << 20)
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": {
    "mediaType": "application/vnd.oci.empty.v1+json", "digest": digest_of(b"{}"), "size": 2}, "layers": [{
        "mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest_of(LAYER), "size": len(LAYER)}]}).encode()


class Client:
    """A fake with the registry behind it."""

    def __init__(self, port):
        self.port, self.credential = port, None

    def send(self, method, target, headers=None, body=b"", timeout=30):
        """(status, headers, body)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        own = {"authorization": self.credential} if self.credential else {}
        with contextlib.closing(connection):
            connection.request(method, target, body, {**own, **(headers or {})}, encode_chunked=not isinstance(body, bytes))
            response = connection.getresponse()
            return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()

    def set_state(self, **state):
        self.send("PATCH", "/_fake/state", body=json.dumps(state).encode())

    def document(self, *request, **more):
        status, _, body = self.send(*request, **more)
        assert status == 200, (status, body)
        return json.loads(body)

    def form(self, path, **fields):
        return self.document("POST", path, {"content-type": "application/x-www-form-urlencoded"}, urllib.parse.urlencode(fields).encode())

    def challenge(self):
        """Returns the challenge to an unauthenticated request: (scheme, parameters)."""
        status, headers, _ = self.send("GET", "/v2/", {"authorization": ""})
        assert status == 401, status
        scheme, _, rest = headers["www-authenticate"].partition(" ")
        return scheme, dict(part.split("=", 1) for part in rest.replace('"', "").split(","))

    def bearer(self, name, headers):
        """Requests a token from the challenge's realm like any registry client."""
        scheme, parameters = self.challenge()
        assert scheme == "Bearer" and parameters["realm"].startswith(f"http://127.0.0.1:{self.port}/"), parameters
        query = urllib.parse.urlencode({"service": parameters["service"], "scope": f"repository:{name}:pull,push"})
        answer = self.document("GET", urllib.parse.urlsplit(parameters["realm"]).path + "?" + query, headers)
        self.credential = "Bearer " + (answer.get("token") or answer["access_token"])

    def upload(self, name, data, chunked=False):
        status, headers, body = self.send("POST", f"/v2/{name}/blobs/uploads/", {"content-length": "0"})
        if status != 202:
            return status, body
        location = urllib.parse.urlsplit(headers["location"])
        target = f"{location.path}?{location.query}&digest={digest_of(data)}"
        parts = (data[at:at + 100000] for at in range(0, len(data), 100000)) if chunked else data
        status, _, body = self.send("PUT", target, {"content-type": "application/octet-stream"}, parts)
        return status, body

    def put(self, name, tag, manifest=MANIFEST):
        status, _, body = self.send("PUT", f"/v2/{name}/manifests/{tag}", {"content-type": MANIFEST_TYPE}, manifest)
        return status, body

    def head(self, name, tag):
        return self.send("HEAD", f"/v2/{name}/manifests/{tag}", {"accept": MANIFEST_TYPE})


def basic(user, password):
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class FrontTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.addClassCleanup(cls.stack.close)
        cls.registry = cls.stack.enter_context(real_registry())

    def client(self, provider, **state):
        process = self.enterContext(program(sys.executable, "-B", CLOUDS / "fakes" / f"{provider}.py", "--registry", self.registry))
        client = Client(int(process.stdout.readline()))
        client.set_state(**state)
        return client

    def push(self, client, name):
        self.assertEqual(client.upload(name, b"{}")[0], 201)
        self.assertEqual(client.upload(name, LAYER, chunked=True)[0], 201)
        self.assertEqual(client.put(name, "v1")[0], 201)
        status, headers, _ = client.head(name, "v1")
        self.assertEqual((status, headers["docker-content-digest"]), (200, digest_of(MANIFEST)))
        status, _, layer = client.send("GET", f"/v2/{name}/blobs/{digest_of(LAYER)}")
        self.assertEqual((status, layer == LAYER), (200, True))

    def test_aws(self):
        client = self.client("aws", templates=[{"prefix": "auto", "appliedFor": ["CREATE_ON_PUSH"]}])
        self.assertEqual(client.challenge(), ("Basic", {"realm": f"http://127.0.0.1:{client.port}/", "service": "ecr.amazonaws.com"}))
        client.credential = basic("AWS", "ecr-password-of-the-test")["authorization"]
        self.push(client, "team/app")
        self.assertEqual(client.upload("auto/new", b"{}")[0], 201)
        status, body = client.upload("team/absent", b"{}")
        self.assertEqual((status, json.loads(body)["errors"][0]["code"]), (404, "NAME_UNKNOWN"))
        client.set_state(repositories={"123456789012": {"team/app": {"imageTagMutability": "IMMUTABLE"}}})
        self.assertEqual(client.put("team/app", "v1")[0], 400)
        client.set_state(repositories={"123456789012": {"team/app": {"imageTagMutabilityExclusionFilters": [{"filter": "v*"}],
                                                                     "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"}}})
        self.assertEqual(client.put("team/app", "v1")[0], 201)
        client.set_state(denied=["ecr:InitiateLayerUpload"])
        self.assertEqual(client.upload("team/app", b"{}")[0], 403)

    def test_aws_range_of_a_patch_stays_behind(self):
        client = self.client("aws")
        client.credential = basic("AWS", "ecr-password-of-the-test")["authorization"]
        location = client.send("POST", "/v2/team/app/blobs/uploads/", {"content-length": "0"})[1]["location"]
        for start in (0, 10):
            target = urllib.parse.urlsplit(location)
            status, headers, _ = client.send("PATCH", f"{target.path}?{target.query}", {
                "content-range": f"{start}-{start + 9}", "content-type": "application/octet-stream"}, b"0123456789")
            self.assertEqual((status, headers["range"]), (201, "0-9"))
            location = headers["location"]

    def test_aws_public(self):
        client = self.client("aws", front="public")
        self.assertEqual(client.challenge()[0], "Bearer")
        client.credential = "Bearer " + base64.b64encode(b"AWS:public-password-of-the-test").decode()
        self.push(client, "exampleco/app")
        self.assertEqual(client.upload("exampleco/absent", b"{}")[0], 404)

    def test_gcp(self):
        client, name = self.client("gcp"), "example-project/team/app"
        client.bearer(name, basic("oauth2accesstoken", "access-of-pusher@example-project.iam.gserviceaccount.com"))
        self.push(client, name)
        self.assertEqual(client.upload("example-project/absent/app", b"{}")[0], 403)
        repository = "projects/example-project/locations/europe-west1/repositories/team"
        client.set_state(repositories={repository: {"dockerConfig": {"immutableTags": True}}})
        self.assertEqual(client.put(name, "v1")[0], 400)
        self.assertEqual(client.put(name, "v2")[0], 201)

    def test_azure(self):
        client, name = self.client("azure"), "team/app"
        tenant = "11111111-1111-1111-1111-111111111111"
        entra = client.form(f"/{tenant}/oauth2/v2.0/token", grant_type="client_credentials",
                            client_id="22222222-2222-2222-2222-222222222222",
                            client_secret="client-secret-of-the-test", scope="https://containerregistry.azure.net/.default")["access_token"]
        refresh = client.form("/oauth2/exchange", grant_type="access_token", service="example.azurecr.io",
                              access_token=entra)["refresh_token"]
        client.bearer(name, basic("00000000-0000-0000-0000-000000000000", refresh))
        self.push(client, name)
        client.set_state(repositories={name: {"tags": {"v1": {"digest": digest_of(MANIFEST), "attributes": {"writeEnabled": False}}}}})
        self.assertEqual((client.put(name, "v1")[0], client.put(name, "v2")[0]), (405, 201))
        client.set_state(firewall=True)
        self.assertEqual(client.send("GET", "/v2/")[0], 403)

    def test_dockerhub(self):
        client, name = self.client("dockerhub"), "alice/app"
        client.bearer(name, basic("alice", "password-of-alice"))
        self.push(client, name)
        _, headers, _ = client.head(name, "v1")
        self.assertEqual((headers["ratelimit-limit"], headers["ratelimit-remaining"]), ("100;w=21600", "100;w=21600"))
        client.set_state(rate={"remaining": 0}, repositories={name: {"immutable": ["v.*"]}})
        self.assertEqual(client.send("GET", f"/v2/{name}/manifests/v1", {"accept": MANIFEST_TYPE})[0], 429)
        self.assertEqual(client.head(name, "v1")[0], 200)
        self.assertEqual((client.put(name, "v1")[0], client.put(name, "latest")[0]), (400, 201))
        client.bearer("library/busybox", basic("alice", "password-of-alice"))
        status, body = client.upload("library/busybox", b"{}")
        self.assertEqual((status, json.loads(body)["errors"][0]["message"]), (401, "requested access to the resource is denied"))

    def test_faults(self):
        client, path = self.client("gcp"), "/computeMetadata/v1/instance/service-accounts/default/token"
        flavor = {"metadata-flavor": "Google"}
        throttled = {"status": 429, "error": "TOOMANYREQUESTS", "headers": {"retry-after": "3"}}
        client.set_state(faults=[{"operation": "metadata.Get", "silent": True}, {"operation": "Registry", "times": 2, **throttled}])
        with self.assertRaises(TimeoutError):
            client.send("GET", path, flavor, timeout=0.3)
        self.assertEqual(client.send("GET", path, flavor)[0], 200)
        for expected in (429, 429, 401):
            self.assertEqual(client.send("GET", "/v2/")[0], expected)
        log = json.loads(client.send("GET", "/_fake/log")[2])
        self.assertCountEqual([line["status"] for line in log], ["silence", 200, 429, 429, 401])

    def test_options(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory)
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-addext",
                            "subjectAltName=IP:127.0.0.1",
                            "-keyout", path / "key", "-out", path / "certificate"], check=True, capture_output=True)
            (path / "state").write_text('{"clock": "2026-01-15T12:00:00Z", "service": "other"}')
            with program(sys.executable, "-B", CLOUDS / "fakes" / "dockerhub.py", "--tls", path / "certificate", path / "key", "--state",
                         path / "state", "--log", path / "log") as process:
                port = int(process.stdout.readline())
                connection = http.client.HTTPSConnection("127.0.0.1", port, context=ssl.create_default_context(cafile=path / "certificate"))
                with contextlib.closing(connection):
                    connection.request("GET", "/v2/")
                    answer = connection.getresponse()
                    self.assertEqual(answer.getheader("www-authenticate"), f'Bearer realm="https://127.0.0.1:{port}/token",service="other"')
                    self.assertEqual(answer.getheader("date"), "Thu, 15 Jan 2026 12:00:00 GMT")
            self.assertEqual([json.loads(line)["path"] for line in (path / "log").read_text().splitlines()], ["/v2/"])

    def test_a_real_host_is_reached_as_through_a_proxy(self):
        client = self.client("gcp")
        client.send("GET", "http://metadata.google.internal/computeMetadata/v1/project/project-id",
                    {"metadata-flavor": "Google", "host": "other"})
        log = json.loads(client.send("GET", "/_fake/log")[2])
        self.assertEqual((log[0]["host"], log[0]["status"]), ("metadata.google.internal", 200))


if __name__ == "__main__":
    if not shutil.which("docker-registry"):
        sys.exit("docker-registry is not installed (scripts/install-dependencies test)")
    unittest.main()
