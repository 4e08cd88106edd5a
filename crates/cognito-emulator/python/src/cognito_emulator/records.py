"""Values that the test interface returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any


@dataclass(frozen=True)
class Message:
    """A message that the service would have sent to a user."""

    pool_id: str
    username: str
    destination: str
    medium: str
    """``EMAIL`` or ``SMS``."""
    kind: str
    """The occasion, by the name of the CustomMessage trigger, such as ``ForgotPassword``."""
    code: str
    subject: str | None
    text: str

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Message":
        return cls(
            pool_id=value["PoolId"],
            username=value["Username"],
            destination=value["Destination"],
            medium=value["Medium"],
            kind=value["Kind"],
            code=value["Code"],
            subject=value.get("Subject"),
            text=value["Text"],
        )


@dataclass(frozen=True)
class Request:
    """A request that the application sent to the emulator."""

    operation: str
    """The operation, or the method and path of another request."""
    status: int
    error: str | None
    """The name of the exception."""
    request_id: str
    time: datetime
    milliseconds: int

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Request":
        return cls(
            operation=value["Operation"],
            status=value["Status"],
            error=value["Error"],
            request_id=value["RequestId"],
            time=datetime.fromtimestamp(value["Time"], timezone.utc),
            milliseconds=value["Milliseconds"],
        )


@dataclass(frozen=True)
class Tokens:
    """Tokens of a user, signed with the keys of the pool."""

    access_token: str
    id_token: str
    refresh_token: str | None

    @property
    def authorization(self) -> dict[str, str]:
        """The header with the access token, for requests to an API."""
        return {"Authorization": f"Bearer {self.access_token}"}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Tokens":
        return cls(value["AccessToken"], value["IdToken"], value.get("RefreshToken"))
