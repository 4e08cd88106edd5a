"""Tests boto3 against identity pools of the emulator, which issue AWS credentials.

Usage: identity_pools.py ENDPOINT
"""

import sys

import boto3
import steps
from botocore import UNSIGNED
from botocore.config import Config
from steps import PASSWORD, get_json, refused, step

ENDPOINT = sys.argv[1].rstrip("/")
ACCOUNT = "arn:aws:iam::000000000000:role"
FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
MISMATCH = (
    "NotAuthorizedException",
    "Logins don't match. Please include at least one valid login for this identity or identity pool.",
)
NOT_LISTED = (
    "NotAuthorizedException", "Token is not from a supported provider of this identity pool."
)


def client(service, **config):
    return boto3.client(
        service, region_name=steps.REGION, endpoint_url=ENDPOINT, config=Config(**config)
    )


# Applications of users have no AWS credentials.
identity, sts = (client(name, signature_version=UNSIGNED) for name in ("cognito-identity", "sts"))
admin = client("cognito-identity")
pool = steps.Pool(ENDPOINT, False, {"MfaConfiguration": "OFF"}, FLOWS)
provider = f"cognito-idp.{steps.REGION}.amazonaws.com/{pool.id}"
for name in ("alice", "bob"):
    pool.add_user(name)


def logins(username):
    """Signs a user in, and returns the logins."""
    parameters = {"USERNAME": username, "PASSWORD": PASSWORD}
    tokens = pool.idp.initiate_auth(
        ClientId=pool.client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters
    )
    return {provider: tokens["AuthenticationResult"]["IdToken"]}


def issued(credentials):
    """Returns the emulator's record of issued credentials."""
    key = credentials.get("AccessKeyId")
    return get_json(ENDPOINT, f"/_emulator/credentials?AccessKeyId={key}")


def configuration():
    with step("configuration"):
        made = admin.create_identity_pool(
            IdentityPoolName="interop",
            AllowUnauthenticatedIdentities=True,
            AllowClassicFlow=True,
            DeveloperProviderName="login.example",
            CognitoIdentityProviders=[{"ProviderName": provider, "ClientId": pool.client_id}],
            IdentityPoolTags={"team": "interop"},
        )
        named = {"IdentityPoolId": made["IdentityPoolId"]}
        read = admin.describe_identity_pool(**named)
        del made["ResponseMetadata"], read["ResponseMetadata"]
        assert made == read, read
        roles = {kind: f"{ACCOUNT}/{kind}" for kind in ("authenticated", "unauthenticated")}
        admin.set_identity_pool_roles(**named, Roles=roles)
        assert admin.get_identity_pool_roles(**named)["Roles"] == roles
        pages = admin.get_paginator("list_identity_pools").paginate(
            PaginationConfig={"PageSize": 1}
        )
        ids = [one["IdentityPoolId"] for page in pages for one in page["IdentityPools"]]
        assert made["IdentityPoolId"] in ids, ids
        return made["IdentityPoolId"]


def guests_and_users(pool_id):
    with step("guest"):
        guest = identity.get_id(IdentityPoolId=pool_id)["IdentityId"]
        got = identity.get_credentials_for_identity(IdentityId=guest)
        assert got["IdentityId"] == guest
        assert issued(got["Credentials"])["RoleArn"] == f"{ACCOUNT}/unauthenticated"
    with step("user"):
        alice = logins("alice")
        own = identity.get_id(IdentityPoolId=pool_id, Logins=alice)["IdentityId"]
        got = identity.get_credentials_for_identity(IdentityId=own, Logins=alice)
        record = issued(got["Credentials"])
        assert record["RoleArn"] == f"{ACCOUNT}/authenticated", record
        assert record["Expiration"] == got["Credentials"]["Expiration"].timestamp()
        refused(
            MISMATCH, identity.get_credentials_for_identity, IdentityId=own, Logins=logins("bob")
        )
        other = admin.create_identity_pool(
            IdentityPoolName="other",
            AllowUnauthenticatedIdentities=False,
            CognitoIdentityProviders=[{"ProviderName": provider, "ClientId": "1another0client"}],
        )["IdentityPoolId"]
        refused(NOT_LISTED, identity.get_id, IdentityPoolId=other, Logins=alice)
    with step("merge"):
        got = identity.get_credentials_for_identity(IdentityId=guest, Logins=alice)
        assert got["IdentityId"] == own, "the guest becomes the user"
        listed = admin.list_identities(IdentityPoolId=pool_id, MaxResults=60, HideDisabled=True)
        assert [one["IdentityId"] for one in listed["Identities"]] == [own], listed
    return own, alice


def roles(pool_id, own):
    with step("roles"):
        role = f"{ACCOUNT}/staff"
        pool.idp.create_group(UserPoolId=pool.id, GroupName="staff", RoleArn=role)
        pool.idp.admin_add_user_to_group(UserPoolId=pool.id, GroupName="staff", Username="alice")
        alice = logins("alice")
        got = identity.get_credentials_for_identity(
            IdentityId=own, Logins=alice, CustomRoleArn=role
        )
        assert issued(got["Credentials"])["RoleArn"] == role
        mapping = {"Type": "Token", "AmbiguousRoleResolution": "Deny"}
        admin.set_identity_pool_roles(
            IdentityPoolId=pool_id, Roles={}, RoleMappings={f"{provider}:{pool.client_id}": mapping}
        )
        got = identity.get_credentials_for_identity(IdentityId=own, Logins=alice)
        assert issued(got["Credentials"])["RoleArn"] == role
        bob = logins("bob")
        bobs = identity.get_id(IdentityPoolId=pool_id, Logins=bob)["IdentityId"]
        denied = (
            "NotAuthorizedException",
            f"The ambiguous role mapping rules for: {provider}:{pool.client_id} denied this request.",
        )
        refused(denied, identity.get_credentials_for_identity, IdentityId=bobs, Logins=bob)
        classic = (
            "InvalidParameterException",
            "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.",
        )
        refused(classic, identity.get_open_id_token, IdentityId=own, Logins=alice)
        admin.set_identity_pool_roles(IdentityPoolId=pool_id, Roles={})


def classic(own, alice):
    with step("classic"):
        token = identity.get_open_id_token(IdentityId=own, Logins=alice)["Token"]
        claims = steps.claims(token)
        assert claims["sub"] == own and claims["amr"][:2] == ["authenticated", provider], claims
        assumed = sts.assume_role_with_web_identity(
            RoleArn=f"{ACCOUNT}/uploads", RoleSessionName="interop", WebIdentityToken=token,
            DurationSeconds=900,
        )
        assert assumed["SubjectFromWebIdentityToken"] == own
        record = issued(assumed["Credentials"])
        assert record["RoleSessionName"] == "interop", record
        assert record["Expiration"] == assumed["Credentials"]["Expiration"].timestamp()
        invalid = (
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an "
            "Access Token)",
        )
        refused(
            invalid, sts.assume_role_with_web_identity, RoleArn=f"{ACCOUNT}/uploads",
            RoleSessionName="interop", WebIdentityToken="token",
        )


def developers(pool_id):
    with step("developer"):
        named = {"IdentityPoolId": pool_id, "Logins": {"login.example": "frida"}}
        made = admin.get_open_id_token_for_developer_identity(**named, TokenDuration=3600)
        token = {"cognito-identity.amazonaws.com": made["Token"]}
        found = admin.lookup_developer_identity(
            IdentityPoolId=pool_id, DeveloperUserIdentifier="frida"
        )
        assert found["IdentityId"] == made["IdentityId"]
        unlink = {"IdentityId": made["IdentityId"], "Logins": token}
        identity.unlink_identity(**unlink, LoginsToRemove=["login.example"])
        refused(MISMATCH, identity.get_credentials_for_identity, **unlink)


def removal(pool_id, own):
    with step("removal"):
        deleted = admin.delete_identities(IdentityIdsToDelete=[own])
        assert deleted["UnprocessedIdentityIds"] == []
        gone = ("ResourceNotFoundException", f"Identity '{own}' not found.")
        refused(gone, admin.describe_identity, IdentityId=own)
        admin.delete_identity_pool(IdentityPoolId=pool_id)
        gone = ("ResourceNotFoundException", f"IdentityPool '{pool_id}' not found.")
        refused(gone, identity.get_id, IdentityPoolId=pool_id)


made = configuration()
user, tokens = guests_and_users(made)
roles(made, user)
classic(user, tokens)
developers(made)
removal(made, user)
