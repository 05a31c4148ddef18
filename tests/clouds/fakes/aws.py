#!/usr/bin/env python3
"""A fake of the AWS services that a push uses: STS, ECR, ECR Public, SSO, and an instance's or a container's credentials."""
import fake
import sigv4
from aws_ecr import Ecr, EcrPublic
from aws_identity import REQUEST_ID, XMLNS, Identity
from fake import Answer, Refusal, json_answer

# Codes of signature errors in XML services, and in JSON services.
JSON_NAMES = {"SignatureDoesNotMatch": "InvalidSignatureException", "InvalidClientTokenId": "UnrecognizedClientException",
              "MissingAuthenticationToken": "MissingAuthenticationTokenException", "IncompleteSignature": "IncompleteSignatureException",
              "ExpiredToken": "ExpiredTokenException"}


def user_key(name):
    return {"secret": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "arn": f"arn:aws:iam::123456789012:user/{name}"}


def role(name):
    """Returns constant credentials, so that signatures are constant."""
    return {"key_id": f"ASIDEXAMPLE{name.upper()}", "secret": f"secret-of-{name}/EXAMPLEKEY", "session_token": f"session+of/{name}==",
            "trusts": ["AKIDEXAMPLE"], "trusts_web_identity": ["web-identity-of-the-test"]}


class Aws(fake.Fake):
    default_state = {
        "account": "123456789012", "region": "eu-central-1", "partition": "aws",
        "keys": {"AKIDEXAMPLE": user_key("alice")},
        "roles": {"arn:aws:iam::123456789012:role/pusher": role("pusher"), "arn:aws:iam::123456789012:role/node": role("node"),
                  "arn:aws:iam::123456789012:role/task": role("task"), "arn:aws:iam::123456789012:role/engineer": role("engineer")},
        "expired_tokens": [],
        "imds": {"on": True, "role": "node", "token": "imds-token-of-the-test"},
        "container": {"path": "/v2/credentials/of-the-task", "authorization": "", "role": "task"},
        "sso": {"tokens": {"sso-token-of-the-test": {"123456789012/engineer": "engineer"}},
                "refresh_tokens": {"sso-refresh-of-the-test": "sso-token-of-the-test"}},
        "denied": [],
        "password": "ecr-password-of-the-test", "public_password": "public-password-of-the-test",
        "repositories": {"123456789012": {"team/app": {"tags": {}}}},
        "templates": [], "settings": {"BLOB_MOUNTING": "DISABLED"}, "repository_limit": 100000,
        "aliases": {"exampleco": {"app": {"tags": {}}}},
        "front": "private", "short_range": True,
    }

    def __init__(self, state=None, front=None):
        super().__init__(state, front)
        self.identity, self.ecr, self.public = Identity(self), Ecr(self), EcrPublic(self)

    def route(self, request):
        target = request.headers.get("x-amz-target", "")
        for prefix, service in (("AmazonEC2ContainerRegistry_V20150921.", self.ecr), ("SpencerFrontendService.", self.public)):
            if target.startswith(prefix):
                return target, lambda request: self.json_call(request, service, target[len(prefix):])
        return self.identity.route(request) or self.registry_route(request)

    def registry_route(self, request):
        if request.path.startswith(("/v2/", "/token")):
            return "Registry", self.no_registry
        return "Unknown", lambda request: Answer(404, "unknown to this fake")

    def caller(self, request, service):
        """Returns the signer of the request; verifies the signature."""
        claim = sigv4.claim_of(request)
        key = self.keys().get(claim.key_id)
        if not key:
            raise Refusal(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
        if key.get("session_token") in self.state["expired_tokens"]:
            raise Refusal(403, "ExpiredToken", "The security token included in the request is expired")
        if claim.service != service:
            raise Refusal(403, "SignatureDoesNotMatch", f"Credential should be scoped to correct service: '{service}'. ")
        if service == "ecr" and claim.region != self.state["region"]:
            raise Refusal(403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region. ")
        sigv4.verify(request, claim, key, self.now())
        return {"arn": key["arn"], "key_id": claim.key_id, "region": claim.region}

    def keys(self):
        issued = {role["key_id"]: {**role, "arn": arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/session"}
                  for arn, role in self.state["roles"].items()}
        return {**self.state["keys"], **issued}

    def json_call(self, request, service, name):
        if request.method != "POST" or request.headers.get("content-type") != "application/x-amz-json-1.1":
            raise Refusal(400, "UnknownOperationException", "")
        document = request.json
        if not isinstance(document, dict):
            raise Refusal(400, "SerializationException", "")
        caller = self.caller(request, service.name)
        operation = service.operations().get(name)
        if not operation:
            raise Refusal(400, "UnknownOperationException", "")
        return json_answer(200, operation(document, caller), "application/x-amz-json-1.1")

    def check_allowed(self, caller, action, resource):
        if action in self.state["denied"]:
            raise Refusal(400, "AccessDeniedException", f"User: {caller['arn']} is not authorized to perform: {action} on resource: "
                          f"{resource} because no identity-based policy allows the {action} action")

    def refuse(self, request, refusal):
        if request.headers.get("x-amz-target"):
            name = JSON_NAMES.get(refusal.code, refusal.code)
            return json_answer(refusal.status if refusal.status == 429 or refusal.status >= 500 else 400,
                               {"__type": name, "message": refusal.message}, "application/x-amz-json-1.1")
        if refusal.more.get("registry"):
            return json_answer(refusal.status, {"errors": [{"code": refusal.code, "message": refusal.message}]})
        if refusal.more.get("rest"):
            return json_answer(refusal.status, {"message": refusal.message, "__type": refusal.code}, **{"x-amzn-errortype": refusal.code})
        if refusal.more.get("plain"):
            return Answer(refusal.status, refusal.message, {"content-type": "text/plain"})
        return Answer(refusal.status, f'<ErrorResponse xmlns="{XMLNS}"><Error><Type>Sender</Type><Code>{refusal.code}</Code>'
                      f"<Message>{refusal.message}</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>",
                      {"content-type": "text/xml"})

    def admit(self, request, action):
        return (self.public if self.state["front"] == "public" else self.ecr).admit(request, action)


if __name__ == "__main__":
    fake.main(Aws)
