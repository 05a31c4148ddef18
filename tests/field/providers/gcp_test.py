#!/usr/bin/env python3
"""Google Artifact Registry: broken credentials, and problems that hide each other. Usage: gcp_test.py BERTH."""
import base64
import json
import os
import stat

from clouds import CloudTest, annotated, run

import berth_test

REPOSITORY = "projects/example-project/locations/europe-west1/repositories/team"
PUSHER = "pusher@example-project.iam.gserviceaccount.com"
ALICE = "alice@example.com"
READS = ["artifactregistry.repositories.get", "artifactregistry.repositories.downloadArtifacts"]


class Gcp(CloudTest):
    provider = "gcp"
    host = "europe-west1-docker.pkg.dev"
    hosts = [host, "artifactregistry.googleapis.com", "oauth2.googleapis.com", "sts.googleapis.com", "iamcredentials.googleapis.com"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        key = json.loads((berth_test.CLOUDS / "keys" / "throw_away_rsa.json").read_text())
        pem = "-----BEGIN PRIVATE KEY-----\n" + "\n".join(key["pkcs8_base64"]) + "\n-----END PRIVATE KEY-----\n"
        cls.key = {"type": "service_account", "private_key_id": key["key_id"], "private_key": pem, "client_email": PUSHER,
                   "token_uri": "https://oauth2.googleapis.com/token"}
        cls.file = cls.berth.home / "key.json"
        cls.file.write_text(json.dumps(cls.key))
        cls.good = {"GOOGLE_APPLICATION_CREDENTIALS": str(cls.file)}
        # Another identity, which docker uses for that host: a broken source must not fall back to it.
        docker = cls.berth.home / "docker"
        docker.mkdir()
        login = base64.b64encode(f"oauth2accesstoken:access-of-{ALICE}".encode()).decode()
        (docker / "config.json").write_text(json.dumps({"auths": {cls.host: {"auth": login}}}))
        cls.other = {"DOCKER_CONFIG": str(docker), "NO_GCE_CHECK": "true"}

    def push(self, tag, image=None, **variables):
        return self.berth.run("push", image or self.berth.image, f"{self.host}/example-project/team/app:{tag}", **variables)

    def assert_ends_with_source(self, tag, source, **variables):
        """The push fails with the broken source, and nothing is uploaded as another identity."""
        status, document, _ = self.push(tag, **{**self.other, **variables})
        self.assertEqual(status, 4, document)
        self.assertEqual(document["error"]["code"], "auth.flavor", document)
        self.assertIn(source, document["error"]["cause"])
        self.assertNotIn("POST", [entry["method"] for entry in self.fake.log() if entry["operation"] == "Registry"])
        self.assertNotIn("PRIVATE KEY", json.dumps(document))
        return document

    def write(self, text, name="broken.json"):
        path = self.berth.home / name
        path.write_text(text)
        return str(path)

    def gcloud(self, script):
        """A directory with a gcloud of that script, to be first in PATH."""
        directory = self.fake.directory / "bin"
        directory.mkdir(exist_ok=True)
        (directory / "gcloud").write_text("#!/bin/sh\n" + script)
        (directory / "gcloud").chmod(stat.S_IRWXU)
        return f"{directory}:{os.environ['PATH']}"

    def test_the_other_identity_would_push(self):
        """Without a broken source the other identity pushes, so that the tests below are meaningful."""
        status, document, _ = self.push("other", PATH=self.gcloud("echo 'ERROR: (gcloud) You do not currently have an active account"
                                                                  " selected.' >&2; exit 1\n"), **self.other)
        self.assertEqual(status, 0, document)

    def test_the_credentials_themselves_in_the_variable(self):
        for value in json.dumps(self.key), json.dumps(self.key, indent=2), base64.b64encode(json.dumps(self.key, indent=2).encode()).decode():
            document = self.assert_ends_with_source("inline", "GOOGLE_APPLICATION_CREDENTIALS contains credentials",
                                                    GOOGLE_APPLICATION_CREDENTIALS=value)
            self.assertNotIn(self.key["private_key"][40:80], json.dumps(document))
            self.assertNotIn(value[20:60], json.dumps(document))

    def test_a_torn_or_missing_file(self):
        whole = json.dumps(self.key, indent=1)
        for text, source in (whole[:len(whole) // 2], "line 4: not valid JSON"), ("", "is empty"), ("{}", "has no type"):
            document = self.assert_ends_with_source("torn", source, GOOGLE_APPLICATION_CREDENTIALS=self.write(text))
            self.assertIn("broken.json (GOOGLE_APPLICATION_CREDENTIALS)", document["error"]["cause"])
            self.assertIn("unset GOOGLE_APPLICATION_CREDENTIALS", document["error"]["fix"])
        self.assert_ends_with_source("missing", "GOOGLE_APPLICATION_CREDENTIALS is /absent/key.json, which does not exist",
                                     GOOGLE_APPLICATION_CREDENTIALS="/absent/key.json")
        sdk = self.berth.home / "sdk"
        sdk.mkdir()
        (sdk / "application_default_credentials.json").write_text('{"type": "authorized_user", "client')
        document = self.assert_ends_with_source("adc", "application_default_credentials.json (CLOUDSDK_CONFIG), line 1",
                                                CLOUDSDK_CONFIG=str(sdk))
        self.assertEqual(document["error"]["fix"], "gcloud auth application-default login")

    def test_gcloud_that_has_to_log_in_again(self):
        failing = ("echo 'Reauthentication required.' >&2\n"
                   "echo 'ERROR: (gcloud.config.config-helper) There was a problem reauthenticating while refreshing your tokens' >&2\n"
                   "exit 1\n")
        document = self.assert_ends_with_source("reauthenticate", "There was a problem reauthenticating", PATH=self.gcloud(failing))
        self.assertEqual(document["error"]["fix"], "gcloud auth login")
        self.assert_ends_with_source("garbage", "gcloud config config-helper printed no access_token",
                                     PATH=self.gcloud("echo oops\n"))

    def test_a_metadata_server_that_fails_or_is_not_there(self):
        self.assert_ends_with_source("metadata", "(GCE_METADATA_HOST)", GCE_METADATA_HOST="127.0.0.1:1", NO_GCE_CHECK="false")

    def test_a_subject_token_that_is_empty_or_missing(self):
        file = {"type": "external_account", "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "audience": "//iam.googleapis.com/x",
                "token_url": "https://sts.googleapis.com/v1/token", "credential_source": {"file": self.write("\n", "subject")}}
        self.assert_ends_with_source("subject", "subject is empty", GOOGLE_APPLICATION_CREDENTIALS=self.write(json.dumps(file)))
        file["credential_source"]["file"] = "/absent"
        self.assert_ends_with_source("subject", "names /absent, which does not exist",
                                     GOOGLE_APPLICATION_CREDENTIALS=self.write(json.dumps(file)))

    def test_credentials_that_google_rejects(self):
        user = {"type": "authorized_user", "client_id": "client-of-the-test", "client_secret": "client-secret",
                "refresh_token": "expired"}
        document = self.assert_ends_with_source("expired", "Token has been expired or revoked",
                                                GOOGLE_APPLICATION_CREDENTIALS=self.write(json.dumps(user)))
        self.assertEqual(document["error"]["fix"], "gcloud auth application-default login")

    def test_no_home_directory(self):
        """Files below it are absent, not broken."""
        environment = {name: value for name, value in self.berth.environment.items() if name != "HOME"}
        saved, self.berth.environment = self.berth.environment, environment
        try:
            _, document, codes = self.push("homeless", NO_GCE_CHECK="true")
        finally:
            self.berth.environment = saved
        self.assertNotIn("auth.flavor", json.dumps(document))
        self.assertNotIn("gcp.credentials", codes)

    def test_a_missing_permission_does_not_hide_an_immutable_tag(self):
        status, document, _ = self.push("both", **self.good)
        self.assertEqual(status, 0, document)
        self.fake.set(permissions={PUSHER: READS}, repositories={REPOSITORY: {"dockerConfig": {"immutableTags": True}}})
        other = annotated(self.fake.directory / "img", self.fake.directory / "both")
        for command in "check", "push":
            status, document, codes = self.berth.run(command, other, f"{self.host}/example-project/team/app:both", **self.good)
            self.assertEqual((status, codes), (3, ["gcp.may-not-push", "gcp.tag-immutable"]), document)
            for finding in document["findings"]:
                self.assertTrue(finding["fix"], finding)

    def test_a_response_that_is_lost_or_asks_to_wait(self):
        """Requests for tokens and those that only read are repeated."""
        for operation in "oauth2.Token", "artifactregistry.TestIamPermissions":
            for fault in {"lost": True}, {"status": 429, "body": "{}", "headers": {"Retry-After": "1"}}:
                with self.subTest(operation, **fault):
                    self.fake.set(faults=[fault | {"operation": operation}])
                    status, document, codes = self.push("again", **self.good)
                    self.assertEqual(status, 0, document)
                    self.assertEqual([entry["operation"] for entry in self.fake.log()].count(operation), 2)

    def test_a_service_that_is_busy_is_not_taken_for_rejected_credentials(self):
        self.fake.set(faults=[{"operation": "oauth2.Token", "status": 429, "body": "{}", "headers": {"Retry-After": "3600"}}])
        status, document, _ = self.push("busy", **self.good)
        self.assertEqual((status, document["error"]["code"]), (4, "auth.flavor"), document)
        self.assertIn("Google returned no token for the key of", document["error"]["cause"])
        self.assertEqual(document["error"]["fix"], "try again in 3600 s")

    def test_a_creation_is_repeated_only_if_it_was_not_executed(self):
        how = ["--flavor", "gcp", "--uri", self.host, "--set", "create_repository=true"]
        image = f"{self.host}/example-project/new/app:1"
        operation = {"operation": "artifactregistry.CreateRepository"}
        self.fake.set(faults=[operation | {"lost": True}])
        status, document, codes = self.berth.run("push", self.berth.image, image, *how, **self.good)
        self.assertEqual((status, codes), (3, ["gcp.repository-made", "gcp.repository-not-made"]), document)
        self.assertEqual(self.fake.operations().count("CreateRepository"), 1)
        self.fake.set(faults=[operation | {"status": 503, "body": "{}", "headers": {"Retry-After": "1"}}])
        status, document, codes = self.berth.run("push", self.berth.image, image, *how, **self.good)
        self.assertEqual((status, codes), (0, ["gcp.repository-made"]), document)
        self.assertEqual(self.fake.operations().count("CreateRepository"), 2)

    def test_a_repository_that_may_not_be_read_can_be_pushed_to(self):
        """Permission to push without artifactregistry.repositories.get."""
        self.fake.set(permissions={PUSHER: ["artifactregistry.repositories.uploadArtifacts",
                                            "artifactregistry.repositories.downloadArtifacts", "artifactregistry.tags.create",
                                            "artifactregistry.tags.update"]})
        status, document, codes = self.push("unreadable", **self.good)
        self.assertEqual((status, codes), (0, ["gcp.not-allowed-to-ask"]), document)
        self.assertIn(f"key of {PUSHER} in {self.file} (GOOGLE_APPLICATION_CREDENTIALS) lacks artifactregistry.repositories.get",
                      document["findings"][0]["message"])


run(Gcp)
