"""pycognito against the embedded pool: registration to sign-out, every step checked.

Usage: pycognito_client.py ENDPOINT kwargs|env [secret]

`kwargs` points pycognito at the endpoint by its arguments; the tokens' issuer must then be the
endpoint's own. `env` does it by boto3's environment variable; the issuer must be that of AWS.
`secret` gives the app client a secret.
"""

import base64
import hashlib
import hmac
import json
import os
import struct
import sys
import time
import urllib.request

ENDPOINT, MODE = sys.argv[1].rstrip("/"), sys.argv[2]
WITH_SECRET = "secret" in sys.argv[3:]
REGION = "us-east-1"

os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION=REGION)
if MODE == "env":
    os.environ["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"] = ENDPOINT

import boto3  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402
from pycognito import Cognito  # noqa: E402
from pycognito.exceptions import SoftwareTokenMFAChallengeException  # noqa: E402

STEPS = 0


def step(name):
    global STEPS
    STEPS += 1
    print(f"  {name}", flush=True)


def refused(exception, message, call, *args, **kwargs):
    """The call must be refused with exactly that exception and message."""
    try:
        call(*args, **kwargs)
    except ClientError as error:
        got = error.response["Error"]
        assert (got["Code"], got["Message"]) == (exception, message), got
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        return
    raise AssertionError(f"not refused with {exception}")


def get_json(path):
    with urllib.request.urlopen(ENDPOINT + path, timeout=10) as response:
        return json.load(response)


def last_code(pool_id, username):
    sent = [m for m in get_json("/_emulator/outbox") if m["pool_id"] == pool_id]
    sent = [m for m in sent if m["username"] == username]
    return sent[-1]["code"]


def totp(secret, at):
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", int(at) // 30), hashlib.sha1).digest()
    offset = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[offset:offset + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def wait_for_next_totp_step():
    time.sleep(30 - time.time() % 30 + 0.2)


def make_pool():
    kwargs = {} if MODE == "env" else {"endpoint_url": ENDPOINT}
    idp = boto3.client("cognito-idp", region_name=REGION, **kwargs)
    pool = idp.create_user_pool(
        PoolName="interop", AutoVerifiedAttributes=["email"], MfaConfiguration="OPTIONAL"
    )["UserPool"]
    client = idp.create_user_pool_client(
        UserPoolId=pool["Id"], ClientName="interop", GenerateSecret=WITH_SECRET
    )["UserPoolClient"]
    return pool["Id"], client["ClientId"], client.get("ClientSecret")


def cognito(pool_id, client_id, secret, username="alice", **tokens):
    kwargs = None if MODE == "env" else {"endpoint_url": ENDPOINT}
    user = Cognito(
        pool_id, client_id, client_secret=secret, username=username,
        boto3_client_kwargs=kwargs, **tokens,
    )
    if MODE == "env":
        user.pool_jwk = get_json(f"/{pool_id}/.well-known/jwks.json")
    return user


def main():
    pool = make_pool()
    user = cognito(*pool)
    password = "Correct-horse1"

    step("registers")
    user.set_base_attributes(email="alice@example.com")
    answer = user.register("alice", password)
    assert answer["UserConfirmed"] is False
    assert answer["CodeDeliveryDetails"]["Destination"] == "a***@e***", answer
    refused("UserNotConfirmedException", "User is not confirmed.", user.authenticate, password)

    step("confirms, and not with a wrong code")
    code = last_code(pool[0], "alice")
    wrong = "000000" if code != "000000" else "111111"
    refused(
        "CodeMismatchException", "Invalid verification code provided, please try again.",
        user.confirm_sign_up, wrong,
    )
    user.confirm_sign_up(code)

    step("is refused with a wrong password")
    refused("NotAuthorizedException", "Incorrect username or password.", user.authenticate, "Wrong-horse1")

    step("signs in over SRP, tokens verified")
    user.authenticate(password)
    assert user.access_claims["username"] == "alice"
    assert user.id_claims["email"] == "alice@example.com"
    assert user.id_claims["email_verified"] is True
    assert user.check_token() is False
    assert user.get_user()._data["email"] == "alice@example.com"

    step("sets up TOTP, and not with a wrong code")
    secret = user.associate_software_token()
    right = totp(secret, time.time())
    refused(
        "EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA",
        user.verify_software_token, f"{(int(right) + 1) % 10**6:06d}",
    )
    assert user.verify_software_token(right, "interop") is True
    user.set_user_mfa_preference(sms_mfa=False, software_token_mfa=True, preferred="SOFTWARE_TOKEN")

    step("answers the TOTP challenge, and not with a used or a wrong code")
    again = cognito(*pool)
    try:
        again.authenticate(password)
        raise AssertionError("no challenge came")
    except SoftwareTokenMFAChallengeException as challenge:
        tokens = challenge.get_tokens()
    refused(
        "ExpiredCodeException", "Your software token has already been used once.",
        again.respond_to_software_token_mfa_challenge, right, tokens,
    )
    wait_for_next_totp_step()
    code = totp(secret, time.time())
    refused(
        "CodeMismatchException", "Invalid code received for user",
        again.respond_to_software_token_mfa_challenge, f"{(int(code) + 1) % 10**6:06d}", tokens,
    )
    again.respond_to_software_token_mfa_challenge(code, tokens)
    refused(
        "NotAuthorizedException",
        "Invalid session for the user, session can only be used once.",
        again.respond_to_software_token_mfa_challenge, code, tokens,
    )

    step("refreshes, and not with a bogus token")
    before = again.access_token
    again.renew_access_token()
    assert again.access_token != before
    bogus = cognito(*pool, refresh_token="bogus", access_token=again.access_token)
    refused("NotAuthorizedException", "Invalid Refresh Token", bogus.renew_access_token)

    step("signs out, and old tokens are refused")
    access, refresh = again.access_token, again.refresh_token
    again.logout()
    late = cognito(*pool, access_token=access, refresh_token=refresh)
    refused("NotAuthorizedException", "Access Token has been revoked", late.get_user)
    refused("NotAuthorizedException", "Refresh Token has been revoked", late.renew_access_token)
    print(f"  {STEPS} steps passed", flush=True)


main()
