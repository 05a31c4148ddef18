"""Access tokens of the fake Google Cloud.

Sources: "Using OAuth 2.0 for Server to Server Applications" (claims, errors), Compute Engine "About VM metadata", STS v1
reference ("Method: token"), IAM Credentials reference ("generateAccessToken"), Google AIP-4117 (AWS's signed request).
"""
import datetime
import json
import re
import urllib.parse

import rs256
import sigv4
from fake import Answer, Refusal, Request, iso_time, json_answer

CLOUD_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
TOKEN_URLS = ("https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/token",
              "https://www.googleapis.com/oauth2/v4/token")
TOKEN_TYPES = "urn:ietf:params:oauth:token-type:"
AWS_TOKEN_TYPE = "urn:ietf:params:aws:token-type:aws4_request"
AWS_METADATA = "/latest/"
IMPERSONATION = re.compile(r"/v1/projects/-/serviceAccounts/([^/:]+):generateAccessToken$")
METADATA = "/computeMetadata/v1/"
LONGEST_S, SKEW_S = 3600, 300


def oauth(code, description, status=400, **fields):
    return Refusal(status, code, description, oauth=True, fields=fields)


class Tokens:
    def __init__(self, gcp):
        self.gcp, self.keys = gcp, dict([rs256.throw_away_key()])

    def route(self, request):
        path = request.path
        if path in ("/token", "/o/oauth2/token", "/oauth2/v4/token") and request.method == "POST":
            return "oauth2.Token", self.token
        if path == "/v1/token" and request.method == "POST":
            return "sts.Token", self.exchange
        if path == "/v1/oauthtoken" and request.method == "POST":
            return "sts.OAuthToken", self.workforce
        if path == self.gcp.state["ci"]["path"]:
            return "ci.IdToken", self.ci_token
        if IMPERSONATION.match(path) and request.method == "POST":
            return "iamcredentials.GenerateAccessToken", self.impersonate
        if path.startswith(AWS_METADATA):
            return "aws.Metadata", self.aws_metadata
        if path.startswith(METADATA) or path == "/" and "metadata-flavor" in request.headers:
            return "metadata.Get", self.metadata
        return None

    def bearer(self, account, **more):
        return json_answer(200, {"access_token": f"access-of-{account}", "expires_in": 3599, "token_type": "Bearer", **more})

    # oauth2.googleapis.com

    def token(self, request):
        form = request.form
        if form.get("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return self.bearer(self.signer(form.get("assertion", "")))
        if form.get("grant_type") == "refresh_token":
            return self.refresh(form)
        raise oauth("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type')}")

    def signer(self, assertion):
        """Returns the service account that signed the JWT."""
        claims = self.verified(assertion)
        account = self.gcp.state["service_accounts"].get(claims.get("iss"))
        if not account:
            raise oauth("invalid_grant", "Invalid grant: account not found")
        if account["disabled"]:
            raise oauth("invalid_grant", "Invalid grant: account disabled")
        if claims.get("aud") not in TOKEN_URLS:
            raise oauth("invalid_grant", "Invalid JWT: Failed audience check.")
        if CLOUD_SCOPE not in claims.get("scope", "").split():
            raise oauth("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        return claims["iss"]

    def verified(self, assertion):
        parsed = rs256.parse_jwt(assertion)
        if not parsed or parsed[0].get("alg") != "RS256":
            raise oauth("invalid_grant", "Invalid JWT: the assertion is not a JWT.")
        header, claims, text, signature = parsed
        # Google's own client for node sends no key ID: then any key of the account is accepted.
        keys = [self.keys.get(header["kid"])] if "kid" in header else self.keys.values()
        if not any(key and key.verifies(text, signature) for key in keys):
            raise oauth("invalid_grant", "Invalid JWT Signature.")
        now = self.gcp.now().timestamp()
        issued, expires = claims.get("iat", 0), claims.get("exp", 0)
        if not now - LONGEST_S - SKEW_S <= issued <= now + SKEW_S or expires <= now or expires - issued > LONGEST_S:
            raise oauth("invalid_grant",
                        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your "
                        "iat and exp values in the JWT claim.")
        return claims

    def self_signed(self, token):
        """Returns the account of a JWT that is itself the access token: a scope, no audience."""
        try:
            claims = self.verified(token)
        except Refusal:
            return None
        known = claims.get("iss") in self.gcp.state["service_accounts"] and claims.get("sub") == claims["iss"]
        return claims["iss"] if known and CLOUD_SCOPE in claims.get("scope", "").split() and "aud" not in claims else None

    def refresh(self, form):
        known = self.gcp.state["refresh_tokens"].get(form.get("refresh_token"))
        if not known:
            raise oauth("invalid_grant", "Token has been expired or revoked.")
        if (form.get("client_id"), form.get("client_secret")) != (known["client_id"], known["client_secret"]):
            raise oauth("invalid_client", "Unauthorized", 401)
        if form["refresh_token"] in self.gcp.state["reauthenticate"]:
            raise oauth("invalid_grant", "reauth related error (invalid_rapt)", error_subtype="invalid_rapt")
        return self.bearer(known["account"], scope=CLOUD_SCOPE)

    # sts.googleapis.com and iamcredentials.googleapis.com

    def exchange(self, request):
        form = request.form
        pool = self.gcp.state["pools"].get(form.get("audience"))
        if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:token-exchange":
            raise oauth("unsupported_grant_type", "Invalid grant_type.")
        if pool is None:
            raise oauth("invalid_target", 'The target service indicated by the "audience" parameters is invalid.')
        given = form.get("subject_token_type", "")
        if form.get("requested_token_type") != TOKEN_TYPES + "access_token" \
                or not given.startswith(TOKEN_TYPES) and given != AWS_TOKEN_TYPE:
            raise oauth("invalid_request", "Invalid token type.")
        if not form.get("scope"):
            raise oauth("invalid_scope", "The scope must not be empty.")
        token = form.get("subject_token", "")
        account = self.asker_of(token, form["audience"]) if given == AWS_TOKEN_TYPE else pool.get(token)
        if not account:
            raise oauth("invalid_grant", "Error connecting to the given credential's issuer.")
        return self.bearer(account, issued_token_type=TOKEN_TYPES + "access_token")

    def asker_of(self, token, audience):
        """Returns the signer of a request to AWS's STS, which is not sent."""
        try:
            asked = json.loads(urllib.parse.unquote(token))
            headers = [(header["key"], header["value"]) for header in asked["headers"]]
            request = Request(asked["method"], asked["url"], headers)
            claim = sigv4.claim_of(request)
            key = self.gcp.state["aws"]["keys"][claim.key_id]
            sigv4.verify(request, claim, key, self.gcp.now())
        except (ValueError, KeyError, TypeError, Refusal):
            return None
        return key["account"] if request.headers.get("x-goog-cloud-target-resource") == audience else None

    def aws_metadata(self, request):
        """The metadata service of an AWS instance, version 2."""
        aws, path = self.gcp.state["aws"], request.path.removeprefix(AWS_METADATA)
        if path == "api/token" and request.method == "PUT":
            return Answer(200, aws["session"], {"content-type": "text/plain"})
        if request.headers.get("x-aws-ec2-metadata-token") != aws["session"]:
            return Answer(401, "Unauthorized")
        if path == "meta-data/placement/availability-zone":
            return Answer(200, aws["zone"], {"content-type": "text/plain"})
        key_id, key = next((key_id, key) for key_id, key in aws["keys"].items() if "role" in key)
        if path == "meta-data/iam/security-credentials":
            return Answer(200, key["role"], {"content-type": "text/plain"})
        if path == f"meta-data/iam/security-credentials/{key['role']}":
            return json_answer(200, {"AccessKeyId": key_id, "SecretAccessKey": key["secret"], "Token": key["session_token"]})
        return Answer(404, "Not Found")

    def workforce(self, request):
        """A user of a workforce pool (external_account_authorized_user): the client is named by Basic."""
        form, expected = request.form, self.gcp.state["workforce"]
        if request.headers.get("authorization") != "Basic " + expected["basic"]:
            raise oauth("invalid_client", "Unauthorized", 401)
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != expected["refresh_token"]:
            raise oauth("invalid_grant", "Token has been expired or revoked.")
        return self.bearer(expected["account"])

    def ci_token(self, request):
        """The OIDC token endpoint of a CI job, like GitHub's."""
        ci = self.gcp.state["ci"]
        if request.headers.get("authorization", "").lower() != f"bearer {ci['bearer']}":
            raise Refusal(401, "UNAUTHENTICATED", "unauthorized")
        return json_answer(200, {"value": ci["subject_token"]})

    def impersonate(self, request):
        caller, account = self.gcp.caller(request), IMPERSONATION.match(request.path)[1]
        if caller not in self.gcp.state["impersonators"].get(account, []):
            raise Refusal(403, "PERMISSION_DENIED",
                          "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).")
        asked = request.json
        if not isinstance(asked, dict) or not asked.get("scope") or not re.fullmatch(r"\d+s", str(asked.get("lifetime", "3600s"))):
            raise Refusal(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")
        expires = self.gcp.now() + datetime.timedelta(seconds=int(asked.get("lifetime", "3600s").removesuffix("s")))
        return json_answer(200, {"accessToken": f"access-of-{account}", "expireTime": iso_time(expires)})

    # The metadata server

    def metadata(self, request):
        metadata = self.gcp.state["metadata"]
        flavor = {"metadata-flavor": "Google"}
        if not metadata["on"]:
            return Answer(404, "not a metadata server")
        if request.path == "/":
            return Answer(200, "computeMetadata/\n", {"content-type": "application/text", **flavor})
        if request.headers.get("metadata-flavor") != "Google":
            raise Refusal(403, "Forbidden", "Missing Metadata-Flavor:Google header.")
        if "x-forwarded-for" in request.headers:
            raise Refusal(403, "Forbidden", "X-Forwarded-For is not allowed.")
        path = request.path.removeprefix(METADATA).rstrip("/")
        if path == "project/project-id":
            return Answer(200, metadata["project"], {"content-type": "application/text", **flavor})
        account = metadata["account"]
        if not path.startswith("instance"):
            raise Refusal(404, "NotFound", "Not found")
        if path == "instance":
            return Answer(200, "service-accounts/\n", {"content-type": "application/text", **flavor})
        name, _, what = path.removeprefix("instance/service-accounts/").partition("/")
        if not account or name not in ("default", account):
            raise Refusal(404, "NotFound", "The requested account was not found.")
        if what == "token":
            answer = self.bearer(account)
            answer.headers.update(flavor)
            return answer
        if what == "email":
            return Answer(200, account, {"content-type": "application/text", **flavor})
        return json_answer(200, {"aliases": ["default"], "email": account, "scopes": [CLOUD_SCOPE]}, **flavor)
