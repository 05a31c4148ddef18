#!/usr/bin/env python3
"""A fake JFrog Artifactory: the repositories of its REST interface, its docker token service, and its rules before a real registry.

Sources:
- JFrog REST APIs, "Get Repository Configuration" (other users than administrators get a part of it), "Get Repositories", "Repository
  Configuration JSON" (`key`, `rclass`, `packageType`, `repositories`, `defaultDeploymentRepo`, `url`), "System Health Ping".
- JFrog's terraform provider: 400 for a key that does not exist; github.com/devopshq/artifactory issue 356: 400 also where an edition
  lacks the API, and its message; github.com/jfrog/jfrog-cli issue 1616: "Bad credentials".
- JFrog, "Docker Repository URL Formats" and "How to troubleshoot Docker problems": names by path and by subdomain, the token service
  at /artifactory/api/docker/KEY/v2/token.
- github.com/earthly/earthly issue 1017 (the challenge), github.com/jfrog/teamcity-artifactory-plugin issue 177 ("User is unauthorized
  to upload to"), github.com/GoogleContainerTools/kaniko issue 1095 (MANIFEST_INVALID where a tag may not be replaced).
From knowledge: which part other users than administrators get, the response to anonymous requests for a hidden repository,
and the response to a push to a remote repository or into a virtual one without a default deployment repository.
"""
import base64
import re

import fake
from fake import Answer, Refusal, json_answer

REPOSITORY = re.compile(r"/artifactory/api/repositories/([^/]+)$")
TOKEN = re.compile(r"(?:/artifactory/api/docker/([^/]+))?/v2/token$")


class Artifactory(fake.Fake):
    # users: NAME → identity token, and the keys with permission to deploy and to replace tags.
    default_state = {
        "server": "artifactory.example.com",
        "edition": "pro",
        # Whether anonymous users may read what is not hidden; and whether the docker API still requires authentication.
        "anonymous": False, "hidden": [], "force_authentication": False,
        "users": {
            "alice": {"token": "token-of-alice", "admin": True, "deploy": ["*"], "overwrite": ["*"]},
            "ci": {"token": "token-of-ci", "admin": False, "deploy": ["docker-local", "docker"], "overwrite": []},
            "reader": {"token": "token-of-reader", "admin": False, "deploy": [], "overwrite": []},
        },
        "repositories": {
            "docker-local": {"rclass": "local", "packageType": "docker"},
            "oci-local": {"rclass": "local", "packageType": "oci"},
            "npm-local": {"rclass": "local", "packageType": "npm"},
            "hub": {"rclass": "remote", "packageType": "docker", "url": "https://registry-1.docker.io/"},
            "docker": {"rclass": "virtual", "packageType": "docker", "repositories": ["docker-local", "hub"],
                       "defaultDeploymentRepo": "docker-local"},
            "docker-all": {"rclass": "virtual", "packageType": "docker", "repositories": ["hub"]},
        },
    }

    def route(self, request):
        path = request.path
        if path == "/artifactory/api/system/ping":
            return "rt.Ping", lambda request: Answer(200, "OK", {"content-type": "text/plain"})
        if TOKEN.match(path):
            return "docker.Token", self.token
        if REPOSITORY.match(path):
            return "rt.GetRepository", self.get_repository
        if path == "/artifactory/api/repositories":
            return "rt.GetRepositories", self.get_repositories
        if path == "/v2" or path.startswith("/v2/"):
            return "Registry", self.no_registry
        return "Unknown", lambda request: Answer(404, "<html>not found</html>", {"content-type": "text/html"})

    def refuse(self, request, refusal):
        if request.path.startswith("/v2"):
            return json_answer(refusal.status, {"errors": [{"code": refusal.code, "message": refusal.message, "detail": None}]})
        return json_answer(refusal.status, {"errors": [{"status": refusal.status, "message": refusal.message}]})

    # Authentication

    def basic(self, request):
        """Returns the user's name, "" if anonymous, None if the credentials are wrong."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if not scheme:
            return ""
        try:
            name, _, token = base64.b64decode(value if scheme.lower() == "basic" else "", validate=True).decode().partition(":")
        except ValueError:
            return None
        return name if self.state["users"].get(name, {}).get("token") == token else None

    def rest_user(self, request):
        """The REST API accepts no tokens of the docker service."""
        name = self.basic(request)
        if not name and not (name == "" and self.state["anonymous"]):
            raise Refusal(401, "UNAUTHORIZED", "Bad credentials" if name is None else "Authentication is required",
                          headers={"www-authenticate": 'Basic realm="Artifactory Realm"'})
        return self.state["users"].get(name, {"admin": False})

    # The REST API

    def shown(self, key, user):
        repository = {"key": key, **self.state["repositories"][key]}
        return repository if user["admin"] else {name: repository[name] for name in ("key", "rclass", "packageType")}

    def get_repository(self, request):
        user, key = self.rest_user(request), REPOSITORY.match(request.path)[1]
        if self.state["edition"] != "pro":
            raise Refusal(400, "BAD", "This REST API is available only in Artifactory Pro (see: jfrog.com/artifactory/features). If you are "
                          "already running Artifactory Pro please make sure your server is activated with a valid license key.")
        if key not in self.state["repositories"] or "token" not in user and key in self.state["hidden"]:
            raise Refusal(400, "BAD", "Bad Request")
        return json_answer(200, self.shown(key, user))

    def get_repositories(self, request):
        self.rest_user(request)
        wanted = request.query.get("packageType")
        return json_answer(200, [{"key": key, "type": repository["rclass"].upper(), "url": self.url(request, f"/artifactory/{key}"),
                                  "packageType": repository["packageType"].capitalize()}
                                 for key, repository in self.state["repositories"].items() if wanted in (None, repository["packageType"])])

    # The registry

    def key_of_host(self, request):
        name, _, rest = request.host.partition(":")[0].partition(".")
        return name if rest == self.state["server"] else None

    def token(self, request):
        name = self.basic(request)
        if name is None or name == "" and not self.state["anonymous"]:
            raise Refusal(401, "UNAUTHORIZED", "Bad credentials")
        return json_answer(200, {"token": f"docker-token-for:{name}", "expires_in": 3600})

    def docker_user(self, request):
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            start, _, name = value.partition(":")
            return name if start == "docker-token-for" else None
        return self.basic(request)

    def challenge(self, request, name, actions):
        """Each repository has its own token service, and the scope is below it."""
        key = self.key_of_host(request)
        if key is None:
            key, _, name = name.partition("/")
        realm = self.url(request, f"/artifactory/api/docker/{key}/v2/token" if key else "/v2/token")
        scope = f',scope="repository:{name}:{actions}"' if name else ""
        return {"www-authenticate": f'Bearer realm="{realm}",service="{request.host}"{scope}'}

    def admit(self, request, action):
        name = action.name if action else ""
        user = self.docker_user(request)
        anybody = self.state["anonymous"] and not self.state["force_authentication"] and not (action and action.push)
        if user is None or user == "" and not anybody:
            actions = "pull,push" if action and action.push else "pull"
            raise Refusal(401, "UNAUTHORIZED", "authentication required", headers=self.challenge(request, name, actions))
        if not name:
            return None
        key, path = self.key_of_host(request), name
        if key is None:
            key, _, path = name.partition("/")
        if key not in self.state["repositories"] or not path:
            raise Refusal(404, "UNKNOWN", "Not Found")
        if action.push:
            self.check_push(user, key, name, action)
        return None

    def may(self, user, right, key):
        keys = self.state["users"].get(user, {}).get(right, [])
        return "*" in keys or key in keys

    def check_push(self, user, key, name, action):
        repository = self.state["repositories"][key]
        takes = {"local": True, "federated": True, "virtual": "defaultDeploymentRepo" in repository}.get(repository["rclass"], False)
        if not takes or repository["packageType"] not in ("docker", "oci") or not self.may(user, "deploy", key):
            raise Refusal(403, "UNAUTHORIZED", f"User is unauthorized to upload to {key}/{name}/_uploads")
        if action.put_tag and self.front.digest_of(name, action.put_tag) and not self.may(user, "overwrite", key):
            raise Refusal(403, "MANIFEST_INVALID", "manifest invalid: HTTP 403 Forbidden")


if __name__ == "__main__":
    fake.main(Artifactory)
