"""Artifact Registry of the fake Google Cloud: its API, its token endpoint, and which requests are forwarded to the registry.

Sources: google.devtools.artifactregistry.v1 (protocol buffers with their REST bindings), google.longrunning.Operation,
google.iam.v1; providers.md, part 6.
"""
import re

import rs256
from fake import Refusal, iso_time, json_answer

REPOSITORIES = re.compile(r"/v1/(projects/([^/]+)/locations/([^/]+)/repositories)$")
REPOSITORY = re.compile(r"/v1/(projects/([^/]+)/locations/([^/]+)/repositories/[^/:]+)(:testIamPermissions)?$")
OPERATION = re.compile(r"/v1/(projects/[^/]+/locations/[^/]+/operations/[^/]+)$")
ID = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")
TYPES = "type.googleapis.com/google.devtools.artifactregistry.v1."
UPLOAD = "artifactregistry.repositories.uploadArtifacts"
DOWNLOAD = "artifactregistry.repositories.downloadArtifacts"


class Repositories:
    def __init__(self, gcp):
        self.gcp = gcp

    def route(self, request):
        path, method = request.path, request.method
        if path == "/v2/token":
            return "registry.Token", self.token
        if path == "/v2" or path.startswith("/v2/"):
            return "Registry", self.gcp.no_registry
        if REPOSITORIES.match(path) and method == "POST":
            return "artifactregistry.CreateRepository", self.create
        if OPERATION.match(path) and method == "GET":
            return "longrunning.GetOperation", self.operation
        match = REPOSITORY.match(path)
        if match and method == "GET" and not match[4]:
            return "artifactregistry.GetRepository", self.get
        if match and method == "POST" and match[4]:
            return "artifactregistry.TestIamPermissions", self.test_permissions
        return None

    def check(self, account, permission, name):
        if not self.gcp.granted(account, permission):
            raise Refusal(403, "PERMISSION_DENIED", f"Permission '{permission}' denied on resource "
                          f"'//artifactregistry.googleapis.com/{name}' (or it may not exist).")

    def find(self, name, account):
        project = name.split("/")[1]
        repository = self.gcp.state["repositories"].get(name)
        if project not in self.gcp.state["projects"] or repository is None and self.gcp.state["hides_absent"]:
            raise Refusal(403, "PERMISSION_DENIED", f"Permission 'artifactregistry.repositories.get' denied on resource "
                          f"'//artifactregistry.googleapis.com/{name}' (or it may not exist).")
        self.check(account, "artifactregistry.repositories.get", name)
        if repository is None:
            raise Refusal(404, "NOT_FOUND", "Requested entity was not found.")
        return repository

    @staticmethod
    def shown(name, repository):
        return {"name": name, "createTime": "2026-01-01T00:00:00Z", "updateTime": "2026-01-01T00:00:00Z", **repository}

    def get(self, request):
        name, account = REPOSITORY.match(request.path)[1], self.gcp.caller(request)
        return json_answer(200, self.shown(name, self.find(name, account)))

    def test_permissions(self, request):
        account, asked = self.gcp.caller(request), request.json
        if not isinstance(asked, dict) or not isinstance(asked.get("permissions"), list):
            raise Refusal(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")
        name = REPOSITORY.match(request.path)[1]
        exists = name in self.gcp.state["repositories"]
        granted = [permission for permission in asked["permissions"] if exists and self.gcp.granted(account, permission)]
        return json_answer(200, {"permissions": granted} if granted else {})

    def create(self, request):
        parent, project, location = REPOSITORIES.match(request.path).groups()
        account, identifier, asked = self.gcp.caller(request), request.query.get("repositoryId", ""), request.json
        name = f"{parent}/{identifier}"
        if project not in self.gcp.state["projects"]:
            raise Refusal(403, "PERMISSION_DENIED", f"Permission 'artifactregistry.repositories.create' denied on resource "
                          f"'//artifactregistry.googleapis.com/{parent.removesuffix('/repositories')}' (or it may not exist).")
        self.check(account, "artifactregistry.repositories.create", parent.removesuffix("/repositories"))
        # gcr.io's repositories are named after their host.
        plain = identifier.replace(".", "-") if identifier.endswith("gcr.io") else identifier
        if not isinstance(asked, dict) or not asked.get("format") or not ID.match(plain) \
                or location not in self.gcp.state["projects"][project]:
            raise Refusal(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")
        if name in self.gcp.state["repositories"]:
            raise Refusal(409, "ALREADY_EXISTS", "the repository already exists")
        operation = f"{parent.removesuffix('/repositories')}/operations/create-{identifier}"
        self.gcp.state["operations"][operation] = {"polls": self.gcp.state["operation_polls"], "repository": name, "asked": {
            "format": asked["format"], "mode": asked.get("mode", "STANDARD_REPOSITORY"), "dockerConfig": asked.get("dockerConfig", {})}}
        return json_answer(200, self.pending(operation))

    @staticmethod
    def pending(operation):
        return {"name": operation, "metadata": {"@type": TYPES + "OperationMetadata"}}

    def operation(self, request):
        self.gcp.caller(request)
        name = OPERATION.match(request.path)[1]
        operation = self.gcp.state["operations"].get(name)
        if not operation:
            raise Refusal(404, "NOT_FOUND", "Requested entity was not found.")
        if operation["polls"] > 0:
            operation["polls"] -= 1
            return json_answer(200, self.pending(name))
        if self.gcp.state["operation_error"]:
            return json_answer(200, {**self.pending(name), "done": True, "error": self.gcp.state["operation_error"]})
        self.gcp.state["repositories"][operation["repository"]] = operation["asked"]
        return json_answer(200, {**self.pending(name), "done": True, "response": {
            "@type": TYPES + "Repository", **self.shown(operation["repository"], operation["asked"])}})

    # The registry

    def resource(self, name):
        """Returns the repository of an image."""
        project, _, rest = name.partition("/")
        if "." in project:  # example.com/p is the project example.com:p
            second, _, rest = rest.partition("/")
            project = f"{project}:{second}"
        repository = self.gcp.state["gcr_repository"] or rest.partition("/")[0]
        return f"projects/{project}/locations/{self.gcp.state['host_location']}/repositories/{repository}"

    def token(self, request):
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        account = {"basic": self.gcp.basic_account, "bearer": self.gcp.account_of}.get(scheme.lower(), lambda _: None)(value)
        for scope in (text for name, text in request.query_pairs if name == "scope"):
            _, name, actions = scope.split(":", 2)
            for action in actions.split(","):
                self.check_image(account, name, UPLOAD if action == "push" else DOWNLOAD)
        now = self.gcp.now()
        claims = {"account": account, "iat": int(now.timestamp()), "exp": int(now.timestamp()) + 3600}
        return json_answer(200, {"token": "opaque-" + rs256.make_jwt(claims), "expires_in": 3600, "issued_at": iso_time(now)})

    def check_image(self, account, image, permission):
        name = self.resource(image)
        if not account:
            raise Refusal(401, "UNAUTHORIZED",
                          f'Unauthenticated request. Unauthenticated requests do not have permission "{permission}" on '
                          f'resource "{name}" (or it may not exist)', registry=True)
        if not self.gcp.granted(account, permission) or name not in self.gcp.state["repositories"]:
            raise Refusal(403, "DENIED", f'Permission "{permission}" denied on resource "{name}" (or it may not exist)', registry=True)

    def registry_account(self, request):
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            return self.gcp.basic_account(value)
        claims = rs256.own_claims(value.removeprefix("opaque-"))
        return claims["account"] if claims and claims["exp"] > self.gcp.now().timestamp() else self.gcp.account_of(value)

    def admit(self, request, action):
        account = self.registry_account(request)
        if not account:
            raise Refusal(401, "UNAUTHORIZED", "authentication failed", registry=True, headers={
                "www-authenticate": f'Bearer realm="{self.gcp.url(request, "/v2/token")}",service="{request.host}"'})
        if not action or not action.name:
            return None
        self.check_image(account, action.name, UPLOAD if action.push else DOWNLOAD)
        repository = self.gcp.state["repositories"][self.resource(action.name)]
        if action.push and repository.get("mode", "STANDARD_REPOSITORY") != "STANDARD_REPOSITORY":
            raise Refusal(405, "UNSUPPORTED", "the repository does not take uploads", registry=True)
        immutable = action.put_tag and repository.get("dockerConfig", {}).get("immutableTags")
        if immutable and self.gcp.front.digest_of(action.name, action.put_tag):
            raise Refusal(400, "MANIFEST_INVALID", "The repository has enabled tag immutability", registry=True)
        if action.upload and request.method == "PATCH" and not request.headers.get("content-range", "0-").startswith(("0-", "bytes 0-")):
            raise Refusal(416, "BLOB_UPLOAD_INVALID", "an upload must consist of one part", registry=True)
        return None
