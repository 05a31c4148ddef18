"""Requests to Entra by python3-msal; its HTTP client is the recorder. Requests that msal does not make (a registry's exchange
and data API) are written by hand, and marked as such; with_npm.mjs has Microsoft's own client for them."""
import base64
import json
import urllib.parse
import uuid

import msal

import rs256
from azure import CLIENT, TENANT, Azure
from recorder import CLOUDS, DOCUMENTED, Recorder, expect_status

REFERENCE = f"python3-msal {msal.__version__}"
SCOPE = "https://containerregistry.azure.net/.default"
AUTHORITY = f"https://login.microsoftonline.com/{TENANT}"
REGISTRY = "https://example.azurecr.io"
KEYS = {"certificate_key": "keys/throw_away_rsa.json", "thumbprint": "A1B2C3D4E5F60718293A4B5C6D7E8F9001122334"}
DIGEST = "sha256:" + "a1" * 32
ARM = "/subscriptions/44444444-4444-4444-4444-444444444444/resourceGroups/group/providers/Microsoft.ContainerRegistry/registries/example"


class HttpClient:
    """The HTTP client for msal: get and post like those of requests."""

    def __init__(self, recorder):
        self.recorder = recorder

    def post(self, url, params=None, data=None, headers=None, **_):
        body = form_of(data) if isinstance(data, dict) else data or ""
        return self.answer("POST", url, {"content-type": "application/x-www-form-urlencoded", **(headers or {})}, body)

    def get(self, url, params=None, headers=None, **_):
        return self.answer("GET", url + ("?" + form_of(params) if params else ""), headers or {}, "")

    def answer(self, method, url, headers, body):
        status, received, data = self.recorder.send(method, url, headers, body)
        return type("Answer", (), {"status_code": status, "text": data.decode(), "headers": received,
                                   "raise_for_status": lambda self: None})()

    def close(self):
        pass


def form_of(fields):
    """Encodes a form like requests."""

    return urllib.parse.urlencode({name: value for name, value in fields.items() if value is not None})


def private_key():
    lines = json.loads((CLOUDS / "keys" / "throw_away_rsa.json").read_text())["pkcs8_base64"]
    return "-----BEGIN PRIVATE KEY-----\n" + "\n".join(lines) + "\n-----END PRIVATE KEY-----\n"


def record_entra(case, recorder):
    def ask(credential, error=None, authority=AUTHORITY, client=CLIENT, scope=SCOPE):
        application = msal.ConfidentialClientApplication(client, credential, authority, http_client=HttpClient(recorder))
        result = application.acquire_token_for_client([scope])
        assert ("access_token" in result) if not error else error in result.get("error_codes", []), result

    secret = "client-secret-of-the-test"
    case("token-secret", "A service principal with a secret.", lambda: ask(secret))
    case("token-federated", "A service principal with a token of its platform (AZURE_FEDERATED_TOKEN_FILE).",
         lambda: ask({"client_assertion": "federated-of-the-test"}))
    case("token-certificate", "A service principal with a certificate: a JWT signed with its key.",
         lambda: ask({"private_key": private_key(), "thumbprint": KEYS["thumbprint"]}), keys=KEYS, signed=["client_assertion"])
    case("token-arm", "A token for the resource manager.", lambda: ask(secret, scope="https://management.azure.com/.default"))
    case("token-china", "The authority of another cloud.", lambda: ask(secret, authority=f"https://login.chinacloudapi.cn/{TENANT}"))
    case("refused-secret", "A wrong secret.", lambda: ask("wrong", 7000215))
    case("refused-expired-secret", "A secret that has expired.", lambda: ask(secret, 7000222),
         state=client_with(secrets=[], expired_secrets=[secret]))
    case("refused-client", "A client that the tenant does not know.", lambda: ask(secret, 700016, client=CLIENT.replace("2", "9")))
    case("refused-federated", "A token of a platform that the client does not trust.",
         lambda: ask({"client_assertion": "of-another"}, 70021))
    case("refused-certificate-clock", "This machine's clock is an hour behind, by the Date header of the response.",
         lambda: ask({"private_key": private_key(), "thumbprint": KEYS["thumbprint"]}, 700024), state={"clock_skew_s": 3600}, keys=KEYS)


def client_with(**fields):
    return {"tenants": {TENANT: {"clients": {CLIENT: fields}}}}


def entra_token(audience="https://containerregistry.azure.net"):
    """The token that the fake issues at the recorder's clock."""
    return rs256.make_jwt({"aud": audience, "principal": "pusher", "iat": 1768478400, "nbf": 1768478400, "exp": 1768482000})


class Acr:
    """Requests to a registry, written by hand."""

    def __init__(self, send):
        self.send = send

    def post(self, path, status=200, **fields):
        answer = self.send("POST", f"{REGISTRY}{path}", {"content-type": "application/x-www-form-urlencoded"}, form_of(fields))
        expect_status(status, answer)
        return json.loads(answer[2])

    def exchange(self, status=200, audience="https://containerregistry.azure.net", service="example.azurecr.io"):
        return self.post("/oauth2/exchange", status, grant_type="access_token", service=service, tenant=TENANT,
                         access_token=entra_token(audience)).get("refresh_token")

    def access(self, scope, refresh=None):
        return self.post("/oauth2/token", grant_type="refresh_token", service="example.azurecr.io", scope=scope,
                         refresh_token=refresh or self.exchange())["access_token"]

    def get(self, path, token="", status=200, host=REGISTRY):
        expect_status(status, self.send("GET", f"{host}{path}",
                                        {"accept": "application/json", **({"authorization": token} if token else {})}))


def record_registry(case, acr):
    basic = "Basic " + base64.b64encode(b"admin:admin-password").decode()
    scope = "repository:team/app:pull,push,metadata_read"
    case("exchange", "An Entra token for a refresh token, then an access token that lists what it grants.", lambda: acr.access(scope))
    case("exchange-arm-refused", "A token for the resource manager, where the registry does not take those.",
         lambda: acr.exchange(401, "https://management.azure.com"), state={"takes_arm_tokens": False})
    case("exchange-no-role", "An identity without any role on the registry.", lambda: acr.exchange(401), state={"rights": {"pusher": None}})
    case("exchange-upper-case", "The login server in capitals is another service.", lambda: acr.exchange(401, service="Example.azurecr.io"))
    case("access-pull-alone", "An identity that may only pull: the token lists less than was requested.", lambda: acr.access(scope),
         state={"rights": {"pusher": {"*": ["pull", "metadata_read"]}}})
    query = f"/oauth2/token?service=example.azurecr.io&scope={scope.replace(':', '%3A').replace(',', '%2C').replace('/', '%2F')}"
    case("access-basic", "The admin account, or a token with a scope map: Basic for an access token.", lambda: acr.get(query, basic))
    case("access-basic-refused", "The admin account is disabled.", lambda: acr.get(query, basic, 401), state={"admin_enabled": False})
    case("challenge", "What GET /v2/ answers.", lambda: acr.get("/v2/", status=401))
    case("firewall", "The registry's firewall: 403 before any credential.", lambda: acr.get("/v2/", status=403), state={"firewall": True})


def record_data(case, acr):
    def ask(path, status=200):
        return lambda: acr.get(path, "Bearer " + acr.access("repository:team/app:pull,push,metadata_read"), status)

    def repository(**fields):
        return {"repositories": {"team/app": fields}}

    case("repository", "A repository that may be written to.", ask("/acr/v1/team/app"))
    case("repository-locked", "One that is locked.", ask("/acr/v1/team/app"), state=repository(attributes={"writeEnabled": False}))
    case("repository-missing", "One that no push has created yet.", ask("/acr/v1/team/app", 404),
         state={"repositories": {"team/app": None}})
    case("tag-locked", "A tag that is taken, and locked.", ask("/acr/v1/team/app/_tags/v1"),
         state=repository(tags={"v1": {"digest": DIGEST, "attributes": {"writeEnabled": False}}}))
    case("manifest-locked", "A manifest that is locked, whatever its tags are.", ask(f"/acr/v1/team/app/_manifests/{DIGEST}"),
         state=repository(manifests={DIGEST: {"writeEnabled": False}}))
    case("tag-free", "A tag that nothing has.", ask("/acr/v1/team/app/_tags/v2", 404), from_knowledge=["the code in the body"])
    version, bearer = "?api-version=2023-07-01", "Bearer " + entra_token("https://management.azure.com")
    manager = "https://management.azure.com"
    case("arm", "The resource manager's view.", lambda: acr.get(ARM + version, bearer, host=manager))
    case("arm-abac", "Rights by repository: AcrPush does not count.", lambda: acr.get(ARM + version, bearer, host=manager),
         state={"arm": {ARM: {"roleAssignmentMode": "AbacRepositoryPermissions", "publicNetworkAccess": "Disabled"}}})
    case("arm-denied", "No right to read it.", lambda: acr.get(ARM + version, bearer, 403, manager), state={"arm_readers": []})
    case("arm-missing", "No such registry there.", lambda: acr.get(ARM + "2" + version, bearer, 404, manager))
    case("throttled", "Too many writes.", ask("/acr/v1/team/app", 429), state={"faults": [{
        "operation": "acr.GetRepository", "status": 429, "error": "TOOMANYREQUESTS", "message": "too many requests",
        "headers": {"retry-after": "9"}}]}, from_knowledge=["the message"])


def record_identities(case, send):
    """Written by hand; with_npm.mjs has Microsoft's own client for both."""
    resource = "resource=https%3A%2F%2Fcontainerregistry.azure.net"
    imds = f"http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&{resource}"

    def get(url, headers, status=200):
        return lambda: expect_status(status, send("GET", url, headers))

    case("identity-imds", "The virtual machine's own identity.", get(imds, {"metadata": "true"}))
    case("identity-imds-user", "One that was assigned by a user.",
         get(imds + "&client_id=33333333-3333-3333-3333-333333333333", {"metadata": "true"}))
    case("identity-imds-none", "A machine without an identity.", get(imds, {"metadata": "true"}, 400), state={"imds": {"system": ""}})
    case("identity-app-service", "App Service: IDENTITY_ENDPOINT and IDENTITY_HEADER.",
         get(f"http://127.0.0.1/msi/token?api-version=2019-08-01&{resource}", {"x-identity-header": "identity-header-of-the-test"}))
    case("identity-app-service-refused", "With another header.",
         get(f"http://127.0.0.1/msi/token?api-version=2019-08-01&{resource}", {"x-identity-header": "wrong"}, 401))


def record(directory):
    uuid.uuid4 = lambda: uuid.UUID(int=1)
    # msal discovers the endpoints of an authority; a flavor has them built in.
    recorder = Recorder("azure", Azure, directory, left_out="entra.Discovery")

    def case_of(reference):
        return lambda name, description, act, **more: recorder.case(name, description, reference, act, **more)

    record_entra(case_of(REFERENCE), recorder)
    record_registry(case_of(f"{DOCUMENTED}: Azure/acr docs/AAD-OAuth.md and Token-BasicAuth.md"), Acr(recorder.send))
    record_data(case_of(f"{DOCUMENTED}: REST of @azure/container-registry 2021-07-01 and of @azure/arm-containerregistry"),
                Acr(recorder.send))
    record_identities(case_of(f"{DOCUMENTED}: managed identities, IMDS 2018-02-01 and App Service 2019-08-01"), recorder.send)
