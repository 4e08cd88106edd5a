"""The clock of the emulator."""

from datetime import datetime, timedelta, timezone
from typing import Any

from .connection import Connection

PATH = "/_emulator/clock"


class Clock:
    """The clock for the expiration of codes and tokens. A reset sets it to the system time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def now(self) -> datetime:
        """The current time of the clock."""
        return _time(self._connection.get(PATH))

    @property
    def is_frozen(self) -> bool:
        """True if the clock is frozen."""
        return bool(self._connection.get(PATH)["Frozen"])

    def advance(self, by: timedelta | float) -> datetime:
        """Moves the clock ahead by whole seconds, or by a ``timedelta`` in whole seconds."""
        seconds = by.total_seconds() if isinstance(by, timedelta) else by
        if seconds != int(seconds):
            raise ValueError(f"the clock moves by whole seconds, not by {seconds}")
        return self._change(AdvanceSeconds=int(seconds))

    def set(self, time: datetime) -> datetime:
        """Sets the time."""
        return self._change(Now=int(time.timestamp()))

    def freeze(self) -> datetime:
        """Stops the clock."""
        return self._change(Frozen=True)

    def resume(self) -> datetime:
        """Lets a stopped clock run again."""
        return self._change(Frozen=False)

    def _change(self, **members: Any) -> datetime:
        return _time(self._connection.post(PATH, members))


def _time(clock: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(clock["Now"], timezone.utc)
