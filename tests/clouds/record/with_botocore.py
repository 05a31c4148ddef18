"""Requests to AWS by python3-botocore. Its HTTP session is replaced by the recorder; the rest is as Debian ships it."""
import hashlib
import os
import pathlib
import uuid

import botocore
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.exceptions
import botocore.httpsession
import botocore.session

from aws import Aws
from recorder import Recorder

REFERENCE = f"python3-botocore {botocore.__version__}"
KEY = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
PUSHER = {"access_key_id": "ASIDEXAMPLEPUSHER", "secret_access_key": "secret-of-pusher/EXAMPLEKEY", "session_token": "session+of/pusher=="}
REGION = "eu-central-1"
DIGEST = "sha256:" + "a1" * 32
LAYERS = ["sha256:" + "b2" * 32, "sha256:" + "c3" * 32, "not-a-digest"]
SSO_CONFIG = """[profile work]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-central-1
sso_account_id = 123456789012
sso_role_name = engineer
region = eu-central-1
"""
ROLE_CONFIG = """[profile base]
aws_access_key_id = AKIDEXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
[profile work]
role_arn = arn:aws:iam::123456789012:role/pusher
source_profile = base
role_session_name = of-the-test
external_id = 42
region = eu-central-1
"""
# botocore sends this token although it expired.
SSO_CACHE_FILE = ".aws/sso/cache/" + hashlib.sha1(b"https://example.awsapps.com/start").hexdigest() + ".json"
SSO_CACHE = '{"accessToken": "sso-token-of-the-test", "expiresAt": "2026-01-15T18:00:00Z", "startUrl": "https://example.awsapps.com/start"}'


class Environment:
    """The process's environment and home (an empty directory: botocore reads it during its import) for one session of botocore."""

    def __init__(self, variables=None, config="", files=None):
        self.variables, self.config, self.files = variables or {}, config, files or {}

    def __enter__(self):
        self.before = dict(os.environ)
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        home = pathlib.Path(os.environ["HOME"])
        for name, content in {**self.files, ".aws/config": self.config}.items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(content)
        os.environ.update({"AWS_STS_REGIONAL_ENDPOINTS": "regional",
                           **{name: value.replace("~", str(home)) for name, value in self.variables.items()}})
        return self

    def __exit__(self, *_):
        os.environ.clear()
        os.environ.update(self.before)


def client(service, region=REGION, key=None, **config):
    key = key or KEY
    session = botocore.session.Session()
    return session.create_client(service, region_name=region, aws_access_key_id=key["access_key_id"],
                                 aws_secret_access_key=key["secret_access_key"], aws_session_token=key.get("session_token"),
                                 config=botocore.config.Config(retries={"total_max_attempts": 1}, **config))


def fails(code, call, **arguments):
    """The client must understand the fake's error by its documented name."""
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return
    raise SystemExit(f"expected {code}")


def chain(environment, method, key_id, profile=None):
    """Resolves credentials like any botocore program, and checks the source."""
    with environment:
        session = botocore.session.Session(profile=profile)
        credentials = session.get_credentials()
        assert credentials.method == method, credentials.method
        assert credentials.get_frozen_credentials().access_key == key_id


def divert(recorder):
    def send(_session, request):
        status, headers, body = recorder.send(request.method, request.url, request.headers, request.body)
        return Response(request.url, status, headers, body)

    botocore.httpsession.URLLib3Session.send = send
    uuid.uuid4 = lambda: uuid.UUID(int=1)


class Response(botocore.awsrequest.AWSResponse):
    def __init__(self, url, status, headers, body):
        super().__init__(url, status, botocore.awsrequest.HeadersDict(headers), None)
        self._content = body


def record_sources(case):
    env = {"AWS_WEB_IDENTITY_TOKEN_FILE": "~/token", "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/pusher",
           "AWS_ROLE_SESSION_NAME": "of-the-test", "AWS_DEFAULT_REGION": REGION}
    case("source-web-identity", "A token in a file is exchanged for a role's credentials; not signed.",
         lambda: chain(Environment(env, files={"token": "web-identity-of-the-test"}), "assume-role-with-web-identity", "ASIDEXAMPLEPUSHER"))
    case("source-assume-role", "A profile with role_arn and source_profile: signed with the source profile's key.",
         lambda: chain(Environment(config=ROLE_CONFIG), "assume-role", "ASIDEXAMPLEPUSHER", profile="work"),
         state={"roles": {"arn:aws:iam::123456789012:role/pusher": {"external_id": "42"}}}, keys=KEY)
    case("source-sso", "The portal gives a role's credentials for the cached token of a login.",
         lambda: chain(Environment(config=SSO_CONFIG, files={SSO_CACHE_FILE: SSO_CACHE}),
                       "sso", "ASIDEXAMPLEENGINEER", profile="work"))
    case("source-container-relative", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, at the fixed address.",
         lambda: chain(Environment({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/of-the-task"}), "container-role",
                       "ASIDEXAMPLETASK"))
    case("source-container-full", "AWS_CONTAINER_CREDENTIALS_FULL_URI with AWS_CONTAINER_AUTHORIZATION_TOKEN.",
         lambda: chain(Environment({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/v1/credentials",
                                    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic of-the-test"}), "container-role", "ASIDEXAMPLETASK"),
         state={"container": {"path": "/v1/credentials", "authorization": "Basic of-the-test"}})
    case("source-imds", "Version 2: a token, the role's name, the role's credentials.",
         lambda: chain(Environment(), "iam-role", "ASIDEXAMPLENODE"))
    with Environment():
        case("source-sso-refresh", "A login's token is renewed with its refresh token.",
             lambda: client("sso-oidc").create_token(grantType="refresh_token", clientId="client-of-the-test", clientSecret="client-secret",
                                                     refreshToken="sso-refresh-of-the-test"))


def record_refused(case):
    """Errors for wrong credentials, as each service reports them."""
    wrong = {**KEY, "secret_access_key": "not-the-secret/EXAMPLEKEY"}
    names = ["the error's name"]
    case("refused-wrong-secret", "Signed with another secret.",
         lambda: fails("InvalidSignatureException", client("ecr", key=wrong).get_authorization_token),
         keys=wrong, from_knowledge=names)
    case("refused-unknown-key", "Signed with an unknown key.", lambda: fails(
        "UnrecognizedClientException", client("ecr", key={**KEY, "access_key_id": "UNKNOWNEXAMPLE"}).get_authorization_token),
        from_knowledge=names)
    case("refused-clock", "This machine's clock is an hour behind the server's, by the Date header of the response.",
         lambda: fails("InvalidSignatureException", client("ecr").get_authorization_token), state={"clock_skew_s": 3600}, keys=KEY,
         from_knowledge=["the error's name", "the message"])
    case("refused-expired-token", "A session token that has expired.", lambda: fails(
        "ExpiredTokenException", client("ecr", key=PUSHER).get_authorization_token), state={"expired_tokens": [PUSHER["session_token"]]},
        keys=PUSHER,
        from_knowledge=names)
    case("refused-no-session-token", "A role's key without its session token.", lambda: fails(
        "UnrecognizedClientException", client("ecr", key={**PUSHER, "session_token": None}).get_authorization_token), keys=PUSHER,
        from_knowledge=names)
    case("refused-sso-token", "The portal does not know the cached token any more: log in again.", lambda: fails(
        "UnauthorizedException", client("sso").get_role_credentials, roleName="engineer", accountId="123456789012", accessToken="gone"),
        from_knowledge=["the message"])
    case("refused-throttled", "Too many requests.", lambda: fails("ThrottlingException", client("ecr").get_authorization_token),
         state={"faults": [{"operation": "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken", "status": 400,
                            "error": "ThrottlingException", "message": "Rate exceeded"}]}, keys=KEY)
    case("refused-sts-wrong-secret", "The same in the XML of STS.",
         lambda: fails("SignatureDoesNotMatch", client("sts", key=wrong).get_caller_identity),
         keys=wrong)
    case("refused-web-identity-expired", "STS: the token in the file has expired.", lambda: fails(
        "ExpiredTokenException", client("sts").assume_role_with_web_identity, RoleArn="arn:aws:iam::123456789012:role/pusher",
        RoleSessionName="of-the-test", WebIdentityToken="web-identity-of-the-test"), state={"expired_tokens": ["web-identity-of-the-test"]})
    case("refused-assume-role", "STS: the role does not trust this caller.", lambda: fails(
        "AccessDenied", client("sts").assume_role, RoleArn="arn:aws:iam::123456789012:role/absent", RoleSessionName="of-the-test"),
        keys=KEY)


def record_hosts(case):
    """The endpoint of GetAuthorizationToken for each partition and spelling."""
    for name, region, config in (("plain", REGION, {}), ("fips", "us-east-1", {"use_fips_endpoint": True}), ("china", "cn-north-1", {}),
                                 ("gov", "us-gov-west-1", {}), ("iso", "us-iso-east-1", {}), ("isob", "us-isob-east-1", {})):
        case(f"token-{name}", f"GetAuthorizationToken of {region}{', FIPS' if config else ''}.",
             lambda region=region, config=config: client("ecr", region, **config).get_authorization_token(), state={"region": region},
             keys=KEY)
    case("token-of-role", "The same with a session token, which is signed too.",
         lambda: client("ecr", key=PUSHER).get_authorization_token(), keys=PUSHER)
    case("identity", "Who one is, to be named in errors.", lambda: client("sts").get_caller_identity(), keys=KEY)


def record_ecr(case):
    account = {"registryId": "123456789012"}
    ecr = client("ecr")
    taken = {"repositories": {"123456789012": {"team/app": {
        "imageTagMutability": "IMMUTABLE", "tags": {"v1": DIGEST},
        "layers": {LAYERS[0]: {"state": "AVAILABLE", "size": 1234, "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip"}}}}}}
    denied = {"denied": ["ecr:DescribeRepositories"]}
    case("repository", "A repository that exists, with immutable tags.",
         lambda: ecr.describe_repositories(**account, repositoryNames=["team/app"]), state=taken, keys=KEY)
    case("repository-missing", "One that does not.", lambda: fails(
        "RepositoryNotFoundException", ecr.describe_repositories, **account, repositoryNames=["team/absent"]), keys=KEY)
    case("repository-denied", "No right to ask.", lambda: fails(
        "AccessDeniedException", ecr.describe_repositories, **account, repositoryNames=["team/app"]), state=denied, keys=KEY)
    case("tag-taken", "The digest that a tag has.",
         lambda: ecr.describe_images(**account, repositoryName="team/app", imageIds=[{"imageTag": "v1"}]),
         state=taken, keys=KEY)
    case("tag-free", "A tag that nothing has.", lambda: fails(
        "ImageNotFoundException", ecr.describe_images, **account, repositoryName="team/app", imageIds=[{"imageTag": "v2"}]), state=taken,
        keys=KEY)
    case("layers", "Which layers exist: one does, one does not, one is not a digest.", lambda: ecr.batch_check_layer_availability(
        **account, repositoryName="team/app", layerDigests=LAYERS), state=taken, keys=KEY)
    create = {**account, "repositoryName": "team/new", "imageTagMutability": "IMMUTABLE"}
    case("create", "A repository is created.", lambda: ecr.create_repository(**create), keys=KEY)
    case("create-existing", "One that is already there.", lambda: fails(
        "RepositoryAlreadyExistsException", ecr.create_repository, **{**create, "repositoryName": "team/app"}), keys=KEY)
    case("create-limit", "The registry is full.", lambda: fails("LimitExceededException", ecr.create_repository, **create),
         state={"repository_limit": 1}, keys=KEY)


def record_public(case):
    public = client("ecr-public", "us-east-1")
    case("public-token", "The token is an object here, and is used as Bearer.", public.get_authorization_token, keys=KEY)
    case("public-registries", "The aliases that one owns.", public.describe_registries, keys=KEY)
    case("public-repository", "A public repository that exists.", lambda: public.describe_repositories(repositoryNames=["app"]), keys=KEY)
    case("public-repository-missing", "One that does not.", lambda: fails(
        "RepositoryNotFoundException", public.describe_repositories, repositoryNames=["absent"]), keys=KEY)
    taken = {"aliases": {"exampleco": {"app": {"tags": {"v1": DIGEST}}}}}
    case("public-tag-taken", "The digest that a tag has.",
         lambda: public.describe_images(repositoryName="app", imageIds=[{"imageTag": "v1"}]),
         state=taken, keys=KEY)
    case("public-tag-free", "A tag that nothing has.", lambda: fails(
        "ImageNotFoundException", public.describe_images, repositoryName="app", imageIds=[{"imageTag": "v2"}]), state=taken, keys=KEY)
    case("public-layers", "Which layers are there: none.", lambda: public.batch_check_layer_availability(
        repositoryName="app", layerDigests=LAYERS[:2]), keys=KEY)
    case("public-other-region", "ECR Public is only in us-east-1.", lambda: fails(
        "UnsupportedCommandException", client("ecr-public", REGION).describe_registries), keys=KEY)
    case("public-create", "One is created.", lambda: public.create_repository(repositoryName="new"), keys=KEY)
    case("public-no-bearer-right", "The token also requires a permission of STS.", lambda: fails(
        "AccessDeniedException", public.get_authorization_token), state={"denied": ["sts:GetServiceBearerToken"]}, keys=KEY)


def record(directory):
    recorder = Recorder("aws", Aws, directory)
    divert(recorder)

    def case(name, description, act, **more):
        recorder.case(name, description, REFERENCE, act, **more)

    record_sources(case)
    with Environment():
        record_refused(case)
        record_hosts(case)
        record_ecr(case)
        record_public(case)
