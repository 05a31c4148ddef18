#!/usr/bin/env python3
"""Azure Container Registry: requests for tokens that are throttled or lost, and half a source. Usage: azure_test.py BERTH."""
import os

from clouds import CloudTest, docker_login, run


class Azure(CloudTest):
    provider = "azure"
    host = "example.azurecr.io"
    hosts = [host, "login.microsoftonline.com"]
    client = {"AZURE_TENANT_ID": "11111111-1111-1111-1111-111111111111", "AZURE_CLIENT_ID": "22222222-2222-2222-2222-222222222222"}
    secret = client | {"AZURE_CLIENT_SECRET": "client-secret-of-the-test", "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential"}

    def push(self, name, **variables):
        return self.berth.run("push", self.berth.image, f"{self.host}/{name}", **variables)

    def az(self, name, script):
        directory = self.fake.directory / name
        directory.mkdir()
        (directory / "az").write_text(f"#!/bin/sh\n{script}")
        (directory / "az").chmod(0o755)
        return {"PATH": f"{directory}:{os.environ['PATH']}", "AZURE_TOKEN_CREDENTIALS": "AzureCliCredential"}

    def test_a_response_that_is_lost_or_asks_to_wait(self):
        for operation, count in ("entra.Token", 3), ("acr.Exchange", 2):
            for fault in {"lost": True}, {"status": 503, "body": "{}", "headers": {"Retry-After": "1"}}:
                with self.subTest(operation, **fault):
                    self.fake.set(faults=[fault | {"operation": operation}])
                    status, document, codes = self.push("team/app:again", **self.secret)
                    self.assertEqual(status, 0, document)
                    self.assertEqual(self.fake.operations().count(operation.partition(".")[2]), count)

    def test_a_wait_beyond_the_limit_of_the_call_is_not_waited_for(self):
        self.fake.set(faults=[{"operation": "entra.Token", "status": 429, "body": "{}", "headers": {"Retry-After": "3600"}}])
        status, document, _ = self.push("team/app:later", **self.secret)
        self.assertEqual((status, document["error"]["code"]), (4, "auth.flavor"), document)
        self.assertIn("returned no token: status 429", document["error"]["cause"])
        self.assertEqual(document["error"]["fix"], "try again in 3600 s")

    def test_only_the_id_of_a_client_is_not_a_source(self):
        """Workflows set it for the login of az."""
        az = self.az("no-account", "echo \"ERROR: Please run 'az login' to setup account.\" >&2\nexit 1\n")
        login = docker_login(self.berth.home / "docker", self.host, "admin", "admin-password")
        status, document, codes = self.push("team/app:id", **self.client, **login, **az)
        self.assertEqual((status, codes), (0, []), document)

    def test_a_login_of_az_that_has_expired_is_not_passed_over(self):
        az = self.az("expired", "echo 'ERROR: AADSTS70043: The refresh token has expired. Please run: az login' >&2\nexit 1\n")
        login = docker_login(self.berth.home / "docker", self.host, "admin", "admin-password")
        status, document, _ = self.push("team/app:expired", **login, **az)
        self.assertEqual((status, document["error"]["code"]), (4, "auth.flavor"), document)
        self.assertIn("AADSTS70043", document["error"]["cause"])
        self.assertEqual(document["error"]["fix"], "az login")

    def test_the_remedy_is_in_the_fix(self):
        self.fake.set(rights={"pusher": {"*": ["pull", "metadata_read"]}})
        status, document, codes = self.push("team/app:denied", **self.secret)
        self.assertEqual((status, codes), (3, ["azure.may-not-push"]), document)
        finding = document["findings"][0]
        self.assertIn("environment AZURE_CLIENT_SECRET", finding["message"])
        self.assertIn("not authorized to push to team/app (granted: metadata_read,pull)", finding["message"])
        self.assertNotIn("AcrPush", finding["message"])
        self.assertTrue(finding["fix"].startswith("az role assignment create --role AcrPush --assignee"), finding)
        # The identity of other credentials is unknown.
        self.fake.set(rights={"pusher": {"*": ["pull", "metadata_read"]}})
        _, document, _ = self.push("team/app:denied", BERTH_USERNAME="admin", BERTH_PASSWORD="admin-password")
        self.assertIn("password of admin, from BERTH_PASSWORD", document["findings"][0]["message"])
        self.assertIn("--assignee OBJECT-ID", document["findings"][0]["fix"])


run(Azure)
