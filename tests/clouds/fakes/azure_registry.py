"""The container registry of the fake Azure: its token endpoints, its data API, the resource manager's view of it, and
which requests are forwarded to the registry.

Sources: Azure/acr docs/AAD-OAuth.md and Token-BasicAuth.md; the REST API of @azure/container-registry (2021-07-01) and
@azure/arm-containerregistry; providers.md, part 7.
"""
import base64
import re

import rs256
from fake import Refusal, json_answer

REPOSITORY = re.compile(r"/acr/v1/(.+?)(?:/_(tags|manifests)/([^/]+))?$")
ARM = re.compile(r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.ContainerRegistry/registries/([^/]+)$")
NULL_GUID = "00000000-0000-0000-0000-000000000000"
ARM_AUDIENCES = ("https://management.azure.com", "https://management.azure.com/", "https://management.core.windows.net/")
ACR_AUDIENCE = "https://containerregistry.azure.net"
OPEN = {"deleteEnabled": True, "writeEnabled": True, "readEnabled": True, "listEnabled": True}
MADE = "2026-01-01T00:00:00.0000000Z"


def unauthorized(text="authentication required, visit https://aka.ms/acr/authorization for more information.", **more):
    return Refusal(401, "UNAUTHORIZED", text, **more)


class AcrRegistry:
    def __init__(self, azure):
        self.azure = azure

    def route(self, request):
        path, method = request.path, request.method
        if path == "/oauth2/exchange" and method == "POST":
            return "acr.Exchange", self.exchange
        if path == "/oauth2/token":
            return "acr.Token", self.token
        match = REPOSITORY.match(path)
        if match and method == "GET":
            return {"tags": "acr.GetTag", "manifests": "acr.GetManifest"}.get(match[2], "acr.GetRepository"), self.attributes
        if ARM.match(path) and method == "GET":
            return "arm.GetRegistry", self.arm
        if path == "/v2" or path.startswith("/v2/"):
            return "Registry", self.azure.no_registry
        return None

    # Tokens

    def check_service(self, service):
        if service != self.azure.state["login_server"]:
            raise unauthorized()

    def exchange(self, request):
        form = request.form
        self.check_service(form.get("service"))
        claims = rs256.own_claims(form.get("access_token", ""))
        audience = (claims or {}).get("aud", "")
        allowed = audience.rstrip("/") == ACR_AUDIENCE or audience in ARM_AUDIENCES and self.azure.state["takes_arm_tokens"]
        if form.get("grant_type") != "access_token" or not claims or not allowed or claims["exp"] <= self.azure.now().timestamp() \
                or claims["principal"] not in self.azure.state["rights"]:
            raise unauthorized()
        return json_answer(200, {"refresh_token": self.issue("refresh_token", claims["principal"], 3 * 3600)})

    def issue(self, grant, principal, seconds, **more):
        now = int(self.azure.now().timestamp())
        return rs256.make_jwt({"aud": self.azure.state["login_server"], "iss": "Azure Container Registry", "iat": now, "nbf": now,
                               "exp": now + seconds, "grant_type": grant, "principal": principal, **more})

    def token(self, request):
        fields = request.form if request.method == "POST" else request.query
        self.check_service(fields.get("service"))
        principal = self.principal_of_form(fields) if request.method == "POST" else self.principal_of_basic(request)
        scopes = [value for name, value in request.query_pairs if name == "scope"] if request.method == "GET" else []
        scopes += fields.get("scope", "").split() if request.method == "POST" else []
        granted = [self.grant(principal, scope) for scope in scopes]
        return json_answer(200, {"access_token": self.issue("access_token", principal, 4500, access=[entry for entry in granted if entry])})

    def principal_of_form(self, form):
        if form.get("grant_type") == "password" and not form.get("refresh_token"):
            return self.principal_of_password(form.get("username", ""), form.get("password", ""))
        claims = rs256.own_claims(form.get("refresh_token", ""))
        if form.get("grant_type") != "refresh_token" or not claims or claims.get("grant_type") != "refresh_token" \
                or claims["exp"] <= self.azure.now().timestamp():
            raise unauthorized()
        return claims["principal"]

    def principal_of_basic(self, request):
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except ValueError:
            user, password = "", ""
        if not scheme and self.azure.state["anonymous_pull"]:
            return "anonymous"
        if scheme.lower() != "basic":
            raise unauthorized()
        return self.principal_of_password(user, password)

    def principal_of_password(self, user, password):
        if user == NULL_GUID:
            claims = rs256.own_claims(password)
            if not claims or claims.get("grant_type") != "refresh_token":
                raise unauthorized()
            return claims["principal"]
        for tenant in self.azure.state["tenants"].values():
            if password in tenant["clients"].get(user, {}).get("secrets", []):
                return tenant["clients"][user]["principal"]
        known = self.azure.state["passwords"].get(user)
        if user == "admin" and not self.azure.state["admin_enabled"]:
            raise unauthorized("Admin user is disabled. Please enable it or use Entra ID.")
        if not known or known["password"] != password:
            raise unauthorized()
        return known["rights"]

    def grant(self, principal, scope):
        """Granting less than requested is not an error: an empty list, or no entry."""
        kind, _, rest = scope.partition(":")
        name, _, actions = rest.rpartition(":")
        rights = self.azure.state["rights"].get(principal, {})
        allowed = rights.get(name, rights.get("*", [])) if kind == "repository" else []
        granted = [action for action in actions.split(",") if action in allowed]
        return {"type": kind, "name": name, "actions": granted} if granted else None

    def allowed(self, request, name, action):
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        claims = rs256.own_claims(token) if scheme.lower() == "bearer" else None
        if claims and claims.get("grant_type") == "access_token" and claims["exp"] > self.azure.now().timestamp():
            return not name or any(entry["name"] == name and action in entry["actions"] for entry in claims["access"])
        return False

    def challenge(self, request, scope):
        realm = self.azure.url(request, "/oauth2/token")
        header = f'Bearer realm="{realm}",service="{self.azure.state["login_server"]}"'
        return {"www-authenticate": header + (f',scope="{scope}"' if scope else "")}

    # The data API

    def attributes(self, request):
        name, kind, reference = REPOSITORY.match(request.path).groups()
        if not self.allowed(request, name, "metadata_read"):
            raise unauthorized(headers=self.challenge(request, f"repository:{name}:metadata_read"))
        repository = self.azure.state["repositories"].get(name)
        if repository is None:
            raise Refusal(404, "NAME_UNKNOWN", f"repository \"{name}\" is not found")
        base = {"registry": self.azure.state["login_server"], "imageName": name}
        if not kind:
            return json_answer(200, {**base, "createdTime": MADE, "lastUpdateTime": MADE, "manifestCount": len(repository["tags"]),
                                     "tagCount": len(repository["tags"]), "changeableAttributes": {**OPEN, **repository["attributes"]}})
        if kind == "tags":
            tag = self.tag(repository, name, reference)
            return json_answer(200, {**base, "tag": {"name": reference, "digest": tag["digest"], "createdTime": MADE,
                                                     "lastUpdateTime": MADE, "signed": False,
                                                     "changeableAttributes": {**OPEN, **tag.get("attributes", {})}}})
        attributes = repository.get("manifests", {}).get(reference)
        if attributes is None:
            raise Refusal(404, "MANIFEST_UNKNOWN", f"manifest {reference} is not found")
        return json_answer(200, {**base, "manifest": {"digest": reference, "createdTime": MADE, "lastUpdateTime": MADE,
                                                      "changeableAttributes": {**OPEN, **attributes}}})

    def tag(self, repository, name, reference):
        tag = repository["tags"].get(reference)
        digest = self.azure.front.digest_of(name, reference) if not tag and self.azure.front else None
        if not tag and not digest:
            raise Refusal(404, "TAG_UNKNOWN", f"the specified tag does not exist: {reference}")
        return tag or {"digest": digest}

    # The resource manager

    def arm(self, request):
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        claims = rs256.own_claims(token) if scheme.lower() == "bearer" else None
        if not claims or claims.get("aud") not in ARM_AUDIENCES or claims["exp"] <= self.azure.now().timestamp():
            raise Refusal(401, "InvalidAuthenticationToken", "The access token is invalid.")
        if not request.query.get("api-version"):
            raise Refusal(400, "MissingApiVersionParameter",
                          "The api-version query parameter (?api-version=) is required for all requests.")
        if claims["principal"] not in self.azure.state["arm_readers"]:
            raise Refusal(403, "AuthorizationFailed", f"The client '{claims['principal']}' does not have authorization to perform action "
                          f"'Microsoft.ContainerRegistry/registries/read' over scope '{request.path}' or the scope is invalid.")
        properties = self.azure.state["arm"].get(request.path)
        if properties is None:
            raise Refusal(404, "ResourceNotFound", f"The Resource '{request.path}' was not found.")
        return json_answer(200, {"id": request.path, "name": ARM.match(request.path)[1], "type": "Microsoft.ContainerRegistry/registries",
                                 "location": "westeurope", "sku": {"name": "Premium", "tier": "Premium"},
                                 "properties": {"loginServer": self.azure.state["login_server"], "provisioningState": "Succeeded",
                                                **properties}})

    # The registry

    def admit(self, request, action):
        if self.azure.state["firewall"]:
            raise Refusal(403, "DENIED",
                          "client with IP '192.0.2.1' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.")
        name = action.name if action else ""
        right, scope = ("push", "pull,push") if action and action.push else ("pull", "pull")
        if not self.allowed(request, name, right):
            raise unauthorized(headers=self.challenge(request, f"repository:{name}:{scope}" if name else ""))
        if not name or not action.push:
            return None
        repository = self.azure.state["repositories"].setdefault(name, {"attributes": {}, "tags": {}})
        tag = repository["tags"].get(action.put_tag, {})
        if not {**OPEN, **repository["attributes"]}["writeEnabled"] or not {**OPEN, **tag.get("attributes", {})}["writeEnabled"]:
            raise Refusal(405, "UNSUPPORTED",
                          "The operation is disallowed on this registry, repository or image. View troubleshooting steps at "
                          "https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation")
        return None
