"""Docker Hub: no independent client makes these calls, so they are written by hand from the API's reference and the token
specification, and marked as such."""
import base64
import json

from dockerhub import DockerHub
from recorder import DOCUMENTED, Recorder, expect_status

AUTH, HUB, REGISTRY = "https://auth.docker.io", "https://hub.docker.com", "https://registry-1.docker.io"


def basic(user, secret):
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()}


class Hub:
    def __init__(self, send):
        self.send = send

    def token(self, name, headers, status=200, actions="pull%2Cpush"):
        scope = f"repository%3A{name.replace('/', '%2F')}%3A{actions}"
        answer = self.send("GET", f"{AUTH}/token?service=registry.docker.io&scope={scope}", headers)
        expect_status(status, answer)
        return json.loads(answer[2]).get("token")

    def post_token(self, **fields):
        body = "&".join(f"{name}={value}" for name, value in fields.items())
        expect_status(200, self.send("POST", f"{AUTH}/token", {"content-type": "application/x-www-form-urlencoded"}, body))

    def login(self, identifier="alice", secret="password-of-alice", status=200):
        answer = self.post("/v2/auth/token", {"identifier": identifier, "secret": secret}, {}, status)
        return {"authorization": f"Bearer {answer.get('access_token')}"}

    def post(self, path, document, headers, status=200):
        answer = self.send("POST", f"{HUB}{path}", {"content-type": "application/json", "accept": "application/json", **headers},
                           json.dumps(document))
        expect_status(status, answer)
        return json.loads(answer[2])

    def head(self, path, status=200, headers=None, method="HEAD"):
        expect_status(status, self.send(method, f"{HUB}{path}", {**self.login(), **({} if headers is None else headers)}))


def record_tokens(case, hub):
    alice = basic("alice", "password-of-alice")
    case("token", "A user's own repository: the token contains what is granted.", lambda: hub.token("alice/app", alice))
    case("token-organisation", "An organisation's token: the organisation is the user.", lambda: hub.token(
        "exampleorg/tool", basic("exampleorg", "organisation-token")))
    case("token-not-yours", "Another's namespace: only pull is granted.", lambda: hub.token("library/busybox", alice))
    case("token-anonymous", "Without an account.", lambda: hub.token("library/busybox", {}, actions="pull"))
    case("token-read-only", "A read-only token that asks to push is refused here already.", lambda: hub.token(
        "alice/app", basic("alice", "read-only-token"), 401))
    case("token-read-only-pull", "The same token, asking to pull.",
         lambda: hub.token("alice/app", basic("alice", "read-only-token"), actions="pull"))
    case("token-wrong", "A wrong password.", lambda: hub.token("alice/app", basic("alice", "wrong"), 401), from_knowledge=["the body"])
    case("token-post", "The same by POST.", lambda: hub.post_token(
        grant_type="password", service="registry.docker.io", client_id="berth", username="alice", password="password-of-alice",
        scope="repository%3Aalice%2Fapp%3Apull%2Cpush"))
    case("challenge", "What GET /v2/ answers.", lambda: expect_status(401, hub.send("GET", f"{REGISTRY}/v2/", {})))


def record_api(case, hub):
    repositories = "/v2/namespaces/alice/repositories"
    case("login", "An access token for the Hub API.", hub.login)
    case("login-organisation", "With an organisation's token.", lambda: hub.login("exampleorg", "organisation-token"))
    case("login-refused", "A wrong secret.", lambda: hub.login(secret="wrong", status=401), from_knowledge=["the body"])
    case("repository", "A repository that exists.", lambda: hub.head(f"{repositories}/app"))
    case("repository-missing", "One that does not.", lambda: hub.head(f"{repositories}/absent", 404))
    case("repository-private", "One that only its members see.",
         lambda: hub.head("/v2/namespaces/exampleorg/repositories/tool", 401, {"authorization": ""}))
    case("repository-details", "Visibility, one's rights, the rules for immutable tags.",
         lambda: hub.head(f"{repositories}/app", method="GET"),
         state={"repositories": {"alice/app": {"immutable": ["v.*"]}}})
    case("tag-taken", "A tag that is taken.", lambda: hub.head(f"{repositories}/app/tags/v1"),
         state={"repositories": {"alice/app": {"tags": {"v1": ""}}}})
    case("tag-free", "One that is not.", lambda: hub.head(f"{repositories}/app/tags/v2", 404))

    def create(status, namespace="alice", **fields):
        asked = {"name": "new", "namespace": namespace, "is_private": True, "description": "", **fields}
        return lambda: hub.post(f"/v2/namespaces/{namespace}/repositories", asked, hub.login(), status)
    case("create", "A private repository is created.", create(201))
    case("create-existing", "One that is already there.", create(400, name="app"), from_knowledge=["the message"])
    case("create-denied", "Another's namespace.", create(403, namespace="library"))
    case("throttled", "Too many requests: X-Retry-After is a moment, not a duration.", lambda: hub.head(f"{repositories}/app", 429),
         state={"faults": [{"operation": "hub.CheckRepository", "status": 429, "error": "TOO_MANY", "message": "too many requests",
                            "headers": {"x-retry-after": "1768478460"}}]})


def record(directory):
    recorder = Recorder("dockerhub", DockerHub, directory)

    def case_of(reference):
        return lambda name, description, act, **more: recorder.case(name, description, f"{DOCUMENTED}: {reference}", act, **more)

    record_tokens(case_of("distribution docs/content/spec/auth; spinalcordtoolbox#5286 for read-only tokens"), Hub(recorder.send))
    record_api(case_of("Docker Hub API reference, latest.yaml"), Hub(recorder.send))
