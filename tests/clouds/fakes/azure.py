#!/usr/bin/env python3
"""A fake of the Azure services that a push uses: Entra tokens, managed identities, a container registry's own exchange and data
API, and the resource manager's view of it."""
import fake
from azure_entra import Entra
from azure_registry import AcrRegistry
from fake import Answer, json_answer

TENANT = "11111111-1111-1111-1111-111111111111"
CLIENT = "22222222-2222-2222-2222-222222222222"
TRACE = "00000000-0000-0000-0000-000000000001"


REGISTRIES = "/subscriptions/44444444-4444-4444-4444-444444444444/resourceGroups/group/providers/Microsoft.ContainerRegistry/registries"


class Azure(fake.Fake):
    default_state = {
        # thumbprint: of the certificate whose key is ../keys/throw_away_rsa.json.
        "tenants": {TENANT: {"clients": {CLIENT: {
            "principal": "pusher", "secrets": ["client-secret-of-the-test"], "expired_secrets": [], "assertions": ["federated-of-the-test"],
            "thumbprints": ["A1B2C3D4E5F60718293A4B5C6D7E8F9001122334"]}}}},
        "resources": ["https://containerregistry.azure.net", "https://management.azure.com"],
        "imds": {"on": True, "system": "pusher", "user": {"33333333-3333-3333-3333-333333333333": "pusher"}},
        "app_service": {"path": "/msi/token", "header": "identity-header-of-the-test", "principal": "pusher"},
        "login_server": "example.azurecr.io", "takes_arm_tokens": True, "firewall": False,
        # Permissions in the registry; "*": in every repository.
        "rights": {"pusher": {"*": ["pull", "push", "metadata_read", "metadata_write"]}, "anonymous": {"*": ["pull"]}},
        "anonymous_pull": False,
        "passwords": {"admin": {"password": "admin-password", "rights": "pusher"}}, "admin_enabled": True,
        "repositories": {"team/app": {"attributes": {}, "tags": {}}},
        "arm": {f"{REGISTRIES}/example":
                {"publicNetworkAccess": "Enabled", "roleAssignmentMode": "LegacyRegistryPermissions",
                 "networkRuleSet": {"defaultAction": "Allow"},
                 "policies": {"azureADAuthenticationAsArmPolicy": {"status": "enabled"}, "quarantinePolicy": {"status": "disabled"}}}},
        "arm_readers": ["pusher"],
    }

    def __init__(self, state=None, front=None):
        super().__init__(state, front)
        self.entra, self.registry = Entra(self), AcrRegistry(self)

    def route(self, request):
        return self.entra.route(request) or self.registry.route(request) or ("Unknown", lambda request: Answer(404, "unknown to this fake"))

    def refuse(self, request, refusal):
        if "aadsts" in refusal.more:
            moment = fake.iso_time(self.now())
            number, text = refusal.more["aadsts"], refusal.message
            return json_answer(refusal.status, {
                "error": refusal.code, "error_description": f"AADSTS{number}: {text} Trace ID: {TRACE} Correlation ID: {TRACE} Timestamp: "
                f"{moment}", "error_codes": [number], "timestamp": moment, "trace_id": TRACE, "correlation_id": TRACE,
                "error_uri": f"https://login.microsoftonline.com/error?code={number}"})
        if request.path.startswith(("/v2/", "/acr/", "/oauth2/")):
            return json_answer(refusal.status, {"errors": [{"code": refusal.code, "message": refusal.message}]})
        if request.path.startswith("/subscriptions/"):
            return json_answer(refusal.status, {"error": {"code": refusal.code, "message": refusal.message}})
        return json_answer(refusal.status, {"error": refusal.code, "error_description": refusal.message})

    def admit(self, request, action):
        return self.registry.admit(request, action)


if __name__ == "__main__":
    fake.main(Azure)
