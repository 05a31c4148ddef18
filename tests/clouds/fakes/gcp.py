#!/usr/bin/env python3
"""A fake of the Google Cloud services that a push uses: OAuth 2 tokens, the metadata server, STS, IAM Credentials, Artifact
Registry's API and its registry's token endpoint."""
import base64
import json

import fake
from fake import Answer, Refusal, json_answer
from gcp_repositories import Repositories
from gcp_tokens import Tokens

PUSHER = "pusher@example-project.iam.gserviceaccount.com"
PERMISSIONS = ["artifactregistry.repositories.get", "artifactregistry.repositories.create", "artifactregistry.repositories.uploadArtifacts",
               "artifactregistry.repositories.downloadArtifacts", "artifactregistry.tags.create", "artifactregistry.tags.update"]
STATUS_NAMES = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ALREADY_EXISTS",
                429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"}


class Gcp(fake.Fake):
    default_state = {
        "service_accounts": {PUSHER: {"disabled": False}},
        "refresh_tokens": {"refresh-of-alice": {"client_id": "client-of-the-test", "client_secret": "client-secret",
                                                "account": "alice@example.com"}},
        "reauthenticate": [], "expired_tokens": [],
        "metadata": {"on": True, "account": PUSHER, "project": "example-project"},
        "pools": {"//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci/providers/forge":
                  {"subject-of-the-test": "principal-of-ci"}},
        "workforce": {"basic": "Y2xpZW50LW9mLXRoZS10ZXN0OmNsaWVudC1zZWNyZXQ=", "refresh_token": "refresh-of-workforce",
                      "account": "alice@example.com"},
        "ci": {"path": "/actions/id-token", "bearer": "request-token-of-the-test", "subject_token": "subject-of-the-test"},
        # Workloads on AWS, which authenticate with a signature.
        "aws": {"zone": "eu-central-1b", "session": "session-of-the-test", "keys": {
            "AKIDEXAMPLE": {"secret": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "account": "principal-of-aws"},
            "ASIDEXAMPLENODE": {"secret": "secret-of-the-node", "session_token": "token-of-the-node", "role": "node",
                                "account": "principal-of-aws"}}},
        # Which principals may impersonate a service account.
        "impersonators": {PUSHER: ["principal-of-ci", "alice@example.com"]},
        # Accounts that are not listed have every permission.
        "permissions": {"principal-of-ci": []}, "all_permissions": PERMISSIONS,
        "projects": {"example-project": ["europe-west1", "us", "europe", "asia"]},
        "repositories": {"projects/example-project/locations/europe-west1/repositories/team":
                         {"format": "DOCKER", "mode": "STANDARD_REPOSITORY", "dockerConfig": {}}},
        "operation_polls": 1, "operation_error": {}, "operations": {}, "hides_absent": False,
        "host_location": "europe-west1", "gcr_repository": "", "tags": {},
    }

    def __init__(self, state=None, front=None):
        super().__init__(state, front)
        self.tokens, self.repositories = Tokens(self), Repositories(self)

    def route(self, request):
        unknown = "Unknown", lambda request: Answer(404, "unknown to this fake")
        return self.tokens.route(request) or self.repositories.route(request) or unknown

    def account_of(self, token):
        """Returns the principal of an access token, None if it is invalid."""
        if token in self.state["expired_tokens"]:
            return None
        known = {f"access-of-{account}": account for account in
                 [*self.state["service_accounts"], *(token["account"] for token in self.state["refresh_tokens"].values()),
                  *(name for pool in self.state["pools"].values() for name in pool.values()),
                  *(key["account"] for key in self.state["aws"]["keys"].values())]}
        return known.get(token) or self.tokens.self_signed(token)

    def caller(self, request):
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        account = self.account_of(token) if scheme.lower() == "bearer" else None
        if not account:
            raise Refusal(401, "UNAUTHENTICATED",
                          "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie "
                          "or other valid authentication credential.")
        return account

    def granted(self, account, permission):
        return permission in self.state["permissions"].get(account, self.state["all_permissions"])

    def refuse(self, request, refusal):
        if refusal.more.get("registry") or request.path.startswith("/v2/"):
            return json_answer(refusal.status, {"errors": [{"code": refusal.code, "message": refusal.message}]})
        if refusal.more.get("oauth"):
            return json_answer(refusal.status, {"error": refusal.code, "error_description": refusal.message,
                                                **refusal.more.get("fields", {})})
        if request.path.startswith("/computeMetadata/"):
            return Answer(refusal.status, refusal.message, {"content-type": "text/html", "metadata-flavor": "Google"})
        return json_answer(refusal.status, {"error": {"code": refusal.status, "message": refusal.message,
                                                      "status": STATUS_NAMES.get(refusal.status, refusal.code)}})

    def basic_account(self, header):
        """Returns the principal of Basic credentials: an access token, or a service account's key."""
        try:
            user, _, password = base64.b64decode(header, validate=True).decode().partition(":")
            if user in ("oauth2accesstoken", "_token"):
                return self.account_of(password)
            if user == "_json_key_base64":
                password = base64.b64decode(password).decode()
            elif user != "_json_key":
                return None
            account = json.loads(password).get("client_email")
            return account if account in self.state["service_accounts"] else None
        except (ValueError, AttributeError):
            return None

    def admit(self, request, action):
        return self.repositories.admit(request, action)


if __name__ == "__main__":
    fake.main(Gcp)
