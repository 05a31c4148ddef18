#!/usr/bin/env python3
"""A login of config.json that is rejected: in every cloud an error of class auth that names the file. It is replaced neither by anonymous
access, which each of these registries grants for pulls, nor by another source. Usage: logins_test.py BERTH."""
from clouds import CloudTest, docker_login, run


class LoginTest(CloudTest):
    host, image, user, config_key = "", "", "ci", ""
    environment, state = {}, {}

    def rejected(self, command):
        self.fake.set(**self.state)
        login = docker_login(self.berth.home / "docker", self.config_key or self.host, self.user, "outdated-secret")
        status, document, _ = self.berth.run(command, self.berth.image, f"{self.host}/{self.image}", **login, **self.environment)
        self.assertEqual((status, document.get("error", {}).get("code")), (4, "auth.refused"), document)
        error = document["error"]
        self.assertIn(f"{self.berth.home}/docker/config.json", error["cause"])
        self.assertIn("rejected", error["cause"])
        self.assertNotIn("anonymous", error["message"] + error["cause"])
        self.assertTrue(error["fix"])
        self.assertNotIn("outdated-secret", str(document))
        # Nothing is requested without credentials once a challenge is known.
        tokens = [entry for entry in self.fake.log() if entry["operation"].rpartition(".")[2] == "Token"]
        for entry in tokens:
            self.assertTrue("authorization" in entry["headers"] or "refresh_token" in entry["body"] or "password" in entry["body"], entry)
        opened = [entry for entry in self.fake.log() if entry["method"] in ("POST", "PUT", "PATCH") and entry["status"] in (201, 202)]
        self.assertEqual(opened, [])

    def both(self):
        for command in "push", "check":
            with self.subTest(command):
                self.rejected(command)


class DockerHub(LoginTest):
    provider, host, image, user = "dockerhub", "docker.io", "alice/app:1", "alice"
    hosts, config_key = ["registry-1.docker.io", "auth.docker.io", "hub.docker.com"], "https://index.docker.io/v1/"

    def test_a_rejected_login(self):
        self.both()


class Ecr(LoginTest):
    provider, host, image, user = "aws", "123456789012.dkr.ecr.eu-central-1.amazonaws.com", "team/app:1", "AWS"
    hosts, environment = [host, "api.ecr.eu-central-1.amazonaws.com"], {"AWS_EC2_METADATA_DISABLED": "true"}

    def test_a_rejected_login(self):
        self.both()


class EcrPublic(LoginTest):
    """Its token service returns a token to every client."""
    provider, host, image, user = "aws", "public.ecr.aws", "exampleco/app:1", "AWS"
    hosts, environment, state = [host, "api.ecr-public.us-east-1.amazonaws.com"], {"AWS_EC2_METADATA_DISABLED": "true"}, {"front": "public"}

    def test_a_rejected_login(self):
        self.both()


class Azure(LoginTest):
    provider, host, image = "azure", "example.azurecr.io", "team/app:1"
    hosts, state = [host], {"anonymous_pull": True}
    environment = {"AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential"}

    def test_a_rejected_login(self):
        self.both()


class Gcp(LoginTest):
    provider, host, image, user = "gcp", "europe-west1-docker.pkg.dev", "example-project/team/app:1", "oauth2accesstoken"
    hosts, environment = [host, "artifactregistry.googleapis.com"], {"NO_GCE_CHECK": "true"}

    def test_a_rejected_login(self):
        self.both()


class Products(LoginTest):
    provider, host, image = "products", "registry.example.com", "acme/app:1"
    hosts = [host]

    def test_a_rejected_login(self):
        for product in "harbor", "gitlab", "quay", "gitea", "nexus":
            with self.subTest(product):
                self.state = {"product": product, "public": ["acme"]}
                self.both()


del LoginTest, CloudTest
run(DockerHub, Ecr, EcrPublic, Azure, Gcp, Products)
