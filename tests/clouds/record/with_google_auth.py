"""Requests to Google Cloud by python3-google-auth; its transport is the recorder. Requests that the library does not
make are written by hand from the API's reference, and marked as such."""
import base64
import importlib.metadata
import json
import os

import google.auth.compute_engine
import google.auth.exceptions
import google.auth.transport
import google.oauth2.credentials
import google.oauth2.service_account

from gcp import PUSHER, Gcp
from recorder import CLOUDS, DOCUMENTED, Recorder, expect_status

REFERENCE = f"python3-google-auth {importlib.metadata.version('google-auth')}"
KEYS = {"service_account_key": "keys/throw_away_rsa.json"}
SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]
API = "https://artifactregistry.googleapis.com/v1"
PARENT = "projects/example-project/locations/europe-west1"
REPOSITORY = f"{PARENT}/repositories/team"
REGISTRY = "https://europe-west1-docker.pkg.dev"



class Transport(google.auth.transport.Request):
    """The transport for google-auth; a response has status, headers and data."""

    def __init__(self, recorder):
        self.recorder = recorder

    def __call__(self, url, method="GET", body=None, headers=None, timeout=None, **_):
        status, headers, data = self.recorder.send(method, url, headers or {}, body or b"")
        return type("Answer", (google.auth.transport.Response,), {"status": status, "headers": headers, "data": data})()


def service_account_key():
    """The credentials file of a user."""
    key = json.loads((CLOUDS / "keys" / "throw_away_rsa.json").read_text())
    pem = "-----BEGIN PRIVATE KEY-----\n" + "\n".join(key["pkcs8_base64"]) + "\n-----END PRIVATE KEY-----\n"
    return {"type": "service_account", "project_id": "example-project", "private_key_id": key["key_id"], "private_key": pem,
            "client_email": PUSHER, "client_id": "1", "token_uri": "https://oauth2.googleapis.com/token"}


def fails(text, call, *arguments):
    try:
        call(*arguments)
    except google.auth.exceptions.GoogleAuthError as error:
        assert text in str(error), error
        return
    raise SystemExit(f"expected {text}")


def refreshed(credentials, transport, token):
    credentials.refresh(transport)
    assert credentials.token == token, credentials.token


def record_sources(case, transport):
    account = google.oauth2.service_account.Credentials.from_service_account_info(service_account_key(), scopes=SCOPES)
    case("token-key", "A service account's key: a JWT signed with it is exchanged for an access token.",
         lambda: refreshed(account, transport, f"access-of-{PUSHER}"), keys=KEYS, signed=["assertion"])
    case("refused-clock", "This machine's clock is an hour ahead, by the Date header of the response.",
         lambda: fails("invalid_grant", account.refresh, transport),
         state={"clock_skew_s": -3600}, keys=KEYS, from_knowledge=["error_description"])
    case("refused-disabled", "The service account is disabled.", lambda: fails("invalid_grant", account.refresh, transport),
         state={"service_accounts": {PUSHER: {"disabled": True}}}, keys=KEYS, from_knowledge=["error_description"])
    case("refused-deleted", "The service account is gone.", lambda: fails("invalid_grant", account.refresh, transport),
         state={"service_accounts": {PUSHER: None}}, keys=KEYS, from_knowledge=["error_description"])

    def user():
        return google.oauth2.credentials.Credentials(None, refresh_token="refresh-of-alice",
                                                     token_uri="https://oauth2.googleapis.com/token",
                                                     client_id="client-of-the-test", client_secret="client-secret")
    case("token-user", "A user's refresh token, of gcloud auth application-default login.",
         lambda: refreshed(user(), transport, "access-of-alice@example.com"))
    case("refused-reauthentication", "The organisation wants the user to log in again.",
         lambda: fails("invalid_grant", user().refresh, transport),
         state={"reauthenticate": ["refresh-of-alice"]})
    case("refused-revoked", "The refresh token is revoked.", lambda: fails("invalid_grant", user().refresh, transport),
         state={"refresh_tokens": {"refresh-of-alice": None}}, from_knowledge=["error_description"])

    machine = google.auth.compute_engine.Credentials
    case("token-metadata", "The metadata server: which account, then its token.",
         lambda: refreshed(machine(), transport, f"access-of-{PUSHER}"))
    case("refused-no-account", "A machine without a service account.", lambda: fails("not found", machine().refresh, transport),
         state={"metadata": {"account": ""}})


def record_api(case, send):
    """Artifact Registry's API, written by hand from its REST reference."""
    bearer = {"authorization": f"Bearer access-of-{PUSHER}"}
    ci = {"authorization": "Bearer access-of-principal-of-ci"}
    asked = ["uploadArtifacts", "downloadArtifacts"]
    permissions = {"permissions": [f"artifactregistry.repositories.{name}" for name in asked] + [
        "artifactregistry.tags.create", "artifactregistry.tags.update"]}

    def get(headers=None, name=REPOSITORY, expect=200):
        return lambda: expect_status(expect, send("GET", f"{API}/{name}", {"accept": "application/json", **(headers or bearer)}))

    def post(path, document, headers=None, expect=200):
        return lambda: expect_status(expect, send("POST", f"{API}/{path}", {
            "accept": "application/json", "content-type": "application/json", **(headers or bearer)}, json.dumps(document)))

    case("repository", "A repository that exists.", get())
    case("repository-immutable", "One whose tags are immutable.", get(),
         state={"repositories": {REPOSITORY: {"dockerConfig": {"immutableTags": True}}}})
    case("repository-remote", "One that mirrors another registry.", get(),
         state={"repositories": {REPOSITORY: {"mode": "REMOTE_REPOSITORY"}}})
    case("repository-missing", "One that does not exist.", get(name=f"{PARENT}/repositories/absent", expect=404))
    case("repository-hidden", "One that does not exist, asked by someone who may not know.", get(ci, f"{PARENT}/repositories/absent", 403))
    case("repository-unauthenticated", "A token that has expired.", get(expect=401), state={"expired_tokens": [f"access-of-{PUSHER}"]})
    case("repository-throttled", "Too many requests.", get(expect=429), state={"faults": [{
        "operation": "artifactregistry.GetRepository", "status": 429, "error": "RESOURCE_EXHAUSTED",
        "message": "Quota exceeded", "headers": {"retry-after": "7"}}]}, from_knowledge=["the message", "Retry-After"])
    case("permissions", "All that a push needs.", post(f"{REPOSITORY}:testIamPermissions", permissions))
    case("permissions-some", "May only pull.", post(f"{REPOSITORY}:testIamPermissions", permissions),
         state={"permissions": {PUSHER: ["artifactregistry.repositories.downloadArtifacts"]}})
    case("permissions-none", "None: an empty object.", post(f"{REPOSITORY}:testIamPermissions", permissions, ci))
    create = f"{PARENT}/repositories?repositoryId=new"
    new = {"format": "DOCKER", "mode": "STANDARD_REPOSITORY"}
    case("create", "Created by an operation, which is polled until it is done.", lambda: [call() for call in (
        post(create, new), get(name=f"{PARENT}/operations/create-new"), get(name=f"{PARENT}/operations/create-new"),
        get(name=f"{PARENT}/repositories/new"))])
    case("create-fails", "The operation ends with an error.",
         lambda: [call() for call in (post(create, new), get(name=f"{PARENT}/operations/create-new"))],
         state={"operation_polls": 0, "operation_error": {"code": 8, "message": "quota exceeded"}})
    case("create-existing", "One that is already there.", post(f"{PARENT}/repositories?repositoryId=team", new, expect=409))
    case("create-denied", "No right to.", post(create, new, ci, 403))


def record_registry(case, send):
    """The registry's own token endpoint."""
    scope = "service=europe-west1-docker.pkg.dev&scope=repository%3Aexample-project%2Fteam%2Fapp%3Apull%2Cpush"

    def token(user, password, expect=200):
        header = {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()} if user else {}
        return lambda: expect_status(expect, send("GET", f"{REGISTRY}/v2/token?{scope}", header))

    key = json.dumps({"type": "service_account", "client_email": PUSHER})
    case("registry-challenge", "What GET /v2/ answers.", lambda: expect_status(401, send("GET", f"{REGISTRY}/v2/", {})),
         from_knowledge=["the body"])
    case("registry-token", "An access token is exchanged for a registry token.", token("oauth2accesstoken", f"access-of-{PUSHER}"))
    case("registry-token-key", "A service account's key itself as password (shortened here).", token("_json_key", key))
    case("registry-token-key-base64", "The same in base64.", token("_json_key_base64", base64.b64encode(key.encode()).decode()))
    case("registry-token-denied", "No right to push.", token("oauth2accesstoken", "access-of-principal-of-ci", 403))
    case("registry-token-missing", "The repository does not exist: the same message.", token("oauth2accesstoken", f"access-of-{PUSHER}", 403),
         state={"repositories": {REPOSITORY: None}})
    case("registry-token-anonymous", "No credential reached that host.", token("", "", 401))


def record_federation(case, send):
    form = {"content-type": "application/x-www-form-urlencoded"}
    case("refused-pool", "A workload identity pool that does not exist.", lambda: expect_status(400, send(
        "POST", "https://sts.googleapis.com/v1/token", form, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
        "&audience=%2F%2Fiam.googleapis.com%2Fabsent&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform&requested_token_type="
        "urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token&subject_token=subject-of-the-test&subject_token_type="
        "urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt")), from_knowledge=["error_description"])
    case("refused-impersonation", "May not act as that service account.", lambda: expect_status(403, send(
        "POST", f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{PUSHER}:generateAccessToken",
        {"content-type": "application/json", "authorization": "Bearer access-of-principal-of-ci"},
        json.dumps({"scope": SCOPES, "lifetime": "3600s"}))), state={"impersonators": {PUSHER: []}})


def record(directory):
    for name in [name for name in os.environ if name.startswith(("GOOGLE_", "GCE_", "CLOUDSDK_"))]:
        del os.environ[name]
    recorder = Recorder("gcp", Gcp, directory)

    def case(name, description, act, reference=REFERENCE, **more):
        recorder.case(name, description, reference, act, **more)

    def documented(source):
        return lambda name, description, act, **more: case(name, description, act, f"{DOCUMENTED}: {source}", **more)

    record_sources(case, Transport(recorder))
    record_api(documented("Artifact Registry REST reference v1, google/devtools/artifactregistry/v1/*.proto"), recorder.send)
    record_registry(documented("providers.md, part 6"), recorder.send)
    record_federation(documented("STS v1 and IAM Credentials v1 references"), recorder.send)
