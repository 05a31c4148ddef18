"""Credentials of the fake AWS: STS, an instance's metadata, a container's endpoint, SSO.

Sources: botocore's models of sts, sso and sso-oidc; EC2 User Guide, "Use IMDSv2"; SDKs and Tools Reference, "Container credential
provider".
"""
import datetime
import re
import xml.sax.saxutils

from fake import Answer, Refusal, iso_time, json_answer

XMLNS = "https://sts.amazonaws.com/doc/2011-06-15/"
REQUEST_ID = "00000000-0000-0000-0000-000000000001"
SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}$")
LONGEST_TTL_S = 21600


def plain(status, message=""):
    return Refusal(status, "", message, plain=True)


class Identity:
    def __init__(self, aws):
        self.aws = aws

    def route(self, request):
        path, method = request.path, request.method
        if path == "/" and method == "POST":
            action = request.form.get("Action", "")
            return f"sts.{action}", lambda request: self.sts(request, action)
        if path == "/latest/api/token" and method == "PUT":
            return "imds.Token", self.imds_token
        if path.startswith("/latest/meta-data/"):
            return "imds.Get", self.imds_get
        if path == self.aws.state["container"]["path"]:
            return "container.Credentials", self.container
        if path == "/federation/credentials":
            return "sso.GetRoleCredentials", self.sso_credentials
        if path == "/token" and method == "POST":
            return "sso-oidc.CreateToken", self.sso_token
        return None

    def expiry(self, hours=1):
        return self.aws.now() + datetime.timedelta(hours=hours)

    # STS

    def sts(self, request, action):
        handler = {"GetCallerIdentity": self.caller_identity, "AssumeRole": self.assume_role,
                   "AssumeRoleWithWebIdentity": self.assume_role_with_web_identity}.get(action)
        if not handler or request.form.get("Version") != "2011-06-15":
            raise Refusal(400, "InvalidAction", f"Could not find operation {action} for version {request.form.get('Version')}")
        fields = handler(request, request.form)
        body = (f'<{action}Response xmlns="{XMLNS}"><{action}Result>{xml_of(fields)}</{action}Result>'
                f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></{action}Response>")
        return Answer(200, body, {"content-type": "text/xml"})

    def caller_identity(self, request, _form):
        caller = self.aws.caller(request, "sts")
        return {"Arn": caller["arn"], "UserId": "AIDEXAMPLE", "Account": caller["arn"].split(":")[4]}

    def assume_role(self, request, form):
        caller = self.aws.caller(request, "sts")
        role = self.aws.state["roles"].get(form.get("RoleArn", ""))
        if not role or caller["key_id"] not in role["trusts"]:
            raise Refusal(403, "AccessDenied", f"User: {caller['arn']} is not authorized to perform: sts:AssumeRole on resource: "
                          f"{form.get('RoleArn')}")
        if role.get("external_id") != form.get("ExternalId"):
            raise Refusal(403, "AccessDenied", f"User: {caller['arn']} is not authorized to perform: sts:AssumeRole on resource: "
                          f"{form.get('RoleArn')}")
        return self.session(form, role)

    def assume_role_with_web_identity(self, request, form):
        if "authorization" in request.headers:
            raise Refusal(400, "IncompleteSignature", "This call is not signed.")
        token, role = form.get("WebIdentityToken", ""), self.aws.state["roles"].get(form.get("RoleArn", ""))
        if token in self.aws.state["expired_tokens"]:
            raise Refusal(400, "ExpiredTokenException", "Token expired")
        if not any(token in role["trusts_web_identity"] for role in self.aws.state["roles"].values()):
            raise Refusal(400, "InvalidIdentityToken", "The ID Token provided is not a valid JWT.")
        if not role or token not in role["trusts_web_identity"]:
            raise Refusal(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
        return {"SubjectFromWebIdentityToken": "subject", **self.session(form, role)}

    def session(self, form, role):
        name = form.get("RoleSessionName", "")
        if not SESSION_NAME.match(name):
            raise Refusal(400, "ValidationError", "1 validation error detected: Value at 'roleSessionName' failed to satisfy constraint")
        arn = form["RoleArn"].replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
        duration = datetime.timedelta(seconds=int(form.get("DurationSeconds", 3600)))
        return {"AssumedRoleUser": {"AssumedRoleId": f"AROEXAMPLE:{name}", "Arn": f"{arn}/{name}"},
                "Credentials": {"AccessKeyId": role["key_id"], "SecretAccessKey": role["secret"],
                                "SessionToken": role["session_token"], "Expiration": iso_time(self.aws.now() + duration)}}

    # An instance's metadata, only version 2

    def imds_token(self, request):
        ttl = request.headers.get("x-aws-ec2-metadata-token-ttl-seconds", "")
        if not self.aws.state["imds"]["on"]:
            raise plain(403, "Forbidden")
        if not ttl.isdigit() or not 1 <= int(ttl) <= LONGEST_TTL_S:
            raise plain(400, "Bad Request")
        return Answer(200, self.aws.state["imds"]["token"], {"content-type": "text/plain", "x-aws-ec2-metadata-token-ttl-seconds": ttl})

    def imds_get(self, request):
        imds = self.aws.state["imds"]
        if request.headers.get("x-aws-ec2-metadata-token") != imds["token"]:
            raise plain(401, "Unauthorized")
        name = request.path.removeprefix("/latest/meta-data/iam/security-credentials/")
        if name == "" and imds["role"]:
            return Answer(200, imds["role"], {"content-type": "text/plain"})
        if not imds["role"] or name != imds["role"]:
            raise plain(404, "Not Found")
        return json_answer(200, {"Code": "Success", "LastUpdated": iso_time(self.aws.now()), "Type": "AWS-HMAC",
                                 **self.json_credentials(name)}, "text/plain")

    def container(self, request):
        container = self.aws.state["container"]
        if request.headers.get("authorization", "") != container["authorization"]:
            raise plain(401, "Unauthorized")
        return json_answer(200, {"RoleArn": self.arn_of(container["role"]), **self.json_credentials(container["role"])})

    def arn_of(self, role):
        return f"arn:{self.aws.state['partition']}:iam::{self.aws.state['account']}:role/{role}"

    def json_credentials(self, name):
        role = self.aws.state["roles"][self.arn_of(name)]
        return {"AccessKeyId": role["key_id"], "SecretAccessKey": role["secret"], "Token": role["session_token"],
                "Expiration": iso_time(self.expiry(6))}

    # SSO

    def sso_credentials(self, request):
        granted = self.aws.state["sso"]["tokens"].get(request.headers.get("x-amz-sso_bearer_token", ""))
        if granted is None:
            raise Refusal(401, "UnauthorizedException", "Session token not found or invalid", rest=True)
        name = granted.get(f"{request.query.get('account_id')}/{request.query.get('role_name')}")
        if not name:
            raise Refusal(403, "ForbiddenException", "No access", rest=True)
        role = self.aws.state["roles"][self.arn_of(name)]
        return json_answer(200, {"roleCredentials": {"accessKeyId": role["key_id"], "secretAccessKey": role["secret"],
                                                     "sessionToken": role["session_token"],
                                                     "expiration": int(self.expiry().timestamp() * 1000)}})

    def sso_token(self, request):
        asked = request.json or {}
        token = self.aws.state["sso"]["refresh_tokens"].get(str(asked.get("refreshToken")))
        if asked.get("grantType") != "refresh_token":
            raise Refusal(400, "UnsupportedGrantTypeException", "", rest=True)
        if not token:
            raise Refusal(400, "InvalidGrantException", "", rest=True)
        return json_answer(200, {"accessToken": token, "tokenType": "Bearer", "expiresIn": 28800,
                                 "refreshToken": asked["refreshToken"]})


def xml_of(fields):
    return "".join(f"<{name}>{xml_of(value) if isinstance(value, dict) else xml.sax.saxutils.escape(value)}</{name}>"
                   for name, value in fields.items())
