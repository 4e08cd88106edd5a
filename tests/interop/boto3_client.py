"""Tests operations of boto3 against the emulator.

Usage: boto3_client.py ENDPOINT [secret]

pycognito computes SRP. With `secret`, the app client has a secret.
"""

import sys

import boto3
import steps
from botocore import UNSIGNED
from botocore.config import Config
from pycognito import AWSSRP
from pycognito.aws_srp import generate_hash_device, long_to_hex
from steps import PASSWORD, REVOKED, USED_CODE, WRONG, WRONG_APP, WRONG_CODE, WRONG_TOTP
from steps import other, refused, step

ENDPOINT = sys.argv[1].rstrip("/")
WITH_SECRET = "secret" in sys.argv[2:]
FLOWS = [
    "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_AUTH",
    "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH",
]

PROTECTED = (
    "The user pool cannot be deleted because deletion protection is activated. "
    "Deletion protection must be inactivated first."
)

# Applications of users have no AWS credentials.
app = boto3.client(
    "cognito-idp", region_name=steps.REGION, endpoint_url=ENDPOINT,
    config=Config(signature_version=UNSIGNED),
)


def make_pool(members=None):
    return steps.Pool(ENDPOINT, WITH_SECRET, members, FLOWS)


class Person:
    """A user of a pool, who signs in to an application."""

    def __init__(self, pool, username):
        self.pool, self.username = pool, username
        self.named = {"ClientId": pool.client_id, "Username": username}
        if WITH_SECRET:
            self.named["SecretHash"] = pool.hash(username)

    def with_hash(self, parameters):
        """Adds the username, and the SECRET_HASH if the app client has a secret."""
        parameters = {"USERNAME": self.username, **parameters}
        if WITH_SECRET:
            parameters["SECRET_HASH"] = self.pool.hash(parameters["USERNAME"])
        return parameters

    def initiate(self, flow, **parameters):
        return app.initiate_auth(
            ClientId=self.pool.client_id, AuthFlow=flow, AuthParameters=self.with_hash(parameters)
        )

    def respond(self, challenge, session=None, **responses):
        session = {"Session": session} if session else {}
        return app.respond_to_auth_challenge(
            ClientId=self.pool.client_id,
            ChallengeName=challenge,
            ChallengeResponses=self.with_hash(responses),
            **session,
        )

    def srp(self, password, **keys):
        return AWSSRP(
            self.username, password, self.pool.id, self.pool.client_id, client=app,
            client_secret=self.pool.secret, **keys,
        )

    def sign_in(self, password=PASSWORD, **keys):
        """Runs USER_SRP_AUTH up to the response to the password challenge."""
        srp = self.srp(password, **keys)
        parameters = srp.get_auth_params()
        asked = self.initiate("USER_SRP_AUTH", **parameters)
        assert asked["ChallengeName"] == "PASSWORD_VERIFIER" and "Session" not in asked, asked
        claim = srp.process_challenge(asked["ChallengeParameters"], parameters)
        return self.respond("PASSWORD_VERIFIER", **claim)


def registration(alice):
    pool, named = alice.pool, alice.named
    attributes = [{"Name": "email", "Value": "alice@example.com"}]
    with step("register"):
        signed_up = app.sign_up(**named, Password=PASSWORD, UserAttributes=attributes)
        assert signed_up["UserConfirmed"] is False
        assert signed_up["CodeDeliveryDetails"] == {
            "Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email",
        }
        taken = ("UsernameExistsException", "User already exists")
        refused(taken, app.sign_up, **named, Password=PASSWORD, UserAttributes=attributes)
        short = "Password did not conform with policy: Password not long enough"
        zoe = Person(pool, "zoe").named
        refused(("InvalidPasswordException", short), app.sign_up, **zoe, Password="short")
    with step("confirm"):
        code = pool.code_for("alice")
        refused(WRONG_CODE, app.confirm_sign_up, **named, ConfirmationCode=other(code))
        app.confirm_sign_up(**named, ConfirmationCode=code)


def sign_in(alice):
    with step("sign-in"):
        refused(WRONG, alice.sign_in, "Wrong-horse1")
        result = alice.sign_in()["AuthenticationResult"]
        assert result["TokenType"] == "Bearer" and result["ExpiresIn"] == 3600
        wrong = {"PASSWORD": "Wrong-horse1"}
        refused(WRONG, alice.initiate, "USER_PASSWORD_AUTH", **wrong)
        alice.initiate("USER_PASSWORD_AUTH", PASSWORD=PASSWORD)["AuthenticationResult"]
        choice = alice.initiate("USER_AUTH")
        assert choice["ChallengeName"] == "SELECT_CHALLENGE"
        assert {"PASSWORD", "PASSWORD_SRP"} <= set(choice["AvailableChallenges"])
        answer = {"ANSWER": "PASSWORD", "PASSWORD": PASSWORD}
        alice.respond("SELECT_CHALLENGE", choice["Session"], **answer)["AuthenticationResult"]
        stranger = Person(alice.pool, "nobody")
        unknown = ("UserNotFoundException", "User does not exist.")
        refused(unknown, stranger.sign_in)
    return result


def profile(alice, tokens):
    token = {"AccessToken": tokens["AccessToken"]}
    with step("profile"):
        given = {"given_name": "Alice", "email": "a@new.example"}
        given = [{"Name": name, "Value": value} for name, value in given.items()]
        details = app.update_user_attributes(**token, UserAttributes=given)
        assert details["CodeDeliveryDetailsList"][0]["AttributeName"] == "email"
        code = alice.pool.code_for("alice")
        verify = {**token, "AttributeName": "email"}
        refused(WRONG_CODE, app.verify_user_attribute, **verify, Code=other(code))
        app.verify_user_attribute(**verify, Code=code)
        read = app.get_user(**token)
        attributes = {a["Name"]: a["Value"] for a in read["UserAttributes"]}
        assert read["Username"] == "alice" and attributes["given_name"] == "Alice"
        assert attributes["email"] == "a@new.example" and attributes["email_verified"] == "true"
        app.delete_user_attributes(**token, UserAttributeNames=["given_name"])
        names = {a["Name"] for a in app.get_user(**token)["UserAttributes"]}
        assert names == {"sub", "email", "email_verified"}, names
        invalid = ("NotAuthorizedException", "Invalid Access Token")
        refused(invalid, app.get_user, AccessToken="bogus")


def refresh(alice, tokens):
    client = {"ClientId": alice.pool.client_id}
    if WITH_SECRET:
        client["ClientSecret"] = alice.pool.secret
    invalid = ("NotAuthorizedException", "Invalid Refresh Token")
    with step("refresh"):
        renew = app.get_tokens_from_refresh_token
        renewed = renew(**client, RefreshToken=tokens["RefreshToken"])["AuthenticationResult"]
        assert renewed["AccessToken"] != tokens["AccessToken"] and "RefreshToken" not in renewed
        refused(invalid, renew, **client, RefreshToken="bogus")
        old_way = alice.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"])
        assert "RefreshToken" not in old_way["AuthenticationResult"]
        refused(invalid, alice.initiate, "REFRESH_TOKEN_AUTH", REFRESH_TOKEN="bogus")
        app.revoke_token(**client, Token=tokens["RefreshToken"])
        revoked = ("NotAuthorizedException", "Refresh Token has been revoked")
        refused(revoked, renew, **client, RefreshToken=tokens["RefreshToken"])
        refused(REVOKED, app.get_user, AccessToken=renewed["AccessToken"])


def passwords(alice):
    token = {"AccessToken": alice.sign_in()["AuthenticationResult"]["AccessToken"]}
    with step("password"):
        change = {**token, "ProposedPassword": "Changed-horse1"}
        refused(WRONG, app.change_password, **change, PreviousPassword="Wrong-horse1")
        app.change_password(**change, PreviousPassword=PASSWORD)
        refused(WRONG, alice.sign_in)
        alice.sign_in("Changed-horse1")["AuthenticationResult"]
    with step("forgot"):
        details = app.forgot_password(**alice.named)["CodeDeliveryDetails"]
        assert details["Destination"] == "a***@n***", details
        code = alice.pool.code_for("alice")
        reset = {**alice.named, "Password": PASSWORD}
        refused(WRONG_CODE, app.confirm_forgot_password, **reset, ConfirmationCode=other(code))
        app.confirm_forgot_password(**reset, ConfirmationCode=code)
        refused(WRONG, alice.sign_in, "Changed-horse1")
        alice.sign_in()["AuthenticationResult"]


def second_factor(alice):
    token = {"AccessToken": alice.sign_in()["AuthenticationResult"]["AccessToken"]}
    with step("totp"):
        app_of_user = steps.Authenticator(app.associate_software_token(**token)["SecretCode"])
        verify, wrong = app.verify_software_token, app_of_user.wrong()
        refused(WRONG_APP, verify, **token, UserCode=wrong)
        verified = verify(**token, UserCode=app_of_user.codes[0], FriendlyDeviceName="interop")
        assert verified["Status"] == "SUCCESS"
        prefer = {"Enabled": True, "PreferredMfa": True}
        app.set_user_mfa_preference(**token, SoftwareTokenMfaSettings=prefer)
        read = app.get_user(**token)
        assert read["UserMFASettingList"] == [read["PreferredMfaSetting"]] == ["SOFTWARE_TOKEN_MFA"]
    with step("totp-sign-in"):
        session = alice.sign_in()["Session"]

        def answer(code):
            return alice.respond("SOFTWARE_TOKEN_MFA", session, SOFTWARE_TOKEN_MFA_CODE=code)

        refused(USED_CODE, answer, app_of_user.codes[0])
        refused(WRONG_TOTP, answer, wrong)
        result = answer(app_of_user.codes[1])["AuthenticationResult"]
        app.set_user_mfa_preference(**token, SoftwareTokenMfaSettings={"Enabled": False})
    return result


def sign_out(tokens):
    with step("sign-out"):
        app.global_sign_out(AccessToken=tokens["AccessToken"])
        refused(REVOKED, app.get_user, AccessToken=tokens["AccessToken"])


def devices():
    tracks = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}
    pool = make_pool({"DeviceConfiguration": tracks})
    pool.add_user("bob")
    bob = Person(pool, "bob")
    with step("device"):
        result = bob.sign_in()["AuthenticationResult"]
        key = result["NewDeviceMetadata"]["DeviceKey"]
        group = result["NewDeviceMetadata"]["DeviceGroupKey"]
        password, verifier = generate_hash_device(group, key)
        token, device = {"AccessToken": result["AccessToken"]}, {"DeviceKey": key}
        confirmed = app.confirm_device(
            **token, **device, DeviceName="interop", DeviceSecretVerifierConfig=verifier
        )
        assert confirmed["UserConfirmationNecessary"] is True
        app.update_device_status(**token, **device, DeviceRememberedStatus="remembered")
        assert [d["DeviceKey"] for d in app.list_devices(**token)["Devices"]] == [key]

    def prove(password):
        keys = {"device_key": key, "device_group_key": group, "device_password": password}
        asked = bob.sign_in(**keys)
        assert asked["ChallengeName"] == "DEVICE_SRP_AUTH", asked
        srp = bob.srp(PASSWORD, **keys)
        srp_a = long_to_hex(srp.large_a_value)
        asked = bob.respond("DEVICE_SRP_AUTH", asked["Session"], DEVICE_KEY=key, SRP_A=srp_a)
        assert asked["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER", asked
        claim = srp.process_device_challenge(asked["ChallengeParameters"])
        return bob.respond("DEVICE_PASSWORD_VERIFIER", asked.get("Session"), **claim)

    with step("device-sign-in"):
        refused(WRONG, prove, "wrong")
        result = prove(password)["AuthenticationResult"]
        assert "NewDeviceMetadata" not in result, "a known device is not new"
        renew = {"REFRESH_TOKEN": result["RefreshToken"]}
        bob.initiate("REFRESH_TOKEN_AUTH", **renew, DEVICE_KEY=key)["AuthenticationResult"]
        invalid = ("NotAuthorizedException", "Invalid Refresh Token")
        refused(invalid, bob.initiate, "REFRESH_TOKEN_AUTH", **renew)
        app.forget_device(AccessToken=result["AccessToken"], DeviceKey=key)
        unknown = ("ResourceNotFoundException", "Device does not exist.")
        refused(unknown, prove, password)


def administration(pool):
    idp, carol = pool.idp, Person(pool, "carol")
    user = {"UserPoolId": pool.id, "Username": "carol"}
    with step("admin"):
        email = {"email": "carol@example.com", "email_verified": "true"}
        email = [{"Name": name, "Value": value} for name, value in email.items()]
        made = idp.admin_create_user(
            **user, UserAttributes=email, DesiredDeliveryMediums=["EMAIL"]
        )["User"]
        assert made["UserStatus"] == "FORCE_CHANGE_PASSWORD" and made["Enabled"] is True
        invited = idp.admin_initiate_auth(
            UserPoolId=pool.id,
            ClientId=pool.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters=carol.with_hash({"PASSWORD": pool.code_for("carol")}),
        )
        assert invited["ChallengeName"] == "NEW_PASSWORD_REQUIRED", invited
        idp.admin_respond_to_auth_challenge(
            UserPoolId=pool.id,
            ClientId=pool.client_id,
            ChallengeName="NEW_PASSWORD_REQUIRED",
            Session=invited["Session"],
            ChallengeResponses=carol.with_hash({"NEW_PASSWORD": PASSWORD}),
        )["AuthenticationResult"]
        idp.admin_disable_user(**user)
        refused(("NotAuthorizedException", "User is disabled."), carol.sign_in)
        idp.admin_enable_user(**user)
        assert idp.admin_get_user(**user)["UserStatus"] == "CONFIRMED"
        access = carol.sign_in()["AuthenticationResult"]["AccessToken"]
        idp.admin_user_global_sign_out(**user)
        refused(REVOKED, app.get_user, AccessToken=access)
        idp.admin_reset_user_password(**user)
        reset = ("PasswordResetRequiredException", "Password reset required for the user")
        refused(reset, carol.sign_in)
        idp.admin_delete_user(**user)
        refused(("UserNotFoundException", "User does not exist."), idp.admin_get_user, **user)


def groups(pool):
    idp = pool.idp
    of_pool = {"UserPoolId": pool.id}
    crowd = [f"user-{number:02}" for number in range(7)]
    for username in crowd:
        pool.add_user(username)
    with step("groups"):
        made = idp.create_group(**of_pool, GroupName="beta", Precedence=1)["Group"]
        assert made["GroupName"] == "beta" and made["Precedence"] == 1
        exists = ("GroupExistsException", "A group with the name already exists.")
        refused(exists, idp.create_group, **of_pool, GroupName="beta")
        for username in crowd[:5]:
            idp.admin_add_user_to_group(**of_pool, GroupName="beta", Username=username)
        idp.admin_remove_user_from_group(**of_pool, GroupName="beta", Username=crowd[0])

        pages = idp.get_paginator("list_users_in_group").paginate(
            **of_pool, GroupName="beta", PaginationConfig={"PageSize": 3}
        )
        sizes = [len(page["Users"]) for page in pages]
        assert sizes == [3, 1], sizes
        pages = idp.get_paginator("list_users").paginate(
            **of_pool, Filter='username ^= "user-"', PaginationConfig={"PageSize": 3}
        )
        names = [user["Username"] for page in pages for user in page["Users"]]
        assert sorted(names) == crowd, names
        by_email = idp.list_users(**of_pool, Filter='email = "user-06@example.com"')["Users"]
        assert [user["Username"] for user in by_email] == ["user-06"]
        read = idp.get_paginator("admin_list_groups_for_user")
        read = read.paginate(**of_pool, Username=crowd[1]).build_full_result()["Groups"]
        assert [group["GroupName"] for group in read] == ["beta"]

        idp.update_group(**of_pool, GroupName="beta", Description="Early")
        assert idp.get_group(**of_pool, GroupName="beta")["Group"]["Description"] == "Early"
        result = Person(pool, crowd[1]).sign_in()["AuthenticationResult"]
        assert steps.claims(result["AccessToken"])["cognito:groups"] == ["beta"]
        assert steps.claims(result["IdToken"])["cognito:groups"] == ["beta"]
        idp.delete_group(**of_pool, GroupName="beta")
        assert idp.list_groups(**of_pool)["Groups"] == []


def settings(idp):
    """Tests pools and app clients. An update resets most settings that its request omits."""
    with step("settings"):
        made = idp.create_user_pool(
            PoolName="settings",
            AutoVerifiedAttributes=["email"],
            Policies={"PasswordPolicy": {"MinimumLength": 12}},
            Schema=[{"Name": "plan", "AttributeDataType": "String", "Mutable": True}],
            UserPoolTags={"team": "interop"},
        )["UserPool"]
        of_pool = {"UserPoolId": made["Id"]}
        names = {attribute["Name"] for attribute in made["SchemaAttributes"]}
        assert {"sub", "email", "custom:plan"} <= names, names
        assert made["Policies"]["PasswordPolicy"]["MinimumLength"] == 12
        plain = {"Name": "seats", "AttributeDataType": "Number"}
        idp.add_custom_attributes(**of_pool, CustomAttributes=[plain])
        idp.update_user_pool(**of_pool, MfaConfiguration="OFF", DeletionProtection="ACTIVE")
        read = idp.describe_user_pool(**of_pool)["UserPool"]
        assert "AutoVerifiedAttributes" not in read, "it was not sent"
        assert read["CreationDate"] == made["CreationDate"] <= read["LastModifiedDate"]

        client = {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}
        ids = {
            idp.create_user_pool_client(**of_pool, ClientName=name, **client)["UserPoolClient"]
            ["ClientId"]
            for name in ("one", "two", "three")
        }
        pages = idp.get_paginator("list_user_pool_clients").paginate(
            **of_pool, PaginationConfig={"PageSize": 2}
        )
        listed = [client["ClientId"] for page in pages for client in page["UserPoolClients"]]
        assert set(listed) == ids and len(listed) == 3
        pools = idp.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 2})
        assert made["Id"] in [pool["Id"] for page in pools for pool in page["UserPools"]]

        protected = ("InvalidParameterException", PROTECTED)
        refused(protected, idp.delete_user_pool, **of_pool)
        idp.update_user_pool(**of_pool, DeletionProtection="INACTIVE")
        idp.delete_user_pool(**of_pool)
        unknown = ("ResourceNotFoundException", f"User pool {made['Id']} does not exist.")
        refused(unknown, idp.describe_user_pool, **of_pool)


pool = make_pool()
alice = Person(pool, "alice")
registration(alice)
tokens = sign_in(alice)
profile(alice, tokens)
refresh(alice, tokens)
passwords(alice)
sign_out(second_factor(alice))
devices()
administration(pool)
groups(pool)
settings(pool.idp)
