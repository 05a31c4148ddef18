"""Tokens of the fake Azure: Entra's token endpoint, and managed identities.

Sources: "OAuth 2.0 client credentials flow on the Microsoft identity platform" and "Microsoft Entra authentication and authorization
error codes"; "How to use managed identities on an Azure VM to acquire an access token"; "App Service: connect to Azure services
with managed identity".
"""
import binascii
import re

import rs256
from fake import Refusal, json_answer

TOKEN = re.compile(r"/([^/]+)/oauth2/v2\.0/token$")
DISCOVERY = re.compile(r"/([^/]+)/v2\.0/\.well-known/openid-configuration$")
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
APP_SERVICE_VERSION, IMDS_VERSION = "2019-08-01", "2018-02-01"


def entra_error(status, code, number, text):
    return Refusal(status, code, text, aadsts=number)


class Entra:
    def __init__(self, azure):
        self.azure, self.key = azure, rs256.throw_away_key()[1]

    def route(self, request):
        if DISCOVERY.match(request.path):
            return "entra.Discovery", self.discovery
        if TOKEN.match(request.path) and request.method == "POST":
            return "entra.Token", self.token
        if request.path == "/metadata/identity/oauth2/token":
            return "imds.Token", self.imds
        if request.path == self.azure.state["app_service"]["path"]:
            return "app-service.Token", self.app_service
        return None

    def discovery(self, request):
        tenant = DISCOVERY.match(request.path)[1]
        if tenant not in self.azure.state["tenants"]:
            raise entra_error(400, "invalid_tenant", 90002, f"Tenant '{tenant}' not found.")
        base = f"https://{request.host.removesuffix(':443')}/{tenant}"
        return json_answer(200, {"token_endpoint": f"{base}/oauth2/v2.0/token", "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                                 "issuer": f"{base}/v2.0"})

    def issue(self, principal, resource):
        now = int(self.azure.now().timestamp())
        return rs256.make_jwt({"aud": resource, "principal": principal, "iat": now, "nbf": now, "exp": now + 3600})

    def token(self, request):
        tenant, form = TOKEN.match(request.path)[1], request.form
        if tenant not in self.azure.state["tenants"]:
            raise entra_error(400, "invalid_request", 90002,
                              f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are "
                              "signing into the correct cloud.")
        if form.get("grant_type") != "client_credentials":
            raise entra_error(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        client = self.azure.state["tenants"][tenant]["clients"].get(form.get("client_id"))
        if not client:
            raise entra_error(400, "unauthorized_client", 700016,
                              f"Application with identifier '{form.get('client_id')}' was not found in the "
                              f"directory '{tenant}'.")
        resource = form.get("scope", "").split()[0].removesuffix("/.default") if form.get("scope") else ""
        if not form.get("scope", "").endswith("/.default"):
            raise entra_error(400, "invalid_scope", 1002012,
                              f"The provided value for scope {form.get('scope')} is not valid. Client credential "
                              "flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).")
        if resource not in self.azure.state["resources"]:
            raise entra_error(400, "invalid_resource", 500011, f"The resource principal named {resource} was not found in the tenant.")
        self.check_client(client, form, f"https://{request.host}{request.path}")
        return json_answer(200, {"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599,
                                 "access_token": self.issue(client["principal"], resource)})

    def check_client(self, client, form, address):
        assertion = form.get("client_assertion")
        if assertion and form.get("client_assertion_type") != ASSERTION_TYPE:
            raise entra_error(400, "invalid_request", 50027, "JWT token is invalid or malformed.")
        if assertion and rs256.parse_jwt(assertion):
            self.check_certificate(client, form["client_id"], assertion, address)
        elif assertion and assertion not in client["assertions"]:
            raise entra_error(401, "invalid_client", 70021, "No matching federated identity record found for presented assertion.")
        elif not assertion and form.get("client_secret") in client["expired_secrets"]:
            raise entra_error(401, "invalid_client", 7000222, f"The provided client secret keys for app '{form['client_id']}' are expired.")
        elif not assertion and form.get("client_secret") not in client["secrets"]:
            raise entra_error(401, "invalid_client", 7000215,
                              f"Invalid client secret provided. Ensure the secret being sent in the request is the "
                              f"client secret value, not the client secret ID, for a secret added to app '{form['client_id']}'.")

    def check_certificate(self, client, client_id, assertion, address):
        """Microsoft identity platform: "Application authentication certificate credentials"."""
        header, claims, text, signature = rs256.parse_jwt(assertion)
        thumbprint = binascii.hexlify(rs256.unbase64url(header.get("x5t", ""))).decode().upper()
        if thumbprint not in client["thumbprints"] or not self.key.verifies(text, signature):
            raise entra_error(401, "invalid_client", 700027,
                              "The certificate with identifier used to sign the client assertion is not registered on "
                              "application.")
        if claims.get("aud") != address or claims.get("iss") != client_id or claims.get("sub") != client_id:
            raise entra_error(401, "invalid_client", 700023, "Client assertion audience claim does not match Realm issuer.")
        if not claims.get("nbf", 0) - 300 <= self.azure.now().timestamp() < claims.get("exp", 0):
            raise entra_error(401, "invalid_client", 700024, "Client assertion is not within its valid time range.")

    # Managed identities

    def identity_answer(self, principal, resource, **more):
        now = int(self.azure.now().timestamp())
        return json_answer(200, {"access_token": self.issue(principal, resource), "expires_on": str(now + 3600), "resource": resource,
                                 "token_type": "Bearer", **more})

    def imds(self, request):
        if not self.azure.state["imds"]["on"]:
            raise Refusal(404, "not_found", "no managed identity endpoint here")
        if request.headers.get("metadata", "").lower() != "true":
            raise Refusal(400, "invalid_request", "Required metadata header not specified")
        if not request.query.get("api-version") or not request.query.get("resource"):
            raise Refusal(400, "invalid_request", "Required query variable 'resource' is missing")
        client = request.query.get("client_id")
        imds = self.azure.state["imds"]
        principal = imds["user"].get(client) if client else imds["system"]
        if not principal:
            raise Refusal(400, "invalid_request", "Identity not found")
        now = int(self.azure.now().timestamp())
        return self.identity_answer(principal, request.query["resource"], client_id=client or "system", expires_in="3599",
                                    ext_expires_in="3599",
                                    not_before=str(now))

    def app_service(self, request):
        expected = self.azure.state["app_service"]
        if request.headers.get("x-identity-header") != expected["header"]:
            raise Refusal(401, "unauthorized", "X-IDENTITY-HEADER is missing or wrong")
        if request.query.get("api-version") != APP_SERVICE_VERSION or not request.query.get("resource"):
            raise Refusal(400, "invalid_request", "api-version and resource are needed")
        return self.identity_answer(expected["principal"], request.query["resource"], client_id=request.query.get("client_id", "system"))
