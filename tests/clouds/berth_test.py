#!/usr/bin/env python3
"""berth with its flavors against the fake clouds, under the real hosts' names, through TLS, with a real docker-registry behind.

Usage: berth_test.py BERTH PROVIDER [--write]: with --write the output in the console blocks of the flavor's page is updated.
"""
import base64
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest

from servers import CLOUDS, cloud, program, real_registry

sys.path.insert(0, str(CLOUDS / "fakes"))
import rs256  # noqa: E402  pylint: disable=wrong-import-position

BERTH, WRITE = None, False
PLUGINS = CLOUDS.parent.parent / "plugins"


class Berth:
    """berth with its own home directory, on a machine that reaches only the fake cloud."""

    def __init__(self, fake):
        self.fake = fake
        self.home = fake.directory / "home"
        self.home.mkdir()
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "HTTPS_PROXY": fake.proxy.url,
                            "SSL_CERT_FILE": str(fake.ca)}
        subprocess.run([CLOUDS.parent.parent / "scripts" / "make-image", fake.directory / "img", "1"], check=True, capture_output=True)
        self.image = f"oci:{fake.directory / 'img'}"

    def shell(self, command, **variables):
        """Standard output and error, interleaved as on a terminal."""
        path = f"{pathlib.Path(BERTH).parent}:{os.environ['PATH']}"
        environment = self.environment | variables | {"PATH": path, "NO_COLOR": "1"}
        return subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.fake.directory,
                              env=environment, timeout=60).stdout

    def run(self, *arguments, seconds=60, **variables):
        """Returns the exit status, the JSON document and the codes of its findings."""
        ran = subprocess.run([BERTH, *arguments, "--output", "json"], capture_output=True, text=True,
                             env=self.environment | variables, timeout=seconds)
        document = json.loads(ran.stdout)
        codes = [finding["code"] for finding in document.get("findings", [])]
        return ran.returncode, document, codes


def steps_of(page):
    """The commands of a page's console blocks, with their output."""
    steps = []
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = step.partition("\n")
            steps.append((command, printed))
    return steps


def lines_of(printed):
    """Sorted and without durations: layers are uploaded in any order."""
    return sorted(re.sub(r" in [0-9.]+ s$", " in N s", line) for line in printed.splitlines())


def annotated(layout, copy):
    """Another image: the same layers with another manifest."""
    shutil.copytree(layout, copy)
    index = json.loads((copy / "index.json").read_text())
    blobs = copy / "blobs" / "sha256"
    manifest = json.loads((blobs / index["manifests"][0]["digest"].removeprefix("sha256:")).read_text())
    data = json.dumps({**manifest, "annotations": {"of": "the test"}}).encode()
    index["manifests"][0].update(digest=f"sha256:{hashlib.sha256(data).hexdigest()}", size=len(data))
    (blobs / hashlib.sha256(data).hexdigest()).write_bytes(data)
    (copy / "index.json").write_text(json.dumps(index))
    return f"oci:{copy}"


def archive():
    """A docker archive with one layer, as docker save writes it."""
    layer, archive = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        add(tar, "hello", b"hello")
    diff_id = "sha256:" + hashlib.sha256(layer.getvalue()).hexdigest()
    config = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": [diff_id]}}
    with tarfile.open(fileobj=archive, mode="w") as tar:
        add(tar, "layer.tar", layer.getvalue())
        add(tar, "config.json", json.dumps(config).encode())
        add(tar, "manifest.json", json.dumps([{"Config": "config.json", "RepoTags": ["app:5"], "Layers": ["layer.tar"]}]).encode())
    return archive.getvalue()


def explained(document):
    """The message and the cause of a failure: a flavor's explanation is the message."""
    return document["error"]["message"] + "; " + document["error"]["cause"]


def add(tar, name, content):
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))


class CloudTest(unittest.TestCase):
    provider, hosts, credentials = "", [], {}

    @classmethod
    def setUpClass(cls):
        cls.fake = cls.enterClassContext(cloud(cls.provider, cls.hosts))
        cls.berth = Berth(cls.fake)

    def setUp(self):
        self.fake.set()

    def assert_asked(self, *operations):
        self.assertEqual(sorted(self.fake.operations()), sorted(operations))

    def check_page(self):
        page = PLUGINS / self.provider / "README.md"
        text = page.read_text()
        steps = steps_of(text)
        self.assertTrue(any("sha256:" in printed or WRITE for command, printed in steps if " push " in command))
        at = 0
        for number, (command, printed) in enumerate(steps):
            # The page shows first pushes: with the cache of another, its blobs would be mounted.
            seen = self.berth.shell(command, XDG_CACHE_HOME=f"{self.berth.home}/page-cache-{number}", **self.credentials)
            at = text.index(f"$ {command}\n{printed}", at) + len(f"$ {command}\n")
            text = text[:at] + seen + text[at + len(printed):]
            if not WRITE:
                self.assertEqual(lines_of(seen), lines_of(printed), f"{command}\n{seen}")
        if WRITE:
            page.write_text(text)


class PageTest(unittest.TestCase):
    """The pages of the flavors that need no cloud."""
    provider = ""

    def test_the_page_matches_the_program(self):
        with tempfile.TemporaryDirectory() as name, real_registry() as registry:
            directory = pathlib.Path(name)
            subprocess.run([CLOUDS.parent.parent / "scripts" / "make-image", directory / "build", "1"], check=True, capture_output=True)
            port = registry.rpartition(":")[2]
            page = (PLUGINS / self.provider / "README.md").read_text()
            for command, printed in steps_of(page):
                expected = printed.replace("localhost:5000", f"localhost:{port}").replace("/srv/images", f"{directory}/images")
                run = command.replace("localhost:5000", f"localhost:{port}").replace("/srv/images", f"{directory}/images")
                path = f"{pathlib.Path(BERTH).parent}:{os.environ['PATH']}"
                seen = subprocess.run(["sh", "-c", run], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=directory,
                                      env={"PATH": path, "HOME": name, "NO_COLOR": "1"}, timeout=60).stdout
                self.assertEqual(lines_of(seen), lines_of(expected), f"{command}\n{seen}")


class Default(PageTest):
    provider = "default"


class Layout(PageTest):
    provider = "layout"


class DockerHub(CloudTest):
    provider = "dockerhub"
    hosts = ["registry-1.docker.io", "auth.docker.io", "hub.docker.com"]
    credentials = alice = {"BERTH_USERNAME": "alice", "BERTH_PASSWORD": "password-of-alice"}

    def test_the_page_matches_the_program(self):
        self.check_page()

    def test_an_image_is_pushed_and_then_up_to_date(self):
        status, document, codes = self.berth.run("push", self.berth.image, "docker.io/alice/app:1", **self.alice)
        self.assertEqual(status, 0, document)
        self.assertEqual(document["flavor"], "dockerhub")
        self.assertEqual(codes, [])
        status, document, codes = self.berth.run("check", self.berth.image, "docker.io/alice/app:1", **self.alice)
        self.assertEqual((status, codes), (0, ["dockerhub.tag-same", "dockerhub.pull-limit"]), document)
        self.assertIn("registry-1.docker.io", self.fake.proxy.hosts)
        self.assertIn("auth.docker.io", self.fake.proxy.hosts)

    def test_a_check_needs_few_requests(self):
        """Four round trips, of which three depend on each other: challenge, token, tag; then the repository."""
        status, document, codes = self.berth.run("check", self.berth.image, "docker.io/alice/app:few", **self.alice)
        self.assertEqual((status, codes), (0, ["dockerhub.pull-limit"]), document)
        self.assert_asked("Registry", "Token", "Registry", "GetRepository")

    def test_a_read_only_token_is_reported_before_the_upload(self):
        status, document, codes = self.berth.run("push", self.berth.image, "docker.io/alice/app:2", BERTH_USERNAME="alice",
                                                 BERTH_PASSWORD="read-only-token")
        self.assertEqual((status, codes), (3, ["dockerhub.read-only-token"]), document)

    def test_an_organisations_token_logs_in_with_its_name(self):
        status, document, codes = self.berth.run("push", self.berth.image, "docker.io/exampleorg/tool:1", BERTH_USERNAME="exampleorg",
                                                 BERTH_PASSWORD="organisation-token")
        self.assertEqual((status, codes), (0, []), document)

    def test_another_namespace_is_refused(self):
        status, document, codes = self.berth.run("push", self.berth.image, "docker.io/library/busybox:1", **self.alice)
        self.assertEqual((status, codes), (3, ["dockerhub.name"]), document)
        status, document, codes = self.berth.run("push", self.berth.image, "docker.io/bob/app:1", **self.alice)
        self.assertEqual((status, codes[:1]), (3, ["dockerhub.may-not-push"]), document)

    def test_a_tag_that_is_immutable_is_reported_before_the_upload(self):
        self.fake.set(repositories={"alice/app": {"private": False, "tags": {}, "immutable": ["v.*"]}})
        status, document, codes = self.berth.run("push", self.berth.image, "docker.io/alice/app:v1", **self.alice)
        self.assertEqual((status, codes), (0, []), document)
        other = annotated(self.fake.directory / "img", self.fake.directory / "other")
        status, document, codes = self.berth.run("push", other, "docker.io/alice/app:v1", **self.alice)
        self.assertEqual((status, codes), (9, ["dockerhub.tag-immutable"]), document)

    def test_a_repository_is_created_with_the_visibility_that_was_set(self):
        how = ["--flavor", "dockerhub", "--uri", "docker.io", "--set", "create_repository=true", "--set", "private=true"]
        status, document, codes = self.berth.run("check", self.berth.image, "docker.io/alice/new:1", *how, **self.alice)
        self.assertEqual((status, codes), (0, ["dockerhub.pull-limit", "dockerhub.repository-created"]), document)
        self.assertNotIn("CreateRepository", self.fake.operations())
        status, document, codes = self.berth.run("push", self.berth.image, "docker.io/alice/new:1", *how, **self.alice)
        self.assertEqual((status, codes), (0, ["dockerhub.repository-created"]), document)
        self.assertTrue(json.loads(self.fake.ask("GET", "/_fake/state"))["repositories"]["alice/new"]["private"])
        created = [entry for entry in self.fake.log() if entry["operation"] == "hub.CreateRepository"]
        self.assertEqual(json.loads(created[0]["body"]), {"name": "new", "namespace": "alice", "is_private": True, "description": ""})
        self.assertEqual(created[0]["host"], "hub.docker.com")
        # The tag exists, so the repository does: no request to Hub's API.
        status, document, codes = self.berth.run("push", self.berth.image, "docker.io/alice/new:1", *how, **self.alice)
        self.assertEqual((status, codes), (0, ["dockerhub.tag-same"]), document)
        self.assertEqual(self.fake.operations().count("CreateRepository"), 1)

    def test_an_existing_repository_keeps_its_visibility(self):
        how = ["--flavor", "dockerhub", "--uri", "docker.io", "--set", "create_repository=true", "--set", "private=true"]
        status, document, codes = self.berth.run("push", self.berth.image, "docker.io/alice/app:kept", *how, **self.alice)
        self.assertEqual((status, codes), (0, ["dockerhub.visibility"]), document)
        self.assertNotIn("CreateRepository", self.fake.operations())

    def test_without_a_visibility_the_push_creates_the_repository(self):
        how = ["--flavor", "dockerhub", "--uri", "docker.io", "--set", "create_repository=true"]
        status, document, codes = self.berth.run("push", self.berth.image, "docker.io/alice/default:1", *how, **self.alice)
        self.assertEqual((status, codes), (0, []), document)
        self.assertNotIn("CreateToken", self.fake.operations())

    def test_nothing_is_pushed_where_the_visibility_cannot_be_had(self):
        how = ["--flavor", "dockerhub", "--uri", "docker.io", "--set", "create_repository=true", "--set", "private=true"]
        cases = [({"private_left": 0}, "private repository limit reached"),
                 ({"faults": [{"operation": "hub.CreateToken", "status": 401, "body": "{}"}]}, "login at hub.docker.com failed: status 401"),
                 ({"faults": [{"operation": "hub.GetRepository", "status": 500, "body": "", "times": 9}]},
                  "whether it exists is not known: status 500"),
                 ({"faults": [{"operation": "hub.CreateRepository", "status": 429, "body": "{}", "times": 9,
                               "headers": {"X-Retry-After": "4102444800"}}]}, "rate limited until 2100-01-01T00:00:00Z")]
        for state, message in cases:
            with self.subTest(message):
                self.fake.set(**state)
                status, document, codes = self.berth.run("push", self.berth.image, "docker.io/alice/absent:1", *how, **self.alice)
                self.assertEqual((status, codes[-1]), (3, "dockerhub.repository-not-created"), document)
                self.assertIn(message, document["findings"][-1]["message"])
                self.assertNotIn("POST", [entry["method"] for entry in self.fake.log() if entry["operation"] == "Registry"])
                self.assertNotIn("password-of-alice", json.dumps(document))

    def test_private_requires_create_repository(self):
        status, document, _ = self.berth.run("registry", "register", "hub2", "--flavor", "dockerhub", "--uri", "docker.io/alice",
                                             "--set", "private=true")
        self.assertEqual(status, 3, document)
        self.assertIn("private requires create_repository=true", explained(document))

    def test_a_read_only_token_does_not_hide_an_immutable_tag(self):
        self.fake.set(repositories={"alice/app": {"private": False, "tags": {}, "immutable": ["v.*"]}})
        status, document, codes = self.berth.run("push", self.berth.image, "docker.io/alice/app:v7", **self.alice)
        self.assertEqual((status, codes), (0, []), document)
        other = annotated(self.fake.directory / "img", self.fake.directory / "v7")
        status, document, codes = self.berth.run("push", other, "docker.io/alice/app:v7", BERTH_USERNAME="alice",
                                                 BERTH_PASSWORD="read-only-token")
        self.assertEqual((status, codes), (3, ["dockerhub.read-only-token", "dockerhub.tag-immutable"]), document)

    def test_the_name_that_is_meant_is_suggested(self):
        for name, meant in {"app": "alice/app", "library/app": "alice/app", "alice/team/app": "alice/team-app"}.items():
            status, document, codes = self.berth.run("check", f"docker.io/{name}:1", **self.alice)
            self.assertEqual((status, codes), (3, ["dockerhub.name"]), document)
            self.assertEqual(document["findings"][0]["fix"], f"write docker.io/{meant}:1")
        status, document, codes = self.berth.run("push", self.berth.image, "docker.io/bob/app:1", **self.alice)
        self.assertEqual(document["findings"][0]["fix"], "push to docker.io/alice/app, or ask an owner of bob for write access")
        self.assertIn("password of alice, from BERTH_PASSWORD", document["findings"][0]["message"])

    def test_the_interface_rate_limits_requests(self):
        self.fake.set(faults=[{"operation": "hub.GetRepository", "status": 429, "body": "{}", "times": 9,
                               "headers": {"X-Retry-After": "4102444800"}}])
        status, document, codes = self.berth.run("check", self.berth.image, "docker.io/alice/app:2", **self.alice)
        self.assertEqual((status, codes), (0, ["dockerhub.pull-limit", "dockerhub.throttled"]), document)
        self.assertIn("until 2100-01-01T00:00:00Z", document["findings"][1]["message"])

    def test_a_repository_is_created_once_the_interface_accepts_requests_again(self):
        how = ["--flavor", "dockerhub", "--uri", "docker.io", "--set", "create_repository=true", "--set", "private=true"]
        self.fake.set(faults=[{"operation": "hub.CreateRepository", "status": 429, "body": "{}",
                               "headers": {"X-Retry-After": str(int(time.time()) + 1)}}])
        status, document, codes = self.berth.run("push", self.berth.image, "docker.io/alice/later:1", *how, **self.alice)
        self.assertEqual((status, codes), (0, ["dockerhub.repository-created"]), document)
        self.assertEqual(self.fake.operations().count("CreateRepository"), 2)

    def test_names_have_two_parts(self):
        status, document, codes = self.berth.run("check", "--offline", "docker.io/alice/team/app:1")
        self.assertEqual((status, codes), (3, ["dockerhub.name"]), document)


class Aws(CloudTest):
    provider = "aws"
    host = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
    hosts = [host, "api.ecr.eu-central-1.amazonaws.com", "sts.eu-central-1.amazonaws.com"]
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    keys = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": secret}
    credentials = keys | {"AWS_EC2_METADATA_DISABLED": "true"}

    def test_the_page_matches_the_program(self):
        self.check_page()

    def test_a_refusal_names_the_identity(self):
        self.fake.set(denied=["ecr:InitiateLayerUpload"])
        status, document, codes = self.run_berth("push", "team/app:1", **self.keys)
        self.assertEqual((status, codes), (5, []), document)
        self.assertIn("arn:aws:iam::123456789012:user/", explained(document))
        self.assertIn("is not authorized to perform: ecr:InitiateLayerUpload", document["error"]["registry"])
        self.assertIn("allow ecr:InitiateLayerUpload", document["error"]["fix"])

    def test_a_repository_that_cannot_be_queried_is_reported_by_the_push(self):
        self.fake.set(denied=["ecr:DescribeRepositories"])
        status, document, codes = self.run_berth("push", "team/absent:1", **self.keys)
        self.assertEqual((status, codes), (6, ["aws.not-allowed-to-ask"]), document)
        self.assertIn("repository team/absent does not exist there", explained(document))
        self.assertIn("aws ecr create-repository", document["error"]["fix"])

    def run_berth(self, command, name, *arguments, image=None, **variables):
        return self.berth.run(command, image or self.berth.image, f"{self.host}/{name}", *arguments, AWS_EC2_METADATA_DISABLED="true", **variables)

    def test_an_image_is_pushed_and_then_up_to_date(self):
        status, document, codes = self.run_berth("push", "team/app:1", **self.keys)
        self.assertEqual((status, codes), (0, []), document)
        self.assertEqual(document["flavor"], "aws")
        self.assertLessEqual({self.host, "api.ecr.eu-central-1.amazonaws.com"}, set(self.fake.proxy.hosts))

    def test_a_check_needs_few_requests(self):
        """Three round trips: challenge, repository and tag in parallel; the registry's token; a request with it."""
        status, document, codes = self.run_berth("check", "team/app:few", **self.keys)
        self.assertEqual((status, codes), (0, []), document)
        self.assert_asked("Registry", "DescribeRepositories", "DescribeImages", "GetAuthorizationToken", "Registry")

    def test_whether_push_is_permitted_is_verified_with_probe(self):
        self.fake.set(denied=["ecr:InitiateLayerUpload"])
        status, document, codes = self.run_berth("check", "team/app:untried", **self.keys)
        self.assertEqual((status, codes), (0, []), document)
        status, document, codes = self.run_berth("check", "team/app:untried", "--probe", **self.keys)
        self.assertEqual((status, document["error"]["class"]), (5, "denied"), document)
        self.assertIn("arn:aws:iam::123456789012:user/", explained(document))

    def test_a_missing_repository_is_reported_and_created_on_request(self):
        status, document, codes = self.run_berth("push", "team/new:1", **self.keys)
        self.assertEqual((status, codes), (3, ["aws.repository-missing"]), document)
        self.assertIn("aws ecr create-repository", document["findings"][0]["fix"])
        how = ["--flavor", "aws", "--uri", self.host, "--set", "create_repository=true"]
        status, document, codes = self.run_berth("check", "team/new:1", *how, **self.keys)
        self.assertEqual((status, codes), (0, ["aws.repository-made"]), document)
        status, document, codes = self.run_berth("push", "team/new:1", *how, **self.keys)
        self.assertEqual((status, codes), (0, ["aws.repository-made"]), document)
        status, document, codes = self.run_berth("check", "team/new:2", **self.keys)
        self.assertEqual((status, codes), (0, []), document)

    def test_without_permission_to_read_templates_a_push_succeeds(self):
        self.fake.set(templates=[{"prefix": "made", "appliedFor": ["CREATE_ON_PUSH"]}],
                      faults=[{"operation": "AmazonEC2ContainerRegistry_V20150921.DescribeRepositoryCreationTemplates", "times": 9,
                               "status": 400, "error": "AccessDeniedException", "message": "not authorized"}])
        status, document, codes = self.run_berth("push", "made/app:1", "--flavor", "aws", "--uri", self.host, **self.keys)
        self.assertEqual((status, codes), (0, ["aws.repository-not-told"]), document)

    def test_an_immutable_tag_is_reported_before_the_upload(self):
        taken = {"tags": {"1": "sha256:" + "a1" * 32}, "imageTagMutability": "IMMUTABLE"}
        self.fake.set(repositories={"123456789012": {"team/app": taken}})
        status, document, codes = self.run_berth("push", "team/app:1", **self.keys)
        self.assertEqual((status, codes), (3, ["aws.tag-immutable"]), document)
        status, document, codes = self.run_berth("check", "team/app:2", **self.keys)
        self.assertEqual((status, codes), (0, []), document)

    def test_the_login_is_requested_while_the_image_is_still_read(self):
        run = [BERTH, "push", "docker-archive:-", f"{self.host}/team/app:5"]
        environment = self.berth.environment | self.credentials
        with subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as berth:
            while "Registry" in (asked := self.fake.operations()) or "GetAuthorizationToken" not in asked:
                self.assertNotIn("Registry", asked)
                self.assertIsNone(berth.poll())
            berth.communicate(archive(), timeout=60)
        self.assertEqual(berth.returncode, 0)
        self.assertEqual(self.fake.operations().count("GetAuthorizationToken"), 1)

    def test_an_image_that_cannot_be_read_cancels_pending_requests(self):
        """The push does not wait 30 s for the missing response."""
        self.fake.set(faults=[{"operation": "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken", "silent": True}])
        status, document, codes = self.run_berth("push", "team/app:5", image="oci:/nowhere", seconds=20, **self.keys)
        self.assertEqual((status, document["error"]["class"]), (6, "not-found"), document)

    def test_keys_come_from_a_role_of_a_profile(self):
        directory = self.berth.home / ".aws"
        directory.mkdir(exist_ok=True)
        (directory / "config").write_text("[profile ci]\nrole_arn = arn:aws:iam::123456789012:role/pusher\nsource_profile = base\n")
        (directory / "credentials").write_text(f"[base]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = {self.secret}\n")
        status, document, codes = self.run_berth("push", "team/app:3", AWS_PROFILE="ci")
        self.assertEqual((status, codes), (0, []), document)
        self.assertIn("sts.eu-central-1.amazonaws.com", self.fake.proxy.hosts)

    def test_what_is_wrong_with_keys_is_reported(self):
        status, document, codes = self.run_berth("check", "team/app:1", AWS_ACCESS_KEY_ID="AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY="wrong")
        self.assertEqual((status, codes), (4, ["aws.keys-refused"]), document)
        self.assertIn("AWS rejected the credentials (environment AWS_ACCESS_KEY_ID)", explained(document))
        self.assertIn("set AWS_ACCESS_KEY_ID", document["error"]["fix"])
        self.fake.set(clock_skew_s=3600)
        status, document, codes = self.run_berth("check", "team/app:1", **self.keys)
        self.assertEqual((status, codes), (4, ["aws.clock"]), document)
        self.assertIn("this machine's clock shows", explained(document))
        # Explicit credentials still work.
        given = {"BERTH_USERNAME": "AWS", "BERTH_PASSWORD": "ecr-password-of-the-test"}
        status, document, codes = self.run_berth("push", "team/app:given", **self.keys, **given)
        self.assertEqual((status, codes), (0, ["aws.clock"]), document)
        status, document, codes = self.run_berth("check", "team/app:1", AWS_PROFILE="absent")
        self.assertEqual(codes, ["aws.no-keys"], document)

    def test_a_torn_file_is_named_and_no_other_identity_is_used(self):
        directory = self.berth.home / ".aws"
        directory.mkdir(exist_ok=True)
        (directory / "config").write_text("[default]\nregion = eu-central-1\n")
        (directory / "credentials").write_text("[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_acc")
        self.addCleanup((directory / "credentials").unlink)
        status, document, codes = self.berth.run("push", self.berth.image, f"{self.host}/team/app:torn")
        self.assertEqual((status, codes), (4, ["aws.no-keys"]), document)
        self.assertIn("~/.aws/credentials: line 3 is neither a section nor key = value", explained(document))
        self.assertEqual(document["error"]["fix"], "fix or remove the file")

    def test_a_token_that_has_expired_is_renewed_in_the_middle_of_a_push(self):
        expired = {"operation": "Registry", "method": "PUT", "status": 403, "error": "DENIED",
                   "message": "Your authorization token has expired. Reauthenticate and try again."}
        self.fake.set(faults=[expired])
        status, document, codes = self.run_berth("push", "team/app:renewed", **self.keys)
        self.assertEqual((status, codes), (0, []), document)
        self.assertEqual(self.fake.operations().count("GetAuthorizationToken"), 2)
        self.fake.set(faults=[expired | {"times": 9}])
        status, document, codes = self.run_berth("push", "team/app:kept", **self.keys)
        self.assertEqual((status, document["error"]["class"]), (5, "denied"), document)
        self.assertIn("has expired", document["error"]["registry"])

    def test_keys_that_have_expired_are_taken_from_their_source_again(self):
        container = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"https://{self.host}/v2/credentials/of-the-task"}
        self.fake.set(expired_tokens=["session+of/task=="])
        status, document, codes = self.run_berth("check", "team/app:1", **container)
        self.assertEqual((status, codes), (4, ["aws.keys-refused"]), document)
        self.assertIn("container credentials at", explained(document))

    def test_the_account_of_the_caller_is_compared_with_the_registrys(self):
        other = {"AKIDEXAMPLE": {"secret": self.secret, "arn": "arn:aws:iam::999999999999:user/alice"}}
        self.fake.set(keys=other)
        status, document, codes = self.run_berth("push", "team/app:granted", **self.keys)
        self.assertEqual((status, codes), (0, ["aws.other-account"]), document)
        self.assertIn("account 123456789012", document["findings"][0]["message"])
        self.assertIn("account 999999999999", document["findings"][0]["message"])
        self.fake.set(keys=other, denied=["ecr:InitiateLayerUpload"])
        status, document, codes = self.run_berth("push", "team/app:denied", **self.keys)
        self.assertEqual((status, codes), (5, ["aws.other-account"]), document)
        self.assertIn("does not allow 999999999999", explained(document))

    def test_a_credential_process_that_hangs_is_killed_with_its_children(self):
        directory = self.berth.home / ".aws"
        directory.mkdir(exist_ok=True)
        marker = f"sleep 6{os.getpid()}"
        program_file = self.fake.directory / "hangs"
        program_file.write_text(f"#!/bin/sh\necho run >> {program_file}.runs\n(setsid sh -c '{marker}' &)\n{marker}\n")
        program_file.chmod(0o755)
        (directory / "config").write_text(f"[profile hangs]\ncredential_process = {program_file}\n")
        status, document, codes = self.run_berth("push", "team/app:hangs", AWS_PROFILE="hangs", seconds=100)
        self.assertEqual(status, 4, document)
        self.assertIn("credential_process of profile hangs of ~/.aws/config", explained(document))
        self.assertIn("timed out", explained(document))
        left = subprocess.run(["ps", "-eo", "args"], check=True, capture_output=True, text=True).stdout
        self.assertNotIn(marker, left)
        self.assertEqual((self.fake.directory / "hangs.runs").read_text(), "run\n")

    def test_names_are_ecrs(self):
        status, document, codes = self.berth.run("check", "--offline", f"{self.host}/team__x/app:1")
        self.assertEqual((status, codes), (3, ["aws.repository-name"]), document)


class Azure(CloudTest):
    provider = "azure"
    host = "example.azurecr.io"
    entra, domain = "login.microsoftonline.com", "registry.example.com"
    hosts = [host, entra, domain]
    client = {"AZURE_TENANT_ID": "11111111-1111-1111-1111-111111111111", "AZURE_CLIENT_ID": "22222222-2222-2222-2222-222222222222",
              "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential"}
    credentials = secret = client | {"AZURE_CLIENT_SECRET": "client-secret-of-the-test"}

    def test_the_page_matches_the_program(self):
        self.check_page()

    def test_what_the_registry_refuses_is_explained(self):
        self.fake.set(rights={"pusher": {"*": ["pull", "push"]}}, repositories={"team/app": {"attributes": {"writeEnabled": False}}})
        status, document, codes = self.run_berth("push", "team/app:9", **self.secret)
        self.assertNotEqual(status, 0, document)
        self.assertEqual(codes, ["azure.not-asked"], document)
        self.assertIn("operation is disallowed", document["error"]["registry"])
        self.assertIn("locked", explained(document))
        self.assertIn("az acr repository show --name example --repository team/app", document["error"]["fix"])

    def run_berth(self, command, image, *arguments, **variables):
        return self.berth.run(command, self.berth.image, f"{self.host}/{image}", *arguments, **variables)

    def taken(self, tag, **more):
        """A state in which another image has the tag."""
        return {"repositories": {"team/app": {"tags": {tag: {"digest": "sha256:" + "a1" * 32, **more}}}}}

    def test_an_image_is_pushed_and_then_up_to_date(self):
        status, document, codes = self.run_berth("push", "team/app:1", **self.secret)
        self.assertEqual((status, codes), (0, []), document)
        self.assertEqual(document["flavor"], "azure")
        self.assertLessEqual({self.host, self.entra}, set(self.fake.proxy.hosts))
        status, document, codes = self.run_berth("check", "team/app:1", **self.secret)
        self.assertEqual((status, codes), (0, ["azure.tag-same"]), document)

    def test_a_check_needs_few_requests(self):
        """Five round trips, four of them sequential: Entra (parallel to the challenge), exchange, token, repository; then the tag."""
        status, document, codes = self.run_berth("push", "team/app:few", **self.secret)
        self.fake.set()
        status, document, codes = self.run_berth("check", "team/app:few", **self.secret)
        self.assertEqual((status, codes), (0, ["azure.tag-same"]), document)
        self.assert_asked("Registry", "Token", "Exchange", "Token", "GetRepository", "GetTag")

    def test_a_new_repository_is_created_by_the_push(self):
        status, document, codes = self.run_berth("push", "team/new:1", **self.secret)
        self.assertEqual((status, codes), (0, ["azure.repository-made"]), document)

    def test_a_federated_token_comes_from_its_file(self):
        file = self.fake.directory / "federated"
        file.write_text("federated-of-the-test\n")
        status, document, codes = self.run_berth("push", "team/app:2", **self.client | {
            "AZURE_TOKEN_CREDENTIALS": "prod", "AZURE_FEDERATED_TOKEN_FILE": str(file)})
        self.assertEqual((status, codes), (0, []), document)

    def test_a_certificate_authenticates_the_client(self):
        lines = json.loads((CLOUDS / "keys" / "throw_away_rsa.json").read_text())["pkcs8_base64"]
        pem = self.fake.directory / "client.pem"
        pem.write_text("-----BEGIN PRIVATE KEY-----\n" + "\n".join(lines) + "\n-----END PRIVATE KEY-----\n")
        made = subprocess.run(["openssl", "req", "-x509", "-key", pem, "-subj", "/CN=client", "-days", "2"], check=True, capture_output=True)
        with pem.open("ab") as file:
            file.write(made.stdout)
        printed = subprocess.run(["openssl", "x509", "-in", pem, "-noout", "-fingerprint", "-sha1"], check=True, capture_output=True, text=True)
        thumbprint = printed.stdout.strip().partition("=")[2].replace(":", "")
        self.fake.set(tenants={self.client["AZURE_TENANT_ID"]: {"clients": {self.client["AZURE_CLIENT_ID"]: {"thumbprints": [thumbprint]}}}})
        status, document, codes = self.run_berth("push", "team/app:3", **self.client, AZURE_CLIENT_CERTIFICATE_PATH=str(pem))
        self.assertEqual((status, codes), (0, []), document)

    def test_a_throttled_exchange_is_waited_for(self):
        later = {"status": 429, "body": "{}", "headers": {"Retry-After": "1"}}
        self.fake.set(faults=[later | {"operation": operation} for operation in ("entra.Token", "acr.Exchange", "acr.Token")])
        status, document, codes = self.run_berth("push", "team/app:later", **self.secret)
        self.assertEqual((status, codes), (0, []), document)
        self.assertEqual(self.fake.operations().count("Exchange"), 2)

    def test_half_an_environment_is_an_error(self):
        status, document, codes = self.run_berth("push", "team/app:half", AZURE_CLIENT_SECRET="x")
        self.assertEqual(status, 4, document)
        self.assertIn("AZURE_CLIENT_SECRET is set, but not AZURE_TENANT_ID", explained(document))
        self.assertIn("set AZURE_TENANT_ID", document["error"]["fix"])

    def test_az_is_the_last_source(self):
        directory = self.fake.directory / "bin"
        directory.mkdir()
        now = int(time.time())
        token = rs256.make_jwt({"aud": "https://containerregistry.azure.net", "principal": "pusher", "iat": now, "nbf": now, "exp": now + 60})
        (directory / "az").write_text(f"#!/bin/sh\necho '{json.dumps({'accessToken': token})}'\n")
        (directory / "az").chmod(0o755)
        path = f"{directory}:{os.environ['PATH']}"
        status, document, codes = self.run_berth("push", "team/app:4", AZURE_TOKEN_CREDENTIALS="dev", PATH=path)
        self.assertEqual((status, codes), (0, []), document)

    def test_without_credentials_az_is_run_once(self):
        directory = self.fake.directory / "no-account"
        directory.mkdir()
        (directory / "az").write_text(f"#!/bin/sh\necho asked >> {directory}/asked\nexit 1\n")
        (directory / "az").chmod(0o755)
        path = f"{directory}:{os.environ['PATH']}"
        status, document, codes = self.run_berth("push", "team/app:4", AZURE_TOKEN_CREDENTIALS="dev", PATH=path)
        self.assertEqual((status, document["error"]["class"]), (4, "auth"), document)
        self.assertIn("az account get-access-token ended with status 1", explained(document))
        self.assertEqual((directory / "asked").read_text(), "asked\n")

    def test_locks_are_reported_before_the_upload(self):
        self.fake.set(**self.taken("9", attributes={"writeEnabled": False}))
        status, document, codes = self.run_berth("push", "team/app:9", **self.secret)
        self.assertEqual((status, codes), (3, ["azure.tag-locked"]), document)
        self.assertIn("--image team/app:9 --write-enabled true", document["findings"][0]["fix"])
        self.fake.set(repositories={"team/app": {"attributes": {"writeEnabled": False}}})
        status, document, codes = self.run_berth("push", "team/app:9", **self.secret)
        self.assertEqual((status, codes), (3, ["azure.repository-locked"]), document)
        self.assertIn("az acr repository update --name example --repository team/app", document["findings"][0]["fix"])

    def test_a_tag_that_is_not_locked_is_overwritten(self):
        self.fake.set(**self.taken("8"))
        status, document, codes = self.run_berth("check", "team/app:8", **self.secret)
        self.assertEqual((status, codes), (0, []), document)

    def test_without_push_permission_the_role_is_named(self):
        self.fake.set(rights={"pusher": {"*": ["pull", "metadata_read"]}})
        status, document, codes = self.run_berth("push", "team/app:7", **self.secret)
        self.assertEqual((status, codes), (3, ["azure.may-not-push"]), document)
        self.assertIn("--role AcrPush", document["findings"][0]["fix"])
        self.fake.set(rights={"pusher": {"*": ["pull", "push"]}})
        status, document, codes = self.run_berth("check", "team/app:7", **self.secret)
        self.assertEqual((status, codes), (0, ["azure.not-asked"]), document)

    def test_an_identity_without_a_role_is_named(self):
        self.fake.set(rights={"pusher": None})
        status, document, codes = self.run_berth("push", "team/app:1", **self.secret)
        self.assertEqual((status, codes), (3, ["azure.exchange-refused"]), document)
        self.assertIn("AZURE_CLIENT_SECRET", document["findings"][0]["message"])

    def test_the_rejection_by_entra_is_shown(self):
        status, document, codes = self.run_berth("check", "team/app:1", **self.secret | {"AZURE_CLIENT_SECRET": "wrong"})
        self.assertEqual(status, 4, document)
        self.assertIn("AADSTS7000215", json.dumps(document))
        self.assertIn("environment AZURE_CLIENT_SECRET", json.dumps(document))

    def test_a_firewall_is_not_taken_for_a_login(self):
        self.fake.set(firewall=True)
        status, document, codes = self.run_berth("push", "team/app:1", **self.secret)
        self.assertEqual((status, codes), (3, ["azure.firewall"]), document)

    def test_capitals_are_lowered(self):
        status, document, codes = self.berth.run("check", self.berth.image, "Example.AzureCR.io/team/app:6", **self.secret)
        self.assertEqual((status, codes), (0, []), document)

    def test_a_domain_of_ones_own_needs_the_login_server(self):
        image, how = f"{self.domain}/team/app:5", ["--flavor", "azure", "--uri", self.domain]
        status, document, codes = self.berth.run("push", self.berth.image, image, *how, "--set", f"login_server={self.host}", **self.secret)
        self.assertEqual((status, codes), (0, []), document)
        self.assertIn(self.domain, self.fake.proxy.hosts)
        status, document, _ = self.berth.run("check", self.berth.image, image, *how, **self.secret)
        self.assertEqual(status, 4, document)
        self.assertIn("set login_server", explained(document))
        status, document, codes = self.berth.run("check", self.berth.image, image, *how, BERTH_USERNAME="admin",
                                                 BERTH_PASSWORD="admin-password")
        self.assertEqual((status, codes), (0, ["azure.tag-same"]), document)
        status, document, _ = self.berth.run("check", "--offline", image, *how, "--set", "login_server=azurecr.io")
        self.assertEqual(status, 3, document)

    def test_an_admin_user_that_is_disabled_is_reported(self):
        self.fake.set(admin_enabled=False)
        status, document, _ = self.run_berth("check", "team/app:1", BERTH_USERNAME="admin", BERTH_PASSWORD="admin-password")
        self.assertEqual(status, 4, document)
        self.assertIn("switched off", explained(document))


class Gcp(CloudTest):
    provider = "gcp"
    host = "europe-west1-docker.pkg.dev"
    hosts = [host, "gcr.io", "artifactregistry.googleapis.com", "oauth2.googleapis.com", "sts.googleapis.com", "iamcredentials.googleapis.com"]
    repository = "projects/example-project/locations/europe-west1/repositories/team"
    pusher = "pusher@example-project.iam.gserviceaccount.com"

    def setUp(self):
        super().setUp()
        self.credentials = {"GOOGLE_APPLICATION_CREDENTIALS": str(self.berth.home / "credentials.json")}
        key = json.loads((CLOUDS / "keys" / "throw_away_rsa.json").read_text())
        pem = "-----BEGIN PRIVATE KEY-----\n" + "\n".join(key["pkcs8_base64"]) + "\n-----END PRIVATE KEY-----\n"
        self.key = {"type": "service_account", "private_key_id": key["key_id"], "private_key": pem, "client_email": self.pusher,
                    "token_uri": "https://oauth2.googleapis.com/token"}

    def test_the_page_matches_the_program(self):
        (self.berth.home / "credentials.json").write_text(json.dumps(self.key))
        self.check_page()

    def test_the_registrys_own_messages_are_explained(self):
        self.fake.set(faults=[{"operation": "Registry", "method": "PUT", "times": 9, "status": 400, "error": "MANIFEST_INVALID",
                               "message": "The repository has enabled tag immutability"}])
        status, document, codes = self.run_berth("push", "example-project/team/app:9")
        self.assertNotEqual(status, 0)
        self.assertIn("tags are immutable", explained(document))

    def test_blobs_are_uploaded_in_one_request(self):
        self.assertIn("upload-rules monolithic=yes", self.berth.shell(f"berth check -v --offline oci:img {self.host}/example-project/team/app:1"))

    def run_berth(self, command, image, *arguments, credentials=None, **variables):
        """Runs berth with the key of a service account in a file, or with other credentials."""
        file = self.berth.home / "credentials.json"
        file.write_text(json.dumps(credentials or self.key))
        variables = {"GOOGLE_APPLICATION_CREDENTIALS": str(file), **variables}
        return self.berth.run(command, self.berth.image, f"{self.host}/{image}", *arguments, **variables)

    def test_an_image_is_pushed_and_then_up_to_date(self):
        status, document, codes = self.run_berth("push", "example-project/team/app:1")
        self.assertEqual((status, codes), (0, []), document)
        self.assertEqual(document["flavor"], "gcp")
        self.assertLessEqual({self.host, "artifactregistry.googleapis.com", "oauth2.googleapis.com"}, set(self.fake.proxy.hosts))
        status, document, codes = self.run_berth("push", "example-project/team/app:1")
        self.assertEqual((status, codes), (0, ["gcp.tag-same"]), document)

    def test_a_check_needs_few_requests(self):
        """Four round trips, of which three depend on each other: token (parallel to the challenge), the registry's token, tag; and
        Artifact Registry's responses about repository and permissions, in parallel."""
        status, document, codes = self.run_berth("check", "example-project/team/app:few")
        self.assertEqual((status, codes), (0, []), document)
        self.assert_asked("Registry", "Token", "GetRepository", "TestIamPermissions", "Token", "Registry")

    def test_a_missing_repository_is_reported_and_created_on_request(self):
        image = "example-project/new/app:1"
        status, document, codes = self.run_berth("push", image)
        self.assertEqual((status, codes), (3, ["gcp.repository-missing"]), document)
        self.assertIn("gcloud artifacts repositories create new --repository-format=docker --location=europe-west1 "
                      "--project=example-project", document["findings"][0]["fix"])
        how = ["--flavor", "gcp", "--uri", self.host, "--set", "create_repository=true", "--set", "immutable_tags=true"]
        for command in "check", "push":
            status, document, codes = self.run_berth(command, image, *how)
            self.assertEqual((status, codes), (0, ["gcp.repository-made"]), document)
        status, document, codes = self.run_berth("check", image)
        self.assertEqual((status, codes), (0, ["gcp.tag-same"]), document)

    def test_an_operation_that_fails_is_reported(self):
        self.fake.set(operation_error={"code": 8, "message": "quota exceeded"})
        status, document, codes = self.run_berth("push", "example-project/never/app:1", "--flavor", "gcp", "--uri", self.host, "--set",
                                                 "create_repository=true")
        self.assertEqual((status, codes), (3, ["gcp.repository-made", "gcp.repository-not-made"]), document)
        self.assertIn("quota exceeded", document["findings"][1]["message"])

    def test_without_push_permission_nothing_is_uploaded(self):
        self.fake.set(permissions={self.pusher: ["artifactregistry.repositories.get", "artifactregistry.repositories.downloadArtifacts"]})
        status, document, codes = self.run_berth("push", "example-project/team/app:2")
        self.assertEqual((status, codes), (3, ["gcp.may-not-push"]), document)
        self.assertIn(f"--role=roles/artifactregistry.writer --member=serviceAccount:{self.pusher}", document["findings"][0]["fix"])
        self.fake.set(hides_absent=True)
        status, document, codes = self.run_berth("push", "example-project/hidden/app:2")
        self.assertEqual((status, codes), (3, ["gcp.not-allowed-to-ask", "gcp.may-not-push"]), document)

    def test_an_immutable_tag_is_reported_before_the_upload(self):
        status, document, codes = self.run_berth("push", "example-project/team/kept:1")
        self.assertEqual((status, codes), (0, []), document)
        self.fake.set(repositories={self.repository: {"dockerConfig": {"immutableTags": True}}})
        status, document, codes = self.run_berth("check", "example-project/team/kept:1")
        self.assertEqual((status, codes), (0, ["gcp.tag-same"]), document)
        status, document, codes = self.berth.run("push", annotated(self.fake.directory / "img", self.fake.directory / "other"),
                                                 f"{self.host}/example-project/team/kept:1",
                                                 **self.credentials)
        self.assertEqual((status, codes), (3, ["gcp.tag-immutable"]), document)
        status, document, codes = self.run_berth("check", "example-project/team/kept:2")
        self.assertEqual((status, codes), (0, []), document)

    def test_other_kinds_of_repositories(self):
        self.fake.set(repositories={self.repository: {"mode": "REMOTE_REPOSITORY"}})
        status, document, codes = self.run_berth("check", "example-project/team/app:3")
        self.assertEqual((status, codes), (0, ["gcp.mode"]), document)
        self.fake.set(repositories={self.repository: {"format": "MAVEN"}})
        status, document, codes = self.run_berth("check", "example-project/team/app:3")
        self.assertEqual((status, codes), (3, ["gcp.format"]), document)

    def test_workload_identity_from_a_file_acts_as_a_service_account(self):
        subject = self.berth.home / "subject"
        subject.write_text("subject-of-the-test")
        status, document, codes = self.run_berth("push", "example-project/team/federated:1", credentials={
            "type": "external_account", "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "audience": "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci/providers/forge",
            "token_url": "https://sts.googleapis.com/v1/token", "credential_source": {"file": str(subject)},
            "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"
                                                 f"{self.pusher}:generateAccessToken"})
        self.assertEqual((status, codes), (0, []), document)
        self.assertLessEqual({"sts.googleapis.com", "iamcredentials.googleapis.com"}, set(self.fake.proxy.hosts))

    def test_a_metadata_server_is_found_by_its_variable(self):
        with program("/usr/bin/python3", CLOUDS / "fakes" / "gcp.py") as metadata:
            status, document, codes = self.berth.run("push", self.berth.image, f"{self.host}/example-project/team/instance:1",
                                                     GCE_METADATA_HOST=f"127.0.0.1:{int(metadata.stdout.readline())}")
        self.assertEqual((status, codes), (0, []), document)

    def test_what_is_wrong_with_credentials_is_reported(self):
        image = "example-project/team/app:4"
        self.fake.set(clock_skew_s=3600)
        status, document, codes = self.run_berth("check", image)
        self.assertNotEqual(status, 0, document)
        self.assertIn("clock", json.dumps(document))
        self.fake.set(service_accounts={self.pusher: {"disabled": True}})
        status, document, codes = self.run_berth("check", image)
        self.assertIn("invalid_grant: Invalid grant: account disabled", json.dumps(document))
        status, document, codes = self.run_berth("check", image, credentials={"type": "authorized_user"})
        self.assertIn("credentials.json (GOOGLE_APPLICATION_CREDENTIALS): authorized_user without client_id", json.dumps(document))
        status, document, codes = self.run_berth("check", image, credentials={**self.key, "token_uri": "https://evil.example/token"})
        self.assertIn("not an address of Google", json.dumps(document))

    def test_a_login_that_is_explicit_is_not_affected_by_files(self):
        self.fake.set(permissions={"principal-of-ci": []})
        status, document, codes = self.run_berth("push", "example-project/team/given:1", GOOGLE_APPLICATION_CREDENTIALS="/absent",
                                                 BERTH_USERNAME="oauth2accesstoken", BERTH_PASSWORD=f"access-of-{self.pusher}")
        self.assertEqual((status, codes), (0, ["gcp.credentials"]), document)
        self.fake.set(permissions={self.pusher: ["artifactregistry.repositories.get"]})
        status, document, codes = self.run_berth("push", "example-project/team/given:2", BERTH_USERNAME="oauth2accesstoken",
                                                 BERTH_PASSWORD="access-of-alice@example.com")
        self.assertEqual((status, codes), (0, []), document)

    def test_a_login_of_another_source_is_not_affected_either(self):
        """A source with precedence over the flavor's, and one that replaces it after a rejection."""
        self.fake.set(permissions={self.pusher: ["artifactregistry.repositories.get", "artifactregistry.repositories.downloadArtifacts"]})
        alice = base64.b64encode(b"oauth2accesstoken:access-of-alice@example.com").decode()
        for place, variable in ("auth.json", "REGISTRY_AUTH_FILE"), ("config.json", "DOCKER_CONFIG"):
            with self.subTest(variable):
                file = self.berth.home / variable / place
                file.parent.mkdir()
                file.write_text(json.dumps({"auths": {self.host: {"auth": alice}}}))
                value = str(file if variable == "REGISTRY_AUTH_FILE" else file.parent)
                status, document, codes = self.run_berth("push", f"example-project/team/{variable.lower()}:1", **{variable: value})
                self.assertEqual((status, codes), (0, []), document)

    def test_the_login_of_a_named_user_is_not_affected_either(self):
        """With the setting username, the push does not use the flavor's own credential."""
        other = "reader@example-project.iam.gserviceaccount.com"
        self.fake.set(service_accounts={other: {"disabled": False}},
                      permissions={other: ["artifactregistry.repositories.get", "artifactregistry.repositories.downloadArtifacts"]})
        directory = self.berth.home / "named"
        directory.mkdir()
        login = base64.b64encode(b"_json_key:" + json.dumps(self.key).encode()).decode()
        (directory / "config.json").write_text(json.dumps({"auths": {self.host: {"auth": login}}}))
        file = self.berth.home / "named.json"
        file.write_text(json.dumps({**self.key, "client_email": other}))
        how = ["--flavor", "gcp", "--uri", self.host, "--set", "username=_json_key"]
        status, document, codes = self.run_berth("push", "example-project/team/named:1", *how, DOCKER_CONFIG=str(directory),
                                                 GOOGLE_APPLICATION_CREDENTIALS=str(file))
        self.assertEqual((status, codes), (0, []), document)

    def test_the_uri_may_name_project_and_repository(self):
        status, document, codes = self.run_berth("push", "example-project/team/below:1", "--flavor", "gcp", "--uri",
                                                 f"{self.host}/example-project/team")
        self.assertEqual((status, codes), (0, []), document)

    def test_gcr_io_is_the_repository_of_its_own_name(self):
        names = {"host_location": "us", "gcr_repository": "gcr.io"}
        repository = "projects/example-project/locations/us/repositories/gcr.io"
        self.fake.set(**names)
        self.run_berth("check", "example-project/team/app:1")  # writes the file
        image, how = "gcr.io/example-project/app:1", ["--flavor", "gcp", "--uri", "gcr.io", "--set", "create_repository=true"]
        status, document, codes = self.berth.run("check", self.berth.image, image, **self.credentials)
        self.assertEqual((status, codes), (0, ["gcp.repository-on-push"]), document)
        self.assertIn("create gcr.io --repository-format=docker --location=us", document["findings"][0]["fix"])
        status, document, codes = self.berth.run("push", self.berth.image, image, **self.credentials)
        self.assertEqual((status, codes), (5, ["gcp.repository-on-push"]), document)
        self.assertIn("does not distinguish the two", explained(document))
        status, document, codes = self.berth.run("push", self.berth.image, image, *how, **self.credentials)
        self.assertEqual((status, codes), (0, ["gcp.repository-made"]), document)
        self.fake.set(**names, repositories={repository: {"format": "DOCKER", "mode": "STANDARD_REPOSITORY"}})
        status, document, codes = self.berth.run("check", self.berth.image, image, **self.credentials)
        self.assertEqual((status, codes), (0, ["gcp.tag-same"]), document)

    def test_without_a_login_the_tried_sources_are_listed(self):
        empty = self.fake.directory / "empty"
        empty.mkdir()
        status, document, codes = self.berth.run("check", self.berth.image, f"{self.host}/example-project/team/app:5",
                                                 NO_GCE_CHECK="true", PATH=str(empty))
        self.assertEqual((status, codes), (4, ["gcp.no-token"]), document)
        self.assertIn("gcloud: not installed", json.dumps(document))
        self.assertIn("gcloud auth application-default login", document["error"]["fix"])

    def test_paths_have_three_parts(self):
        status, document, codes = self.berth.run("check", "--offline", f"{self.host}/example-project/app:1")
        self.assertEqual((status, codes), (3, ["gcp.path"]), document)


PROVIDERS = {"aws": Aws, "azure": Azure, "default": Default, "layout": Layout, "dockerhub": DockerHub, "gcp": Gcp}

if __name__ == "__main__":
    BERTH, WRITE = pathlib.Path(sys.argv[1]).resolve(), "--write" in sys.argv
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(PROVIDERS[sys.argv[2]])
    sys.exit(0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1)
