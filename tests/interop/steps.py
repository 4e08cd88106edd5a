"""Shared code of the Python scripts: steps and their results, expected errors, pools and codes.

A script prints a line for each step: `pass STEP`, `skip STEP: REASON` or `FAIL STEP: PROBLEM`. It ends
at the first failure.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import struct
import time
import urllib.request

REGION = "us-east-1"
os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION=REGION)

import boto3  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

PASSWORD = "Correct-horse1"
WRONG = ("NotAuthorizedException", "Incorrect username or password.")
WRONG_CODE = ("CodeMismatchException", "Invalid verification code provided, please try again.")
USED_CODE = ("ExpiredCodeException", "Your software token has already been used once.")
WRONG_TOTP = ("CodeMismatchException", "Invalid code received for user")
WRONG_APP = (
    "EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA"
)
REVOKED = ("NotAuthorizedException", "Access Token has been revoked")


def environment(home, endpoint, pool, **more):
    """Returns the complete environment of the program `cognito` for a pool at an endpoint."""
    return {
        "HOME": home,
        "LANG": "C",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": REGION,
        "COGNITO_POOL": pool,
        "COGNITO_ENDPOINT_URL": endpoint,
        **more,
    }


@contextlib.contextmanager
def step(name):
    """Runs a step, which passes unless it raises an exception."""
    try:
        yield
    except BaseException as problem:
        print(f"FAIL {name}: {problem!r}", flush=True)
        raise
    print(f"pass {name}", flush=True)


def skip(name, reason):
    """Reports a step that the client does not support."""
    print(f"skip {name}: {reason}", flush=True)


def refused(refusal, call, *args, **kwargs):
    """Checks that a call is rejected with exactly this exception and message."""
    try:
        call(*args, **kwargs)
    except ClientError as error:
        got = error.response["Error"]
        assert (got["Code"], got["Message"]) == refusal, got
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        return
    raise AssertionError(f"not refused with {refusal}")


class Pool:
    """A user pool with an app client, created with boto3."""

    def __init__(self, endpoint, with_secret, pool=None, flows=None):
        """Creates both. `pool` has further members of CreateUserPool, `flows` those of the app client."""
        self.endpoint = endpoint
        self.idp = boto3.client("cognito-idp", region_name=REGION, endpoint_url=endpoint)
        members = {"AutoVerifiedAttributes": ["email"], "MfaConfiguration": "OPTIONAL"}
        made = self.idp.create_user_pool(PoolName="interop", **{**members, **(pool or {})})
        self.id = made["UserPool"]["Id"]
        client = self.idp.create_user_pool_client(
            UserPoolId=self.id,
            ClientName="interop",
            GenerateSecret=with_secret,
            ExplicitAuthFlows=flows or ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )["UserPoolClient"]
        self.client_id, self.secret = client["ClientId"], client.get("ClientSecret")

    def code_for(self, username):
        """Returns the last code that the emulator would have sent to the user."""
        sent = [m for m in get_json(self.endpoint, "/_emulator/outbox") if m["PoolId"] == self.id]
        return [m for m in sent if m["Username"] == username][-1]["Code"]

    def add_user(self, username, password=PASSWORD):
        """Creates a confirmed user."""
        user = {"UserPoolId": self.id, "Username": username}
        email = [{"Name": "email", "Value": f"{username}@example.com"}]
        self.idp.admin_create_user(**user, UserAttributes=email, MessageAction="SUPPRESS")
        self.idp.admin_set_user_password(**user, Password=password, Permanent=True)

    def hash(self, username):
        """Returns the SECRET_HASH, or None for an app client without a secret."""
        if self.secret is None:
            return None
        message = (username + self.client_id).encode()
        mac = hmac.new(self.secret.encode(), message, hashlib.sha256)
        return base64.b64encode(mac.digest()).decode()


def get_json(endpoint, path):
    with urllib.request.urlopen(endpoint + path, timeout=10) as response:
        return json.load(response)


def claims(token):
    """Returns the claims of a token without verification."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def other(code):
    """Returns a different code of the same length."""
    return str((int(code) + 1) % 10 ** len(code)).zfill(len(code))


class Authenticator:
    """An authenticator app. It does not wait for the second code, because the service accepts codes that
    are half a minute ahead."""

    def __init__(self, secret):
        self.key = base64.b32decode(secret + "=" * (-len(secret) % 8))
        self.step = int(time.time()) // 30
        self.codes = [self.code(self.step), self.code(self.step + 1)]

    def code(self, step):
        mac = hmac.new(self.key, struct.pack(">Q", step), hashlib.sha1).digest()
        offset = mac[-1] & 15
        number = struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF
        return f"{number % 10**6:06d}"

    def wrong(self):
        near = [self.code(self.step + ahead) for ahead in range(-2, 4)]
        return next(digit * 6 for digit in "0123456" if digit * 6 not in near)
