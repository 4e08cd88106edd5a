"""Tests pycognito against the emulator.

Usage: pycognito_client.py ENDPOINT kwargs|env [secret]

With `kwargs`, pycognito gets the endpoint as an argument, and expects the endpoint as the tokens' issuer.
With `env`, it gets the endpoint by boto3's environment variable, and expects the issuer of AWS.
With `secret`, the app client has a secret.
"""

import os
import sys

import steps
from pycognito import AWSSRP, Cognito
from pycognito.aws_srp import generate_hash_device
from pycognito.exceptions import ForceChangePasswordException, SoftwareTokenMFAChallengeException
from steps import PASSWORD, REVOKED, USED_CODE, WRONG, WRONG_APP, WRONG_CODE, WRONG_TOTP
from steps import other, refused, skip, step

ENDPOINT, MODE = sys.argv[1].rstrip("/"), sys.argv[2]
WITH_SECRET = "secret" in sys.argv[3:]
if MODE == "env":
    os.environ["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"] = ENDPOINT


def cognito(pool, username="alice", **tokens):
    kwargs = None if MODE == "env" else {"endpoint_url": ENDPOINT}
    user = Cognito(
        pool.id, pool.client_id, client_secret=pool.secret, username=username,
        boto3_client_kwargs=kwargs, **tokens,
    )
    if MODE == "env":
        user.pool_jwk = steps.get_json(ENDPOINT, f"/{pool.id}/.well-known/jwks.json")
    return user


def registration(pool):
    user = cognito(pool)
    with step("register"):
        user.set_base_attributes(email="alice@example.com")
        answer = user.register("alice", PASSWORD)
        assert answer["UserConfirmed"] is False
        assert answer["CodeDeliveryDetails"]["Destination"] == "a***@e***", answer
        taken = ("UsernameExistsException", "User already exists")
        refused(taken, user.register, "alice", PASSWORD)
        unconfirmed = ("UserNotConfirmedException", "User is not confirmed.")
        refused(unconfirmed, user.authenticate, PASSWORD)
    with step("confirm"):
        user.resend_confirmation_code("alice")
        code = pool.code_for("alice")
        refused(WRONG_CODE, user.confirm_sign_up, other(code))
        user.confirm_sign_up(code)


def signed_in(pool):
    user = cognito(pool)
    with step("sign-in"):
        refused(WRONG, user.authenticate, "Wrong-horse1")
        user.authenticate(PASSWORD)
        # pycognito has verified the tokens.
        assert user.access_claims["username"] == "alice"
        assert user.id_claims["email"] == "alice@example.com"
        assert user.id_claims["email_verified"] is True
        assert user.check_token() is False
    with step("profile"):
        user.update_profile({"given_name": "Alice"})
        assert user.get_user().given_name == "Alice"
        user.update_profile({"email": "new@example.com"})
        user.send_verification("email")
        code = pool.code_for("alice")
        refused(WRONG_CODE, user.validate_verification, other(code))
        user.validate_verification(code)
        assert user.get_user().email_verified is True
    with step("refresh"):
        before = user.access_token
        user.renew_access_token()
        assert user.access_token != before
        bogus = cognito(pool, refresh_token="bogus", access_token=user.access_token)
        refused(("NotAuthorizedException", "Invalid Refresh Token"), bogus.renew_access_token)
    with step("password"):
        refused(WRONG, user.change_password, "Wrong-horse1", "Changed-horse1")
        user.change_password(PASSWORD, "Changed-horse1")
        refused(WRONG, cognito(pool).authenticate, PASSWORD)
        cognito(pool).authenticate("Changed-horse1")
    return user


def forgotten_password(pool):
    user = cognito(pool)
    with step("forgot"):
        user.initiate_forgot_password()
        code = pool.code_for("alice")
        refused(WRONG_CODE, user.confirm_forgot_password, other(code), PASSWORD)
        user.confirm_forgot_password(code, PASSWORD)
        refused(WRONG, cognito(pool).authenticate, "Changed-horse1")
        cognito(pool).authenticate(PASSWORD)


def second_factor(pool, user):
    with step("totp"):
        app = steps.Authenticator(user.associate_software_token())
        refused(WRONG_APP, user.verify_software_token, app.wrong())
        assert user.verify_software_token(app.codes[0], "interop") is True
        user.set_user_mfa_preference(
            sms_mfa=False, software_token_mfa=True, preferred="SOFTWARE_TOKEN"
        )
    again = cognito(pool)
    with step("totp-sign-in"):
        try:
            again.authenticate(PASSWORD)
            raise AssertionError("no challenge came")
        except SoftwareTokenMFAChallengeException as challenge:
            tokens = challenge.get_tokens()
        answer = again.respond_to_software_token_mfa_challenge
        refused(USED_CODE, answer, app.codes[0], tokens)
        refused(WRONG_TOTP, answer, app.wrong(), tokens)
        answer(app.codes[1], tokens)
        spent = "Invalid session for the user, session can only be used once."
        refused(("NotAuthorizedException", spent), answer, app.codes[1], tokens)
        assert again.access_claims["username"] == "alice"
    return again


def signed_out(pool, user):
    with step("sign-out"):
        access, refresh = user.access_token, user.refresh_token
        user.logout()
        late = cognito(pool, access_token=access, refresh_token=refresh)
        refused(REVOKED, late.get_user)
        revoked = ("NotAuthorizedException", "Refresh Token has been revoked")
        refused(revoked, late.renew_access_token)


def device():
    """Tests devices with AWSSRP, and ConfirmDevice with boto3, because AWSSRP always sends it to AWS."""
    tracks = {"ChallengeRequiredOnNewDevice": False, "DeviceOnlyRememberedOnUserPrompt": False}
    pool = steps.Pool(ENDPOINT, WITH_SECRET, {"DeviceConfiguration": tracks})
    pool.add_user("bob")

    def sign_in(**keys):
        return AWSSRP(
            "bob", PASSWORD, pool.id, pool.client_id, client=pool.idp, client_secret=pool.secret,
            **keys,
        ).authenticate_user()["AuthenticationResult"]

    with step("device"):
        result = sign_in()
        metadata = result["NewDeviceMetadata"]
        keys = {
            "device_key": metadata["DeviceKey"],
            "device_group_key": metadata["DeviceGroupKey"],
        }
        password, verifier = generate_hash_device(keys["device_group_key"], keys["device_key"])
        confirmed = pool.idp.confirm_device(
            AccessToken=result["AccessToken"],
            DeviceKey=keys["device_key"],
            DeviceName="interop",
            DeviceSecretVerifierConfig=verifier,
        )
        assert confirmed["UserConfirmationNecessary"] is False
    if WITH_SECRET:
        client = f"Client {pool.client_id} is configured with secret"
        without = ("NotAuthorizedException", f"{client} but SECRET_HASH was not received")
        refused(without, sign_in, **keys, device_password=password)
        skip("device-sign-in", "it responds to DEVICE_SRP_AUTH without SECRET_HASH")
        return
    with step("device-sign-in"):
        refused(WRONG, sign_in, **keys, device_password="wrong")
        result = sign_in(**keys, device_password=password)
        assert "NewDeviceMetadata" not in result, "a known device is not new"
        claims = cognito(pool, "bob").verify_token(result["AccessToken"], "access_token", "access")
        assert claims["device_key"] == keys["device_key"]


def administration(pool):
    user = cognito(pool, "carol")
    with step("admin"):
        user.admin_create_user("carol", "Temporary-horse1", email="carol@example.com")
        try:
            user.authenticate("Temporary-horse1")
            raise AssertionError("no new password was asked for")
        except ForceChangePasswordException:
            user.new_password_challenge("Temporary-horse1", PASSWORD)
        assert user.access_claims["username"] == "carol"
        assert user.admin_get_user().user_status == "CONFIRMED"
        user.admin_update_profile({"given_name": "Carol"})
        assert user.admin_get_user().given_name == "Carol"
        user.admin_disable_user("carol")
        disabled = ("NotAuthorizedException", "User is disabled.")
        refused(disabled, user.authenticate, PASSWORD)
        user.admin_enable_user("carol")
        user.authenticate(PASSWORD)
        user.admin_delete_user()
        unknown = ("UserNotFoundException", "User does not exist.")
        refused(unknown, user.admin_get_user)


def groups(pool):
    user = cognito(pool)
    for name in ("beta", "staff"):
        pool.idp.create_group(UserPoolId=pool.id, GroupName=name)
    with step("groups"):
        assert {group.group_name for group in user.get_groups()} == {"beta", "staff"}
        assert user.get_group("beta").group_name == "beta"
        user.admin_add_user_to_group("alice", "beta")
        user.admin_add_user_to_group("alice", "staff")
        user.admin_remove_user_from_group("alice", "staff")
        assert user.admin_list_groups_for_user("alice") == ["beta"]
        assert [found.username for found in user.get_users()] == ["alice"]


def settings(pool):
    user, provider = cognito(pool), "Corporation"
    with step("settings"):
        oidc = {
            "client_id": "id",
            "client_secret": "secret",
            "attributes_request_method": "GET",
            "oidc_issuer": "https://login.example.com",
            "authorize_scopes": "openid email",
        }
        user.admin_create_identity_provider(pool.id, provider, "OIDC", oidc)
        mapping = {"email": "mail"}
        user.admin_update_identity_provider(pool.id, provider, AttributeMapping=mapping)
        read = user.admin_describe_identity_provider(pool.id, provider)["IdentityProvider"]
        assert read["ProviderType"] == "OIDC" and read["AttributeMapping"]["email"] == "mail"
        assert read["ProviderDetails"]["client_id"] == "id"

        before = user.describe_user_pool_client(pool.id, pool.client_id)
        assert before["ClientName"] == "interop" and before.get("ClientSecret") == pool.secret
        name = {"ClientName": "renamed", "ExplicitAuthFlows": before["ExplicitAuthFlows"]}
        user.admin_update_user_pool_client(pool.id, pool.client_id, **name)
        after = user.describe_user_pool_client(pool.id, pool.client_id)
        assert after["ClientName"] == "renamed" and after.get("ClientSecret") == pool.secret


pool = steps.Pool(ENDPOINT, WITH_SECRET)
registration(pool)
user = signed_in(pool)
forgotten_password(pool)
signed_out(pool, second_factor(pool, user))
device()
administration(pool)
groups(pool)
settings(pool)
