#!/usr/bin/env python3
"""The example flavor of the SDK, built out of the tree, against a fake Artifactory with a real docker-registry behind.

Usage: artifactory_test.py BERTH
"""
import base64
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import unittest

import berth_test
from servers import CLOUDS

SDK = CLOUDS.parent.parent / "sdk"
SERVER = "artifactory.example.com"


class Artifactory(berth_test.CloudTest):
    provider = "artifactory"
    hosts = [SERVER, f"docker-local.{SERVER}"]
    alice = {"BERTH_USERNAME": "alice", "BERTH_PASSWORD": "token-of-alice"}
    ci = {"BERTH_USERNAME": "ci", "BERTH_PASSWORD": "token-of-ci"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        plugin = cls.fake.directory / "artifactory.so"
        subprocess.run([os.environ.get("CXX", "g++"), "-std=c++17", "-shared", "-fPIC", "-I", SDK / "include",
                        SDK / "examples" / "artifactory" / "artifactory.cpp", "-o", plugin], check=True)
        cls.must("flavor", "register", plugin, "--yes")
        cls.must("container-registry", "register", "art", "--flavor", "artifactory", "--uri", SERVER)
        cls.must("container-registry", "register", "sub", "--flavor", "artifactory", "--uri", f"docker-local.{SERVER}")
        cls.must("container-registry", "register", "set", "--flavor", "artifactory", "--uri", f"docker-local.{SERVER}",
                 "--set", "repository=docker-local")

    @classmethod
    def must(cls, *arguments):
        subprocess.run([berth_test.BERTH, *arguments], check=True, env=cls.berth.environment, stdout=subprocess.DEVNULL)

    def run_berth(self, command, image, *arguments, login=None):
        return self.berth.run(command, self.berth.image, image, *arguments, **(self.alice if login is None else login))

    def check_stopped(self, image, code, message, login=None):
        """Fails with that finding before the upload."""
        self.fake.set()
        status, document, codes = self.run_berth("push", image, login=login)
        self.assertEqual((status, codes), (3, [code]), document)
        finding = document["findings"][0]
        self.assertEqual(finding["severity"], "error")
        self.assertIn(message, finding["message"])
        self.assertTrue(finding["fix"])
        self.assertLessEqual({line["method"] for line in self.fake.log()}, {"GET", "HEAD"})

    def test_an_image_is_pushed_by_path_and_then_up_to_date(self):
        for image in ("art/docker-local/team/app:1", "art/docker/app:1", "art/oci-local/app:1"):
            status, document, codes = self.run_berth("push", image)
            self.assertEqual((status, codes), (0, []), document)
            self.assertTrue(document["digest"].startswith("sha256:"))
        status, document, codes = self.run_berth("check", "art/docker-local/team/app:1")
        self.assertEqual((status, codes), (0, ["artifactory.tag-same"]), document)

    def test_an_image_is_pushed_by_subdomain(self):
        for name in ("sub", "set"):
            status, document, codes = self.run_berth("push", f"{name}/team/app:{name}")
            self.assertEqual((status, codes), (0, []), document)
            status, document, codes = self.run_berth("push", f"{name}/app:{name}")
            self.assertEqual((status, codes), (0, []), document)

    def test_a_missing_key_is_reported_with_the_existing_keys(self):
        self.check_stopped("art/dokcer-local/app:1", "artifactory.repository-missing", "this login sees docker-local, hub, docker")
        self.check_stopped("art/app:1", "artifactory.no-repository-key", "names no repository")

    def test_where_the_repository_of_the_host_is_unknown_it_warns(self):
        self.fake.set(anonymous=True)
        status, document, codes = self.run_berth("check", "sub/team/app:9")
        self.assertEqual((status, codes), (0, ["artifactory.repository-missing", "check.credentials-unverified"]), document)
        for image in ("set/team/app:9", "art/docker-local/app:9"):
            status, document, codes = self.run_berth("push", image)
            self.assertEqual((status, codes), (0, []), document)
        self.assertIn("Token", self.fake.operations())

    def test_a_repository_that_is_hidden_from_anybody_is_asked_for_with_the_login(self):
        self.fake.set(anonymous=True, force_authentication=True, hidden=["docker-local"])
        for image in ("set/app:hidden", "art/docker-local/app:hidden"):
            status, document, codes = self.run_berth("push", image)
            self.assertEqual((status, codes), (0, []), document)
        self.fake.set(anonymous=True, hidden=["docker-local"])
        status, document, codes = self.run_berth("push", "set/app:shown")
        self.assertEqual((status, codes), (0, ["artifactory.repository-missing"]), document)
        self.assertEqual(document["findings"][0]["severity"], "warning")

    def test_repositories_that_take_no_pushes(self):
        self.check_stopped("art/hub/app:1", "artifactory.repository-remote", "it caches https://registry-1.docker.io/")
        self.check_stopped("art/docker-all/app:1", "artifactory.no-deployment-repository", "docker-all")
        self.check_stopped("art/npm-local/app:1", "artifactory.package-type", "of type npm")

    def test_unknown_settings_are_not_an_error(self):
        status, document, codes = self.run_berth("push", "art/docker/other:1", login=self.ci)
        self.assertEqual((status, codes), (0, ["artifactory.not-told"]), document)
        self.fake.set(edition="oss")
        status, document, codes = self.run_berth("check", "art/docker-local/app:1")
        self.assertEqual((status, codes[0]), (0, "artifactory.not-told"), document)
        self.fake.set(faults=[{"operation": "rt.GetRepository", "times": 9, "status": 404, "body": "<html>no such page</html>"}])
        status, document, codes = self.run_berth("check", "art/docker-local/other:1")
        self.assertEqual((status, codes), (0, ["artifactory.not-told"]), document)

    def another_image(self):
        """The same layers with another manifest."""
        layout = self.fake.directory / "other"
        shutil.copytree(self.fake.directory / "img", layout)
        index = json.loads((layout / "index.json").read_text())
        entry = index["manifests"][0]
        manifest = json.loads((layout / "blobs" / entry["digest"].replace(":", "/")).read_text())
        written = json.dumps(manifest | {"annotations": {"other": "yes"}}).encode()
        entry |= {"digest": "sha256:" + hashlib.sha256(written).hexdigest(), "size": len(written)}
        (layout / "blobs" / entry["digest"].replace(":", "/")).write_bytes(written)
        (layout / "index.json").write_text(json.dumps(index))
        return f"oci:{layout}"

    def test_a_tag_that_is_immutable(self):
        self.assertEqual(self.run_berth("push", "art/docker-local/taken:1")[0], 0)
        other = self.another_image()
        status, document, codes = self.berth.run("push", other, "art/docker-local/taken:1", **self.ci)
        self.assertEqual((status, codes), (5, ["artifactory.tag-taken"]), document)
        self.assertIn("may not replace it", berth_test.explained(document))
        self.assertIn("Delete/Overwrite", document["error"]["fix"])
        status, document, codes = self.berth.run("push", other, "art/docker-local/taken:1", **self.alice)
        self.assertEqual((status, codes), (0, ["artifactory.tag-taken"]), document)

    def test_without_a_deploy_permission_the_finding_names_it(self):
        reader = {"BERTH_USERNAME": "reader", "BERTH_PASSWORD": "token-of-reader"}
        status, document, codes = self.run_berth("push", "art/docker-local/app:2", login=reader)
        self.assertEqual((status, codes), (5, []), document)
        self.assertIn("Deploy", document["error"]["fix"])
        self.assertIn("User is unauthorized to upload", document["error"]["registry"])

    def test_a_token_that_is_rejected(self):
        status, document, _ = self.run_berth("push", "art/docker-local/app:1", login={"BERTH_USERNAME": "alice", "BERTH_PASSWORD": "old"})
        self.assertEqual((status, document["error"]["code"]), (4, "auth.refused"), document)

    def test_the_login_of_jfrogs_own_tools(self):
        url = {"JF_URL": f"https://{SERVER}/", "JF_USER": "alice", "JF_ACCESS_TOKEN": "token-of-alice"}
        for image in ("art/docker-local/env:1", "set/env:1"):
            status, document, _ = self.run_berth("push", image, login=url)
            self.assertEqual(status, 0, document)
        status, document, _ = self.run_berth("push", "art/docker-local/env:2", login=url | {"JF_URL": "https://other.example.com/"})
        self.assertEqual(status, 4, document)
        status, document, _ = self.run_berth("push", "art/docker-local/env:2", login=url | {"JF_ACCESS_TOKEN": "old"})
        self.assertEqual(status, 4, document)
        self.assertIn("JF_ACCESS_TOKEN", json.dumps(document))
        self.assertNotIn("old\"", json.dumps(document))
        status, document, _ = self.run_berth("push", "art/docker-local/env:2", login={"JF_URL": url["JF_URL"], "JF_ACCESS_TOKEN": "opaque"})
        self.assertIn("has no user name", json.dumps(document))

    def test_an_access_token_contains_its_user_and_its_expiry(self):
        for expires, wanted in ((int(time.time()) + 3600, 0), (1700000000, 4)):
            claims = base64.urlsafe_b64encode(json.dumps({"sub": "jfac@01h/users/alice", "exp": expires}).encode()).decode().rstrip("=")
            token = f"e30.{claims}.c2lnbmF0dXJl"
            self.fake.set(users={"alice": {"token": token}})
            status, document, _ = self.run_berth("push", "art/docker-local/claims:1",
                                            login={"JF_URL": f"https://{SERVER}", "JF_ACCESS_TOKEN": token})
            self.assertEqual(status, wanted, document)
        self.assertIn("the token has expired", json.dumps(document))

    def test_the_servers_of_jf_config(self):
        servers = [{"url": "https://other.example.com/", "user": "bob", "accessToken": "of-another-server", "serverId": "other"},
                   {"url": f"https://{SERVER}/", "artifactoryUrl": f"https://{SERVER}/artifactory/", "user": "ci",
                    "accessToken": "token-of-ci", "serverId": "mine", "isDefault": True}]
        config = self.berth.home / ".jfrog" / "jfrog-cli.conf.v6"
        config.parent.mkdir()
        self.addCleanup(config.parent.rmdir)
        self.addCleanup(config.unlink)
        config.write_text(json.dumps({"servers": servers, "version": "6"}))
        status, document, _ = self.run_berth("push", "art/docker-local/config:1", login={})
        self.assertEqual(status, 0, document)
        config.write_text(json.dumps({"servers": servers, "version": "6", "enc": True}))
        status, document, _ = self.run_berth("push", "art/docker-local/config:2", login={})
        self.assertEqual(status, 4, document)
        self.assertIn("encrypted", json.dumps(document))
        config.write_text('{\n "servers": [\n  <\n')
        status, document, _ = self.run_berth("push", "art/docker-local/config:2", login={})
        self.assertEqual(status, 4, document)
        self.assertIn("line 3", json.dumps(document))

    def test_the_page_lists_what_it_finds(self):
        page = (SDK / "examples" / "artifactory" / "README.md").read_text()
        findings = self.berth.run("flavor", "describe", "artifactory")[1]["findings"]
        rows = "".join(f"| `{kind['code']}` | {kind['severity']} | {kind['meaning']} |\n" for kind in findings)
        self.assertIn("| Code | Severity | Means |\n|---|---|---|\n" + rows + "\n", page, rows)

    def test_without_a_network_only_names_are_checked(self):
        status, document, codes = self.berth.run("check", "--offline", "art/app:1")
        self.assertEqual((status, codes), (0, ["artifactory.no-repository-key"]), document)


if __name__ == "__main__":
    berth_test.BERTH = pathlib.Path(sys.argv[1]).resolve()
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Artifactory)
    sys.exit(0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1)
