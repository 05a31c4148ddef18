#!/usr/bin/env python3
"""Amazon ECR: credentials that expire while they are in use. Usage: aws_test.py BERTH."""
from clouds import CloudTest, annotated, berth_test, run

EXPIRED = {"operation": "Registry", "status": 403, "error": "DENIED",
           "message": "Your authorization token has expired. Reauthenticate and try again."}


class Aws(CloudTest):
    provider = "aws"
    host = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
    hosts = [host, "api.ecr.eu-central-1.amazonaws.com", "sts.eu-central-1.amazonaws.com"]
    keys = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
    container = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"https://{host}/v2/credentials/of-the-task"}

    def push(self, tag, image=None, **variables):
        image = image or annotated(self.fake.directory / "img", self.fake.directory / tag)
        return self.berth.run("push", image, f"{self.host}/team/app:{tag}", AWS_EC2_METADATA_DISABLED="true", **variables)

    def requested(self, name):
        return self.fake.operations().count(name)

    def test_a_token_expires_at_any_request_of_a_push(self):
        file = self.fake.directory / "app.tar"
        file.write_bytes(berth_test.archive())
        for method in "POST", "PATCH", "PUT":
            with self.subTest(method):
                self.fake.set(faults=[EXPIRED | {"method": method}])
                # Layers of an archive are streamed by PATCH.
                status, document, codes = self.push(f"expires-{method.lower()}", f"docker-archive:{file}" if method == "PATCH" else None,
                                                    **self.keys)
                self.assertEqual((status, codes), (0, []), document)
                self.assertTrue(document["verified"])
                self.assertEqual(self.requested("GetAuthorizationToken"), 2)

    def test_the_keys_of_a_container_are_renewed_in_the_middle_of_an_upload(self):
        self.fake.set(faults=[EXPIRED | {"method": "PUT"}])
        status, document, codes = self.push("container", **self.container)
        self.assertEqual((status, codes), (0, []), document)
        self.assertEqual((self.requested("Credentials"), self.requested("GetAuthorizationToken")), (2, 2))

    def test_keys_that_the_api_rejects_as_expired_are_replaced(self):
        """The container's agent returns the old keys once again, then new ones."""
        old = ('{"AccessKeyId": "ASIDEXAMPLENODE", "SecretAccessKey": "secret-of-node/EXAMPLEKEY", "Token": "session+of/node==", '
               '"Expiration": "2100-01-01T00:00:00Z"}')
        self.fake.set(expired_tokens=["session+of/node=="],
                      faults=[{"operation": "container.Credentials", "status": 200, "body": old}])
        status, document, codes = self.push("replaced", **self.container)
        self.assertEqual((status, codes), (0, []), document)
        self.assertEqual(self.requested("Credentials"), 2)

    def test_a_403_for_another_reason_renews_nothing(self):
        self.fake.set(faults=[EXPIRED | {"method": "POST", "times": 9, "message": "User: alice is not authorized to perform: ecr:X"}])
        status, document, _ = self.push("denied", **self.keys)
        self.assertEqual((status, document["error"]["class"]), (5, "denied"), document)
        self.assertEqual(self.requested("GetAuthorizationToken"), 1)


run(Aws)
