"""ECR and ECR Public of the fake AWS: their APIs, and which requests they forward to the registry.

Sources: botocore's models of ecr and ecr-public (and, for what is newer, @aws-sdk/client-ecr's); providers.md, part 5.
"""
import base64
import fnmatch
import hashlib
import json
import re

from fake import Answer, Refusal

NAME = re.compile(r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$")
MUTABILITY = ("MUTABLE", "IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION")
ACCOUNT = re.compile(r"[0-9]{12}$")


def invalid(parameter, rule):
    return Refusal(400, "InvalidParameterException", f"Invalid parameter at '{parameter}' failed to satisfy constraint: '{rule}'")


def challenge(value):
    return Refusal(401, "UNAUTHORIZED", "authentication required", registry=True, headers={"www-authenticate": value})


def some_digest(text):
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


class Service:
    """Shared by ECR and ECR Public."""

    name = ""

    def __init__(self, aws):
        self.aws = aws

    def allow(self, caller, action, resource="*"):
        self.aws.check_allowed(caller, f"{self.name}:{action}", resource)

    def token(self, password):
        return {"authorizationToken": base64.b64encode(f"AWS:{password}".encode()).decode(),
                "expiresAt": self.aws.now().timestamp() + 12 * 3600 + 0.5}

    def tag_digest(self, repository, name, tag):
        """From the state, else from the registry behind."""
        known = repository["tags"].get(tag)
        return known or (self.aws.front.digest_of(name, tag) if self.aws.front else None)

    def images(self, repository, name, registry, wanted):
        details = []
        for image in wanted:
            tag, digest = image.get("imageTag"), image.get("imageDigest")
            found = self.tag_digest(repository, name, tag) if tag else digest if digest in repository["tags"].values() else None
            if not found:
                shown = name.split("/", 1)[-1] if self.name == "ecr-public" else name
                what = f"imageDigest:'{digest or 'null'}', imageTag:'{tag or 'null'}'"
                raise Refusal(400, "ImageNotFoundException", f"The image with imageId {{{what}}} does not exist within the repository with "
                              f"name '{shown}' in the registry with id '{registry}'")
            details.append({"registryId": registry, "repositoryName": name, "imageDigest": found,
                            "imageTags": [tag] if tag else [], "imagePushedAt": self.aws.now().timestamp()})
        return {"imageDetails": details}

    def layers(self, repository, asked):
        digests = asked.get("layerDigests", [])
        if not 1 <= len(digests) <= 100:
            raise invalid("layerDigests", "Member must have length between 1 and 100")
        layers, failures = [], []
        for digest in digests:
            if not re.match(r"[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$", digest):
                failures.append({"layerDigest": digest, "failureCode": "InvalidLayerDigest", "failureReason": "Invalid layer digest"})
                continue
            layer = repository.get("layers", {}).get(digest)
            layers.append({"layerDigest": digest, "layerAvailability": layer["state"] if layer else "UNAVAILABLE",
                           **({"layerSize": layer["size"], "mediaType": layer["mediaType"]} if layer else {})})
        return {"layers": layers, "failures": failures}


class Ecr(Service):
    name = "ecr"

    def __init__(self, aws):
        super().__init__(aws)
        self.first_ranges = {}

    def operations(self):
        return {"GetAuthorizationToken": self.get_authorization_token, "DescribeRepositories": self.describe_repositories,
                "DescribeImages": self.describe_images, "BatchCheckLayerAvailability": self.batch_check_layer_availability,
                "DescribeRepositoryCreationTemplates": self.describe_templates, "GetAccountSetting": self.get_account_setting,
                "CreateRepository": self.create_repository}

    def registry_id(self, asked):
        registry = asked.get("registryId", self.aws.state["account"])
        if not ACCOUNT.match(registry):
            raise invalid("registryId", "must satisfy regular expression '[0-9]{12}'")
        return registry

    def host(self, registry):
        suffix = {"aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu"}.get(self.aws.state["partition"], "amazonaws.com")
        return f"{registry}.dkr.ecr.{self.aws.state['region']}.{suffix}"

    def arn(self, registry, name):
        return f"arn:{self.aws.state['partition']}:ecr:{self.aws.state['region']}:{registry}:repository/{name}"

    def find(self, registry, name):
        if not NAME.match(name) or not 2 <= len(name) <= 256:
            raise invalid("repositoryName", f"must satisfy regular expression '{NAME.pattern[:-1]}'")
        repository = self.aws.state["repositories"].get(registry, {}).get(name)
        if repository is None:
            raise Refusal(400, "RepositoryNotFoundException",
                          f"The repository with name '{name}' does not exist in the registry with id '{registry}'")
        return repository

    def get_authorization_token(self, _asked, caller):
        """Without registryIds: for the registry of the caller's account."""
        self.allow(caller, "GetAuthorizationToken")
        return {"authorizationData": [{**self.token(self.aws.state["password"]),
                                       "proxyEndpoint": f"https://{self.host(caller['arn'].split(':')[4])}"}]}

    def described(self, registry, name, repository):
        shown = {"repositoryArn": self.arn(registry, name), "registryId": registry, "repositoryName": name,
                 "repositoryUri": f"{self.host(registry)}/{name}", "createdAt": repository.get("created_at", 1768478400.0),
                 "imageTagMutability": repository.get("imageTagMutability", "MUTABLE"),
                 "imageScanningConfiguration": {"scanOnPush": False},
                 "encryptionConfiguration": repository.get("encryptionConfiguration", {"encryptionType": "AES256"})}
        if "imageTagMutabilityExclusionFilters" in repository:
            shown["imageTagMutabilityExclusionFilters"] = repository["imageTagMutabilityExclusionFilters"]
        return shown

    def describe_repositories(self, asked, caller):
        registry = self.registry_id(asked)
        names = asked.get("repositoryNames") or sorted(self.aws.state["repositories"].get(registry, {}))
        for name in names:
            self.allow(caller, "DescribeRepositories", self.arn(registry, name))
        return {"repositories": [self.described(registry, name, self.find(registry, name)) for name in names]}

    def describe_images(self, asked, caller):
        registry, name = self.registry_id(asked), asked.get("repositoryName", "")
        self.allow(caller, "DescribeImages", self.arn(registry, name))
        return self.images(self.find(registry, name), name, registry, asked.get("imageIds", []))

    def batch_check_layer_availability(self, asked, caller):
        registry, name = self.registry_id(asked), asked.get("repositoryName", "")
        self.allow(caller, "BatchCheckLayerAvailability", self.arn(registry, name))
        return self.layers(self.find(registry, name), asked)

    def describe_templates(self, asked, caller):
        self.allow(caller, "DescribeRepositoryCreationTemplates")
        wanted = asked.get("prefixes")
        found = [template for template in self.aws.state["templates"] if not wanted or template["prefix"] in wanted]
        if wanted and not found:
            raise Refusal(400, "TemplateNotFoundException", "The specified repository creation template can't be found.")
        return {"registryId": self.aws.state["account"], "repositoryCreationTemplates": found}

    def get_account_setting(self, asked, caller):
        self.allow(caller, "GetAccountSetting")
        if asked.get("name") not in self.aws.state["settings"]:
            raise invalid("name", "unknown setting")
        return {"name": asked["name"], "value": self.aws.state["settings"][asked["name"]]}

    def create_repository(self, asked, caller):
        registry, name = self.registry_id(asked), asked.get("repositoryName", "")
        self.allow(caller, "CreateRepository", self.arn(registry, name))
        if asked.get("imageTagMutability", "MUTABLE") not in MUTABILITY:
            raise invalid("imageTagMutability", f"Member must satisfy enum value set: [{', '.join(MUTABILITY)}]")
        owned = self.aws.state["repositories"].setdefault(registry, {})
        if name in owned:
            raise Refusal(400, "RepositoryAlreadyExistsException",
                          f"The repository with name '{name}' already exists in the registry with id '{registry}'")
        if len(owned) >= self.aws.state["repository_limit"]:
            raise Refusal(400, "LimitExceededException", f"The maximum number of repositories per registry is "
                          f"{self.aws.state['repository_limit']}")
        owned[name] = {"tags": {}}
        try:
            self.find(registry, name)
        except Refusal:
            del owned[name]
            raise
        owned[name].update({key: asked[key] for key in ("imageTagMutability", "imageTagMutabilityExclusionFilters",
                                                        "encryptionConfiguration") if key in asked})
        owned[name]["created_at"] = self.aws.now().timestamp()
        return {"repository": self.described(registry, name, owned[name])}

    # Requests that are forwarded to the registry

    def admit(self, request, action):
        expected = base64.b64encode(f"AWS:{self.aws.state['password']}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            raise challenge(f'Basic realm="{self.aws.url(request, "/")}",service="ecr.amazonaws.com"')
        if not action or not action.name:
            return None
        registry = self.aws.state["account"]
        if action.push and "ecr:InitiateLayerUpload" in self.aws.state["denied"]:
            raise Refusal(403, "DENIED", f"User: {self.aws.state['keys']['AKIDEXAMPLE']['arn']} is not authorized to perform: "
                          f"ecr:InitiateLayerUpload on resource: {self.arn(registry, action.name)}", registry=True)
        owned = self.aws.state["repositories"].setdefault(registry, {})
        if action.name not in owned and action.push and self.made_on_push(action.name):
            owned[action.name] = {"tags": {}}
        if action.name not in owned:
            raise Refusal(404, "NAME_UNKNOWN", f"The repository with name '{action.name}' does not exist in the registry with id "
                          f"'{registry}'", registry=True)
        self.check_immutable(owned[action.name], action)
        return self.shorten_range if action.upload and self.aws.state["short_range"] else None

    def made_on_push(self, name):
        prefixes = [template["prefix"] for template in self.aws.state["templates"] if "CREATE_ON_PUSH" in template["appliedFor"]]
        return any(prefix == "ROOT" or name.startswith(prefix + "/") for prefix in prefixes)

    def check_immutable(self, repository, action):
        if not action.put_tag:
            return
        mutability = repository.get("imageTagMutability", "MUTABLE")
        excluded = any(fnmatch.fnmatchcase(action.put_tag, rule["filter"])
                       for rule in repository.get("imageTagMutabilityExclusionFilters", []))
        immutable = mutability == "IMMUTABLE" or (mutability == "IMMUTABLE_WITH_EXCLUSION" and not excluded) or (
            mutability == "MUTABLE_WITH_EXCLUSION" and excluded)
        if immutable and self.tag_digest(repository, action.name, action.put_tag):
            raise Refusal(400, "TAG_INVALID", f"The image tag '{action.put_tag}' already exists in the '{action.name}' repository and "
                          "cannot be overwritten because the repository is immutable.", registry=True)

    def shorten_range(self, answer):
        """A PATCH returns 201, and the Range of a later one still ends like the first one."""
        if answer.upload:
            answer.status = 201
            answer.headers["range"] = self.first_ranges.setdefault(answer.upload, answer.headers.get("range", "0-0"))


class EcrPublic(Service):
    name = "ecr-public"

    def operations(self):
        return {"GetAuthorizationToken": self.get_authorization_token, "DescribeRegistries": self.describe_registries,
                "DescribeRepositories": self.describe_repositories, "DescribeImages": self.describe_images,
                "BatchCheckLayerAvailability": self.batch_check_layer_availability, "CreateRepository": self.create_repository}

    def here(self, caller, action):
        if caller["region"] != "us-east-1":
            raise Refusal(400, "UnsupportedCommandException", f"{action} command is only supported in us-east-1.")
        self.allow(caller, action)

    def alias(self):
        return next(iter(self.aws.state["aliases"]), None)

    def find(self, name):
        repository = self.aws.state["aliases"].get(self.alias(), {}).get(name)
        if repository is None:
            raise Refusal(400, "RepositoryNotFoundException", f"The repository with name '{name}' does not exist in the registry with id "
                          f"'{self.aws.state['account']}'")
        return repository

    def get_authorization_token(self, _asked, caller):
        self.here(caller, "GetAuthorizationToken")
        self.aws.check_allowed(caller, "sts:GetServiceBearerToken", "*")
        return {"authorizationData": self.token(self.aws.state["public_password"])}

    def describe_registries(self, _asked, caller):
        self.here(caller, "DescribeRegistries")
        account = self.aws.state["account"]
        aliases = [{"name": name, "status": "ACTIVE", "primaryRegistryAlias": name == self.alias(),
                    "defaultRegistryAlias": name == self.alias()}
                   for name in self.aws.state["aliases"]]
        return {"registries": [{"registryId": account, "registryArn": f"arn:aws:ecr-public::{account}:registry/{account}",
                                "registryUri": f"public.ecr.aws/{self.alias()}", "verified": False, "aliases": aliases}]}

    def described(self, name):
        account = self.aws.state["account"]
        return {"repositoryArn": f"arn:aws:ecr-public::{account}:repository/{name}", "registryId": account, "repositoryName": name,
                "repositoryUri": f"public.ecr.aws/{self.alias()}/{name}", "createdAt": 1768478400.0}

    def describe_repositories(self, asked, caller):
        self.here(caller, "DescribeRepositories")
        names = asked.get("repositoryNames") or sorted(self.aws.state["aliases"].get(self.alias(), {}))
        for name in names:
            self.find(name)
        return {"repositories": [self.described(name) for name in names]}

    def describe_images(self, asked, caller):
        self.here(caller, "DescribeImages")
        name = asked.get("repositoryName", "")
        return self.images(self.find(name), f"{self.alias()}/{name}", self.aws.state["account"], asked.get("imageIds", []))

    def batch_check_layer_availability(self, asked, caller):
        self.here(caller, "BatchCheckLayerAvailability")
        return self.layers(self.find(asked.get("repositoryName", "")), asked)

    def create_repository(self, asked, caller):
        self.here(caller, "CreateRepository")
        name = asked.get("repositoryName", "")
        if not NAME.match(name) or not 2 <= len(name) <= 205:
            raise invalid("repositoryName", f"must satisfy regular expression '{NAME.pattern[:-1]}'")
        owned = self.aws.state["aliases"][self.alias()]
        if name in owned:
            raise Refusal(400, "RepositoryAlreadyExistsException", f"The repository with name '{name}' already exists in the registry with "
                          f"id '{self.aws.state['account']}'")
        owned[name] = {"tags": {}}
        return {"repository": self.described(name), "catalogData": {}}

    def admit(self, request, action):
        token = base64.b64encode(f"AWS:{self.aws.state['public_password']}".encode()).decode()
        if request.path.startswith("/token"):
            given = request.headers.get("authorization", "").partition(" ")[2]
            if given not in ("", token):  # from knowledge
                raise Refusal(401, "UNAUTHORIZED", "Not Authorized", registry=True)
            return Answer(200, json.dumps({"token": token if given else "anonymous-public-token"}), {"content-type": "application/json"})
        if request.headers.get("authorization") != f"Bearer {token}":
            raise challenge(f'Bearer realm="{self.aws.url(request, "/token/")}",service="{request.host}",scope="aws"')
        if action and action.name:
            alias, _, name = action.name.partition("/")
            if name not in self.aws.state["aliases"].get(alias, {}):
                raise Refusal(404, "NAME_UNKNOWN", f"The repository with name '{name}' does not exist in the registry with id '{alias}'",
                              registry=True)
        return None
