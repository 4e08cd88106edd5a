"""An application: accounts of customers in a user pool, by boto3."""

from dataclasses import dataclass
from typing import Any

import boto3


@dataclass
class Accounts:
    """The customers of a shop."""

    pool_id: str
    client_id: str

    def __post_init__(self) -> None:
        self._cognito: Any = boto3.client("cognito-idp")

    def register(self, username: str, password: str, email: str) -> None:
        self._cognito.sign_up(
            ClientId=self.client_id,
            Username=username,
            Password=password,
            UserAttributes=[{"Name": "email", "Value": email}],
        )

    def confirm(self, username: str, code: str) -> None:
        self._cognito.confirm_sign_up(
            ClientId=self.client_id, Username=username, ConfirmationCode=code
        )

    def sign_in(self, username: str, password: str) -> str:
        """Returns the access token."""
        response = self._cognito.initiate_auth(
            ClientId=self.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": password},
        )
        return str(response["AuthenticationResult"]["AccessToken"])

    def email(self, access_token: str) -> str:
        """Returns the address of a signed-in customer."""
        user = self._cognito.get_user(AccessToken=access_token)
        return next(a["Value"] for a in user["UserAttributes"] if a["Name"] == "email")

    def admins(self) -> list[str]:
        """Returns the user names of the administrators."""
        pages = self._cognito.get_paginator("list_users_in_group").paginate(
            UserPoolId=self.pool_id, GroupName="admins"
        )
        return [user["Username"] for page in pages for user in page["Users"]]
