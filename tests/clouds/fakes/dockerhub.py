#!/usr/bin/env python3
"""A fake of the Docker Hub services that a push uses: auth.docker.io, the Hub API version 2, and the registry's rate limits.

Sources: distribution's docs/content/spec/auth; the Docker Hub API reference (latest.yaml); Docker Docs "Docker Hub pull usage and
limits"; providers.md, part 8.
"""
import base64
import re

import fake
import rs256
from fake import Answer, Refusal, json_answer

REPOSITORIES = re.compile(r"/v2/namespaces/([^/]+)/repositories$")
REPOSITORY = re.compile(r"/v2/namespaces/([^/]+)/repositories/([^/]+)$")
TAG = re.compile(r"/v2/namespaces/([^/]+)/repositories/([^/]+)/tags/([^/]+)$")
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,254}$")


class DockerHub(fake.Fake):
    default_state = {
        # scopes: of the secret, which may be a password or a token. sso: the organisation requires tokens instead of passwords.
        "secrets": {"alice": {"password-of-alice": {"scopes": ["pull", "push"]}, "read-only-token": {"scopes": ["pull"]}},
                    "exampleorg": {"organisation-token": {"scopes": ["pull", "push"]}}},
        "members": {"alice": {"alice": "admin", "exampleorg": "write"}, "exampleorg": {"exampleorg": "admin"}},
        "repositories": {"alice/app": {"private": False, "tags": {}, "immutable": []},
                         "exampleorg/tool": {"private": True, "tags": {}, "immutable": []},
                         "library/busybox": {"private": False, "tags": {}, "immutable": []}},
        "private_left": 1, "rate": {"limit": 100, "window_s": 21600, "remaining": 100, "source": "192.0.2.1"},
        "service": "registry.docker.io", "token_s": 300,
    }

    def route(self, request):
        path, method = request.path, request.method
        if path == "/token":
            return "auth.Token", self.token
        if path == "/v2/auth/token" and method == "POST":
            return "hub.CreateToken", self.hub_token
        if TAG.match(path):
            return "hub.CheckTag", self.check_tag
        if REPOSITORY.match(path) and method in ("GET", "HEAD"):
            return f"hub.{'Get' if method == 'GET' else 'Check'}Repository", self.get_repository
        if REPOSITORIES.match(path) and method == "POST":
            return "hub.CreateRepository", self.create_repository
        if path == "/v2" or path.startswith("/v2/"):
            return "Registry", self.no_registry
        return "Unknown", lambda request: Answer(404, "unknown to this fake")

    def refuse(self, request, refusal):
        if request.path == "/token":
            return json_answer(refusal.status, {"details": refusal.message})
        if request.path.startswith(("/v2/namespaces/", "/v2/auth/token")):
            return json_answer(refusal.status, {"errinfo": None, "message": refusal.message})
        return json_answer(refusal.status, {"errors": [{"code": refusal.code, "message": refusal.message, "detail": None}]})

    # auth.docker.io

    def token(self, request):
        fields = request.form if request.method == "POST" else request.query
        user, secret = self.basic(request) if request.method == "GET" else (fields.get("username"), fields.get("password"))
        known = self.state["secrets"].get(user, {}).get(secret)
        if user and not known:
            raise Refusal(401, "UNAUTHORIZED", "incorrect username or password")
        scopes = [value for name, value in (request.query_pairs if request.method == "GET" else fields.items()) if name == "scope"]
        access = []
        for scope in " ".join(scopes).split():
            kind, _, rest = scope.partition(":")
            name, _, actions = rest.rpartition(":")
            # Specific to Hub: an action that a token can never have is refused here, not granted in part.
            if known and set(actions.split(",")) - set(known["scopes"]):
                raise Refusal(401, "UNAUTHORIZED", "access token has insufficient scopes")
            access.append({"type": kind, "name": name,
                           "actions": [action for action in actions.split(",") if self.may(user, name, action)]})
        now = self.now()
        issued = int(now.timestamp())
        token = rs256.make_jwt({"iss": "auth.docker.io", "sub": user or "", "aud": self.state["service"], "iat": issued, "nbf": issued,
                                "exp": issued + self.state["token_s"], "access": access})
        return json_answer(200, {"token": token, "access_token": token, "expires_in": self.state["token_s"],
                                 "issued_at": fake.iso_time(now)})

    @staticmethod
    def basic(request):
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None, None
        try:
            user, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
            return user, secret
        except ValueError:
            return "?", None

    def may(self, user, name, action):
        namespace, repository = name.partition("/")[0], self.state["repositories"].get(name)
        right = self.state["members"].get(user, {}).get(namespace)
        if action == "pull":
            return bool(right) or bool(repository) and not repository["private"]
        return right in ("write", "admin")

    # The Hub API

    def hub_token(self, request):
        asked = request.json
        if not isinstance(asked, dict) or not all(isinstance(asked.get(name), str) for name in ("identifier", "secret")):
            raise Refusal(400, "BAD", "bad request")
        if asked["secret"] not in self.state["secrets"].get(asked["identifier"], {}):
            raise Refusal(401, "UNAUTHORIZED", "unauthorized")
        issued = int(self.now().timestamp())
        return json_answer(200, {"access_token": rs256.make_jwt({"sub": asked["identifier"], "iat": issued, "exp": issued + 600})})

    def caller(self, request):
        """Returns the user, None if anonymous."""
        header = request.headers.get("authorization", "")
        if not header:
            return None
        claims = rs256.own_claims(header.partition(" ")[2]) if header.startswith("Bearer ") else None
        if not claims or claims["exp"] <= self.now().timestamp():
            raise Refusal(401, "UNAUTHORIZED", "unauthorized")
        return claims["sub"]

    def repository(self, request, match):
        user, name = self.caller(request), f"{match[1]}/{match[2]}"
        repository = self.state["repositories"].get(name)
        if not repository or repository["private"] and not self.may(user, name, "pull"):
            if repository and not user:
                raise Refusal(401, "UNAUTHORIZED", "unauthorized")
            raise Refusal(404, "NOT_FOUND", "not found")
        return user, name, repository

    def shown(self, name, repository, right):
        namespace, _, short = name.partition("/")
        return {"user": namespace, "name": short, "namespace": namespace, "repository_type": "image", "is_private": repository["private"],
                "permissions": {"read": True, "write": right in ("write", "admin"), "admin": right == "admin"},
                "immutable_tags_settings": {"enabled": bool(repository["immutable"]), "rules": repository["immutable"]}}

    def get_repository(self, request):
        match = REPOSITORY.match(request.path)
        user, name, repository = self.repository(request, match)
        return json_answer(200, self.shown(name, repository, self.state["members"].get(user, {}).get(match[1])))

    def check_tag(self, request):
        match = TAG.match(request.path)
        _, name, repository = self.repository(request, match)
        if match[3] not in repository["tags"] and not (self.front and self.front.digest_of(name, match[3])):
            raise Refusal(404, "NOT_FOUND", "not found")
        return json_answer(200, {"name": match[3]})

    def create_repository(self, request):
        namespace, asked, user = REPOSITORIES.match(request.path)[1], request.json, self.caller(request)
        if not user:
            raise Refusal(401, "UNAUTHORIZED", "unauthorized")
        if not isinstance(asked, dict) or not NAME.match(str(asked.get("name", ""))) or asked.get("namespace") != namespace:
            raise Refusal(400, "BAD", "bad request")
        if self.state["members"].get(user, {}).get(namespace) not in ("write", "admin"):
            raise Refusal(403, "FORBIDDEN", "permission denied")
        name = f"{namespace}/{asked['name']}"
        if name in self.state["repositories"]:
            raise Refusal(400, "BAD", "Repository with this name already exists")
        if asked.get("is_private") and self.state["private_left"] < 1:
            raise Refusal(402, "LIMIT", "private repository limit reached")
        self.state["private_left"] -= 1 if asked.get("is_private") else 0
        self.state["repositories"][name] = {"private": bool(asked.get("is_private")), "tags": {}, "immutable": []}
        return json_answer(201, self.shown(name, self.state["repositories"][name], "admin"))

    # The registry

    def claims(self, request):
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        claims = rs256.own_claims(token) if scheme.lower() == "bearer" else None
        return claims if claims and claims.get("aud") == self.state["service"] and claims["exp"] > self.now().timestamp() else None

    def admit(self, request, action):
        claims, name = self.claims(request), action.name if action else ""
        wanted = "push" if action and action.push else "pull"
        granted = claims and (not name or any(entry["name"] == name and wanted in entry["actions"] for entry in claims["access"]))
        if not granted:
            realm = self.url(request, "/token", "auth.docker.io" if request.host == "registry-1.docker.io" else None)
            scope = f',scope="repository:{name}:{"pull,push" if wanted == "push" else "pull"}"' if name else ""
            error = ',error="insufficient_scope"' if claims else ""
            raise Refusal(401, "DENIED" if claims else "UNAUTHORIZED", "requested access to the resource is denied" if claims else
                          "authentication required", headers={
                              "www-authenticate": f'Bearer realm="{realm}",service="{self.state["service"]}"{scope}{error}'})
        if not name:
            return None
        if action.push:
            self.check_push(name, action)
            return None
        return self.count(request, action) if action.kind == "manifests" else None

    def check_push(self, name, action):
        repository = self.state["repositories"].setdefault(name, {"private": False, "tags": {}, "immutable": []})
        if action.put_tag and any(re.fullmatch(rule, action.put_tag) for rule in repository["immutable"]) and (
                action.put_tag in repository["tags"] or self.front.digest_of(name, action.put_tag)):
            raise Refusal(400, "DENIED", f"tag {action.put_tag} is immutable")

    def count(self, request, _action):
        """A GET of a manifest counts, a HEAD does not; both return the remaining pulls."""
        rate = self.state["rate"]
        if not rate["limit"]:
            return None
        headers = {"ratelimit-limit": f"{rate['limit']};w={rate['window_s']}", "docker-ratelimit-source": rate["source"]}
        if request.method == "GET" and rate["remaining"] < 1:
            raise Refusal(429, "TOOMANYREQUESTS", "You have reached your pull rate limit. You may increase the limit by authenticating and "
                          "upgrading: https://www.docker.com/increase-rate-limit", headers={
                              **headers, "ratelimit-remaining": f"0;w={rate['window_s']}"})
        rate["remaining"] -= request.method == "GET"
        headers["ratelimit-remaining"] = f"{rate['remaining']};w={rate['window_s']}"
        return lambda answer: answer.headers.update(headers)


if __name__ == "__main__":
    fake.main(DockerHub)
