#!/usr/bin/env python3
"""A fake of products without a dedicated flavor (Harbor, GitLab, Quay, Gitea, Nexus, GitHub Container Registry): their
challenges, token services and refusals, before a real registry. `product` in the state chooses.

Sources:
- Harbor: src/core/service/token (a JWT with all actions granted, none for a project that does not exist), src/server/middleware
  (immutable: 412 PRECONDITION; quota: 403 DENIED); goharbor/harbor issues 13988, 17390.
- GitLab: app/services/auth/container_registry_authentication_service.rb (an entry is left out where nothing is granted); docs "Authenticate
  with the container registry".
- Quay: endpoints/v2/v2auth.py, errors.py (a JWT with empty actions).
- Gitea: routers/api/packages (401 "reqPackageAccess"); go-gitea/gitea issues 31531, 33732.
- Nexus: Sonatype Help "Docker authentication"; sigstore/cosign issue 2189 ("Deploying to groups").
- GitHub: docker/build-push-action issue 806 (permission_denied: write_package); an opaque token.
From knowledge: the bodies of the token services' errors, and Nexus's 401.
"""
import base64
import re

import fake
import rs256
from fake import Answer, Refusal, json_answer

TOKEN_PATHS = {"harbor": "/service/token", "gitlab": "/jwt/auth", "quay": "/v2/auth", "gitea": "/v2/token", "github": "/token"}
SERVICES = {"harbor": "harbor-registry", "gitlab": "container_registry", "gitea": "container_registry"}
OPAQUE = {"gitea", "github"}


class Products(fake.Fake):
    default_state = {
        "product": "harbor",
        # Users with permission to push and pull, by the first component of the path. Writers may push but not pull.
        "users": {"ci": {"password": "password-of-ci", "push": ["acme"]}},
        "readers": [], "writers": [], "public": [], "immutable": [], "quota_full": False, "group": False, "token_error": {},
    }

    @property
    def product(self):
        return self.state["product"]

    def route(self, request):
        if request.path == TOKEN_PATHS.get(self.product):
            return "Token", self.token
        if request.path == "/v2" or request.path.startswith("/v2/"):
            return "Registry", self.no_registry
        return "Unknown", lambda request: Answer(404, "unknown to this fake")

    def refuse(self, request, refusal):
        return json_answer(refusal.status, {"errors": [{"code": refusal.code, "message": refusal.message}]})

    # Authentication

    def user(self, request):
        """Returns the user, None without credentials. Raises if they are wrong."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        name, _, password = base64.b64decode(value).decode().partition(":")
        if self.state["users"].get(name, {}).get("password") != password:
            message = "HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or " \
                      "you're required to use a token instead of a password." if self.product == "gitlab" else "authentication required"
            raise Refusal(401, "UNAUTHORIZED", message)
        return name

    def actions(self, user, name):
        first = name.partition("/")[0]
        if user in self.state["writers"]:
            return ["push"]
        if first in self.state["users"].get(user, {}).get("push", []):
            return ["pull", "push"]
        return ["pull"] if first in self.state["public"] or user in self.state["readers"] else []

    def token(self, request):
        if self.state["token_error"]:
            raise Refusal(**self.state["token_error"])
        user, access = self.user(request), []
        for scope in (value for name, value in request.query_pairs if name == "scope"):
            kind, _, rest = scope.partition(":")
            name, _, wanted = rest.rpartition(":")
            actions = [action for action in self.actions(user, name) if action in wanted.split(",")]
            if actions or self.product != "gitlab":
                access.append({"type": kind, "name": name, "actions": actions})
        claims = {"sub": user or "", "exp": int(self.now().timestamp()) + 300, "iat": int(self.now().timestamp()), "user": user}
        token = rs256.make_jwt(claims if self.product in OPAQUE else {**claims, "access": access})
        return json_answer(200, {"token": base64.b64encode(token.encode()).decode() if self.product == "github" else token,
                                 "expires_in": 300})

    # The registry

    def challenge(self, request):
        if self.product == "nexus":
            return 'BASIC realm="Sonatype Nexus Repository Manager"'
        service = SERVICES.get(self.product, request.host)
        return f'Bearer realm="{self.url(request, TOKEN_PATHS[self.product])}",service="{service}"'

    def admit(self, request, action):
        user = self.registry_user(request)
        if not user:
            raise Refusal(401, "UNAUTHORIZED", "authentication required", headers={"www-authenticate": self.challenge(request)})
        if not action or not action.name:
            return None
        wanted = "push" if action.push else "pull"
        if wanted == "push" and self.state["group"]:
            raise Refusal(403, "DENIED", "Deploying to groups is a PRO-licensed feature. See "
                          "https://links.sonatype.com/product-nexus-repository")
        if wanted not in self.actions(user, action.name):
            raise self.denial(request, action.name, wanted)
        if action.push and self.state["quota_full"] and request.method == "PUT":
            raise Refusal(403, "DENIED", "adding 29.0 MiB of storage resource, which when updated to current usage of 152.4 MiB will "
                          "exceed the configured upper limit of 10.0 MiB.")
        if action.put_tag and any(re.fullmatch(rule, action.put_tag) for rule in self.state["immutable"]):
            name = action.name.rpartition("/")[2]
            raise Refusal(412, "PRECONDITION", f"Failed to process request due to '{name}:{action.put_tag}' configured as immutable.")
        return None

    def registry_user(self, request):
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                return self.user(request)
            except Refusal:
                return None
        token = base64.b64decode(value).decode() if self.product == "github" and value else value
        claims = rs256.own_claims(token) if token else None
        return claims and (claims["user"] or "anonymous")

    def denial(self, request, name, wanted):
        if self.product == "gitea":
            return Refusal(401, "UNAUTHORIZED", "reqPackageAccess", headers={"www-authenticate": self.challenge(request)})
        if self.product == "github":
            return Refusal(403, "DENIED", f"permission_denied: {'write' if wanted == 'push' else 'read'}_package")
        if self.product == "nexus":
            return Refusal(403, "DENIED", "access to the requested resource is not authorized")
        if self.product == "harbor":
            text = f"unauthorized to access repository: {name}, action: {wanted}"
            return Refusal(401, "UNAUTHORIZED", f"{text}: {text}", headers={"www-authenticate": self.challenge(request)})
        return Refusal(401, "UNAUTHORIZED", "access to the requested resource is not authorized",
                       headers={"www-authenticate": self.challenge(request)})


if __name__ == "__main__":
    fake.main(Products)
