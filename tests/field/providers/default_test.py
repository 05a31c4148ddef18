#!/usr/bin/env python3
"""Products without a dedicated flavor: explanations if they deny a push. Usage: default_test.py BERTH."""
import json

from clouds import CloudTest, annotated, run

CI = {"BERTH_USERNAME": "ci", "BERTH_PASSWORD": "password-of-ci"}


class Products(CloudTest):
    provider = "products"
    host = "registry.example.com"
    hosts = [host, "ghcr.io"]

    def push(self, name, image=None, **variables):
        host = "ghcr.io" if json.loads(self.fake.ask("GET", "/_fake/state"))["product"] == "github" else self.host
        return self.berth.run("push", image or self.berth.image, f"{host}/{name}", **{**CI, **variables})

    def opened(self):
        """Uploads that the registry opened, and later requests."""
        return [entry for entry in self.fake.log() if entry["operation"] == "Registry" and entry["method"] in ("POST", "PUT", "PATCH")
                and entry["status"] < 400]

    def assert_denied_before_an_upload(self, product, name, cause, fix):
        """Names the granted actions of the token; no upload is opened."""
        self.fake.set(product=product)
        status, document, _ = self.push(name)
        self.assertEqual((status, document["error"]["code"]), (5, "auth.denied"), document)
        self.assertIn(cause, document["error"]["message"] + "; " + document["error"]["cause"])
        self.assertIn("password of ci, from BERTH_PASSWORD", document["error"]["message"] + "; " + document["error"]["cause"])
        self.assertIn("granted nothing", document["error"]["message"] + "; " + document["error"]["cause"])
        self.assertIn(fix, document["error"]["fix"])
        self.assertEqual(self.opened(), [])

    def test_an_image_is_pushed(self):
        for product in "harbor", "gitlab", "quay", "gitea", "nexus", "github":
            with self.subTest(product):
                self.fake.set(product=product)
                status, document, codes = self.push(f"acme/{product}:1")
                self.assertEqual((status, codes), (0, []), document)

    def test_a_project_that_does_not_exist(self):
        self.assert_denied_before_an_upload("harbor", "absent/app:1", "Harbor: project absent does not exist",
                                            "https://registry.example.com/harbor/projects")
        self.assert_denied_before_an_upload("gitlab", "absent/project/app:1", "GitLab: project absent/project/app does not exist",
                                            "write_registry")
        self.assert_denied_before_an_upload("quay", "absent/app:1", "Quay: namespace absent does not exist", "grant Write")

    def test_a_login_that_may_only_pull(self):
        for product in "harbor", "gitlab", "quay":
            with self.subTest(product):
                self.fake.set(product=product, readers=["ci"])
                status, document, _ = self.push("other/app:1")
                self.assertEqual((status, document["error"]["code"]), (5, "auth.denied"), document)
                self.assertIn("granted pull", document["error"]["message"] + "; " + document["error"]["cause"])
                self.assertEqual(self.opened(), [])

    def test_no_login_where_the_token_is_empty(self):
        """Class auth with the tried sources: credentials are missing, not permissions."""
        for product in "harbor", "gitlab", "quay":
            with self.subTest(product):
                self.fake.set(product=product, public=["acme"])
                status, document, _ = self.berth.run("push", self.berth.image, f"{self.host}/acme/app:1")
                self.assertEqual((status, document["error"]["code"]), (4, "auth.required"), document)
                self.assertIn("tried: ", document["error"]["message"] + "; " + document["error"]["cause"])
                self.assertIn(f"berth login {self.host}", document["error"]["fix"])
                self.assertEqual(self.opened(), [])

    def test_products_whose_tokens_do_not_list_grants(self):
        for product, cause, fix in (("gitea", "Gitea or Forgejo: ", "write:package"),
                                    ("github", "GitHub Container Registry: ", "write:packages"),
                                    ("nexus", "Nexus: the account lacks nx-repository-view", "hosted")):
            with self.subTest(product):
                self.fake.set(product=product)
                status, document, _ = self.push("absent/app:1")
                self.assertEqual((status, document["error"]["class"]), (5, "denied"), document)
                self.assertIn(cause, document["error"]["message"] + "; " + document["error"]["cause"])
                self.assertIn(fix, document["error"]["fix"])

    def test_a_wrong_password(self):
        for product, cause in (("harbor", "CLI secret"), ("gitlab", "two-factor authentication"), ("quay", "NAMESPACE+ROBOT"),
                               ("gitea", "personal access token"), ("nexus", "Docker Bearer Token Realm"), ("github", "fine-grained")):
            with self.subTest(product):
                self.fake.set(product=product)
                status, document, _ = self.push("acme/app:1", BERTH_PASSWORD="wrong")
                self.assertEqual((status, document["error"]["code"]), (4, "auth.refused"), document)
                self.assertIn(cause, document["error"]["message"] + "; " + document["error"]["cause"])

    def test_a_login_that_may_only_push(self):
        """A denied lookup means that the tag is unknown: neither absent, nor a reason not to push."""
        for product in "harbor", "quay":
            with self.subTest(product):
                self.fake.set(product=product, writers=["ci"])
                image = annotated(self.fake.directory / "img", self.fake.directory / product)
                status, document, codes = self.berth.run("check", image, f"{self.host}/acme/only-push:1", **CI)
                self.assertEqual((status, codes), (0, ["default.tag-unknown"]), document)
                self.assertEqual(document["findings"][0]["severity"], "warning")
                self.assertIn("whether tag 1 exists is not known: user ci is not authorized to pull", document["findings"][0]["message"])
                self.assertTrue(document["findings"][0]["fix"])
                status, document, _ = self.push("acme/only-push:1", image, BERTH_PASSWORD="wrong")
                self.assertEqual((status, document["error"]["code"]), (4, "auth.refused"), document)

    def test_gitlabs_token_service_refuses(self):
        self.fake.set(product="gitlab", token_error={"status": 403, "code": "DENIED", "message": "access forbidden"})
        status, document, _ = self.push("acme/app:1")
        self.assertEqual(status, 5, document)
        self.assertIn("GitLab: project acme/app does not exist, its container registry is disabled", document["error"]["message"] + "; " + document["error"]["cause"])

    def test_an_immutable_tag_and_a_quota(self):
        self.fake.set(product="harbor", immutable=["v.*"])
        status, document, _ = self.push("acme/app:v1", annotated(self.fake.directory / "img", self.fake.directory / "v1"))
        self.assertEqual(status, 9, document)
        self.assertIn("Harbor: an immutability rule of project acme", document["error"]["message"] + "; " + document["error"]["cause"])
        self.assertEqual(document["error"]["fix"], "push another tag")
        self.fake.set(product="harbor", quota_full=True)
        status, document, _ = self.push("acme/full:1", annotated(self.fake.directory / "img", self.fake.directory / "full"))
        self.assertEqual(status, 5, document)
        self.assertIn("Harbor: the storage quota of project acme is used up", document["error"]["message"] + "; " + document["error"]["cause"])

    def test_a_group_repository_of_nexus(self):
        self.fake.set(product="nexus", group=True)
        status, document, _ = self.push("acme/app:1")
        self.assertEqual(status, 5, document)
        self.assertIn("Nexus: this is the address of a group repository", document["error"]["message"] + "; " + document["error"]["cause"])
        self.assertIn("hosted repository", document["error"]["fix"])

    def test_a_check_with_probe_reports_the_same(self):
        self.fake.set(product="quay")
        status, document, codes = self.berth.run("check", "--probe", self.berth.image, f"{self.host}/absent/app:1", **CI)
        self.assertEqual((status, codes), (3, ["default.may-not-push"]), document)
        self.assertIn("Quay: namespace absent does not exist", document["findings"][0]["message"])
        self.assertIn("grant Write", document["findings"][0]["fix"])
        self.assertNotIn("password-of-ci", json.dumps(document))


run(Products)
