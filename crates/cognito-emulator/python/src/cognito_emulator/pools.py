"""User pools, app clients and users of the emulator."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .connection import Connection
from .errors import CognitoError
from .records import Message, Tokens

DEFAULT_PASSWORD = "Correct-horse1"

FLOWS = (
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
)


@dataclass(frozen=True)
class AppClient:
    """An app client of a pool."""

    id: str
    name: str
    secret: str | None = field(default=None, repr=False)

    def secret_hash(self, username: str) -> str:
        """Returns the SECRET_HASH of a user name, for a client with a secret."""
        if self.secret is None:
            raise ValueError(f"app client {self.id} has no secret")
        key, message = self.secret.encode(), (username + self.id).encode()
        return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


@dataclass(frozen=True)
class User:
    """A confirmed user of a pool."""

    pool: "Pool" = field(repr=False)
    username: str
    """The user name; in a pool with ``UsernameAttributes`` the service chooses it (the ``sub``)."""
    password: str = field(repr=False)
    sub: str

    def tokens(self, claims: Mapping[str, Any] | None = None) -> Tokens:
        """Issues tokens of the user without a sign-in."""
        return self.pool.tokens(self, claims)

    def code(self) -> str:
        """Returns the code of the last message to the user."""
        return self.pool.code(self)


class Pool:
    """A user pool."""

    def __init__(self, connection: Connection, id: str, clients: Iterable[AppClient]) -> None:
        self._connection = connection
        self.id = id
        self.clients = list(clients)

    def __repr__(self) -> str:
        return f"Pool({self.id!r})"

    @property
    def client(self) -> AppClient:
        """The first app client."""
        if not self.clients:
            raise LookupError(f"pool {self.id} has no app client; call create_client")
        return self.clients[0]

    @property
    def region(self) -> str:
        """The Region in the id of the pool."""
        return self.id.partition("_")[0]

    @property
    def issuer(self) -> str:
        """The issuer (``iss``) of the pool's tokens."""
        return str(self._connection.get(f"/{self.id}/.well-known/openid-configuration")["issuer"])

    @property
    def jwks_url(self) -> str:
        """The URL of the key set that verifies the tokens."""
        return f"{self._connection.url}/{self.id}/.well-known/jwks.json"

    def call(self, operation: str, **members: Any) -> dict[str, Any]:
        """Runs an operation of the API on this pool, such as ``AdminGetUser``."""
        return self._connection.call(operation, {"UserPoolId": self.id, **members})

    def create_client(self, **members: Any) -> AppClient:
        """Creates an app client (CreateUserPoolClient), which allows every flow by default."""
        members = {"ClientName": "tests", "ExplicitAuthFlows": FLOWS, **members}
        client = app_client(self.call("CreateUserPoolClient", **members)["UserPoolClient"])
        self.clients.append(client)
        return client

    def create_user(
        self,
        username: str,
        password: str = DEFAULT_PASSWORD,
        *,
        groups: Iterable[str] = (),
        attributes: Mapping[str, str] | None = None,
    ) -> User:
        """Creates a confirmed user, and missing groups.

        By default the user has the verified address ``<username>@example.com``.
        """
        email = username if "@" in username else f"{username}@example.com"
        given = {"email": email, "email_verified": "true", **(attributes or {})}
        listed = [{"Name": name, "Value": value} for name, value in given.items()]
        user = {"Username": username}
        created = self.call(
            "AdminCreateUser", **user, UserAttributes=listed, MessageAction="SUPPRESS"
        )["User"]
        self.call("AdminSetUserPassword", **user, Password=password, Permanent=True)
        for group in groups:
            self._create_group(group)
            self.call("AdminAddUserToGroup", **user, GroupName=group)
        sub = next(a["Value"] for a in created["Attributes"] if a["Name"] == "sub")
        return User(self, created["Username"], password, sub)

    def _create_group(self, name: str) -> None:
        try:
            self.call("CreateGroup", GroupName=name)
        except CognitoError as error:
            if error.code != "GroupExistsException":
                raise

    def tokens(self, user: User | str, claims: Mapping[str, Any] | None = None) -> Tokens:
        """Issues tokens without a sign-in. The claims replace those of a sign-in.

        The user need not exist, but the pool rejects access tokens of unknown users.
        """
        name = _username(user)
        claims = {"username": name, "cognito:username": name, **(claims or {})}
        members = {"UserPoolId": self.id, "ClientId": self.client.id, "Claims": claims}
        return Tokens.from_json(self._connection.post("/_emulator/tokens", members))

    def message(self, user: User | str) -> Message:
        """Returns the last message to a user, by name or alias."""
        name = _username(user)
        path = "/_emulator/code"
        return Message.from_json(self._connection.get(path, UserPoolId=self.id, Username=name))

    def code(self, user: User | str) -> str:
        """Returns the code of the last message to a user."""
        return self.message(user).code


def app_client(described: Mapping[str, Any]) -> AppClient:
    """Creates an app client from a response of the API."""
    return AppClient(described["ClientId"], described["ClientName"], described.get("ClientSecret"))


def _username(user: User | str) -> str:
    return user.username if isinstance(user, User) else user
