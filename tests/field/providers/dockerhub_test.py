#!/usr/bin/env python3
"""Docker Hub: distinct login errors, and repositories that must not become public. Usage: dockerhub_test.py BERTH."""
import json

from clouds import CloudTest, docker_login, run


class DockerHub(CloudTest):
    provider = "dockerhub"
    hosts = ["registry-1.docker.io", "auth.docker.io", "hub.docker.com"]

    def docker_config(self, secret, user="alice"):
        return docker_login(self.berth.home / secret, "https://index.docker.io/v1/", user, secret)

    def push(self, name, *arguments, **variables):
        return self.berth.run("push", self.berth.image, f"docker.io/{name}", *arguments, **variables)

    def assert_nothing_uploaded(self):
        self.assertNotIn("POST", [entry["method"] for entry in self.fake.log() if entry["operation"] == "Registry"])

    def test_a_rejected_login_is_not_a_lack_of_rights(self):
        status, document, codes = self.push("alice/app:1", **self.docker_config("wrong"))
        self.assertEqual((status, codes, document["error"]["class"]), (4, [], "auth"), document)
        self.assertIn("wrong/config.json", document["error"]["message"] + "; " + document["error"]["cause"])
        self.assertIn("the user name or the password is wrong", document["error"]["message"] + "; " + document["error"]["cause"])
        self.assertIn("berth login docker.io", document["error"]["fix"])
        self.assert_nothing_uploaded()

    def test_a_password_where_a_token_is_required(self):
        self.fake.set(faults=[{"operation": "auth.Token", "times": 9, "status": 401, "error": "UNAUTHORIZED",
                               "message": "your account must log in with a Personal Access Token (PAT) - learn more at "
                                          "docs.docker.com/go/access-tokens"}])
        status, document, _ = self.push("alice/app:1", **self.docker_config("password-of-alice"))
        self.assertEqual(status, 4, document)
        self.assertIn("does not accept its password", document["error"]["message"] + "; " + document["error"]["cause"])
        self.assertIn("https://app.docker.com/settings/personal-access-tokens", document["error"]["fix"])

    def test_a_read_only_token(self):
        status, document, codes = self.push("alice/app:2", **self.docker_config("read-only-token"))
        self.assertEqual((status, codes), (3, ["dockerhub.read-only-token"]), document)
        self.assertIn("the access token of alice is read-only (password of alice, from", document["findings"][0]["message"])
        self.assertIn("Read & Write", document["findings"][0]["fix"])
        self.assert_nothing_uploaded()

    def test_a_namespace_of_another_account(self):
        status, document, codes = self.push("devops/coursepage:1", **self.docker_config("password-of-alice"))
        self.assertEqual((status, codes), (3, ["dockerhub.may-not-push"]), document)
        self.assertIn("alice is not authorized to push to devops/coursepage", document["findings"][0]["message"])
        self.assertEqual(document["findings"][0]["fix"], "push to docker.io/alice/coursepage, or ask an owner of devops for write access")
        self.assert_nothing_uploaded()

    def test_a_name_without_a_namespace(self):
        status, document, codes = self.push("hello:1", **self.docker_config("password-of-alice"))
        self.assertEqual((status, codes), (3, ["dockerhub.name"]), document)
        self.assertEqual(document["findings"][0]["fix"], "write docker.io/alice/hello:1")
        self.assert_nothing_uploaded()

    def test_a_private_image_is_never_published(self):
        how = ["--flavor", "dockerhub", "--uri", "docker.io", "--set", "create_repository=true", "--set", "private=true"]
        login = self.docker_config("password-of-alice")
        status, document, codes = self.push("alice/secret:1", *how, **login)
        self.assertEqual((status, codes), (0, ["dockerhub.repository-created"]), document)
        self.assertTrue(json.loads(self.fake.ask("GET", "/_fake/state"))["repositories"]["alice/secret"]["private"])
        self.fake.set(private_left=0)
        status, document, codes = self.push("alice/other:1", *how, **login)
        self.assertEqual((status, codes), (3, ["dockerhub.repository-created", "dockerhub.repository-not-created"]), document)
        self.assertIn("private repository limit reached", document["findings"][1]["message"])
        self.assert_nothing_uploaded()

    def test_pulls_that_are_used_up(self):
        self.fake.set(faults=[{"operation": "Registry", "method": "HEAD", "times": 99, "status": 429, "error": "TOOMANYREQUESTS",
                               "message": "You have reached your unauthenticated pull rate limit. "
                                          "https://www.docker.com/increase-rate-limit"}])
        status, document, _ = self.berth.run("check", self.berth.image, "docker.io/alice/app:1", **self.docker_config("password-of-alice"))
        self.assertEqual(status, 0, document)


run(DockerHub)
