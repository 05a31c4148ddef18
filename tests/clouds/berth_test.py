#!/usr/bin/env python3
"""berth with its flavors against the fake clouds, under the real hosts' names, through TLS, with a real docker-registry behind.

Usage: berth_test.py BERTH PROVIDER
"""
import json
import os
import pathlib
import subprocess
import sys
import unittest

from servers import CLOUDS, cloud

BERTH = None


class Berth:
    """berth on a machine of its own, which reaches the cloud alone."""

    def __init__(self, fake):
        self.fake = fake
        self.home = fake.folder / "home"
        self.home.mkdir()
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "HTTPS_PROXY": fake.proxy.url}
        subprocess.run([CLOUDS.parent.parent / "scripts" / "make-image", fake.folder / "img", "1"], check=True, capture_output=True)
        self.image = f"oci:{fake.folder / 'img'}"

    def run(self, *words, **variables):
        """Exit status, the JSON document, the codes of its findings."""
        ran = subprocess.run([BERTH, *words, "--output", "json", "--ca-file", self.fake.ca], capture_output=True, text=True,
                             env=self.environment | variables, timeout=60)
        document = json.loads(ran.stdout)
        codes = [finding["code"] for finding in document.get("findings", [])]
        return ran.returncode, document, codes


class CloudTest(unittest.TestCase):
    provider, hosts = "", []

    @classmethod
    def setUpClass(cls):
        cls.fake = cls.enterClassContext(cloud(cls.provider, cls.hosts))
        cls.berth = Berth(cls.fake)


class DockerHub(CloudTest):
    provider = "dockerhub"
    hosts = ["registry-1.docker.io", "auth.docker.io", "hub.docker.com"]
    alice = {"BERTH_USERNAME": "alice", "BERTH_PASSWORD": "password-of-alice"}

    def test_an_image_goes_up_and_is_known_again(self):
        status, document, codes = self.berth.run("push", self.berth.image, "docker.io/alice/app:1", **self.alice)
        self.assertEqual(status, 0, document)
        self.assertEqual(document["flavor"], "dockerhub")
        self.assertEqual(codes, [])
        status, document, codes = self.berth.run("check", self.berth.image, "docker.io/alice/app:1", **self.alice)
        self.assertEqual((status, codes), (0, ["dockerhub.tag-same", "dockerhub.pull-limit"]), document)
        self.assertIn("registry-1.docker.io", self.fake.proxy.hosts)
        self.assertIn("auth.docker.io", self.fake.proxy.hosts)

    def test_a_read_only_token_is_named_before_a_byte_moves(self):
        status, document, codes = self.berth.run("push", self.berth.image, "docker.io/alice/app:2", BERTH_USERNAME="alice",
                                                 BERTH_PASSWORD="read-only-token")
        self.assertEqual((status, codes), (3, ["dockerhub.read-only-token"]), document)

    def test_another_namespace_is_refused(self):
        status, document, codes = self.berth.run("push", self.berth.image, "docker.io/library/busybox:1", **self.alice)
        self.assertEqual((status, codes), (3, ["dockerhub.name"]), document)
        status, document, codes = self.berth.run("push", self.berth.image, "docker.io/bob/app:1", **self.alice)
        self.assertEqual((status, codes[:1]), (3, ["dockerhub.may-not-push"]), document)

    def test_names_have_two_parts(self):
        status, document, codes = self.berth.run("check", "--offline", "docker.io/alice/team/app:1")
        self.assertEqual((status, codes), (3, ["dockerhub.name"]), document)


PROVIDERS = {"dockerhub": DockerHub}

if __name__ == "__main__":
    BERTH = pathlib.Path(sys.argv[1]).resolve()
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(PROVIDERS[sys.argv[2]])
    sys.exit(0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1)
