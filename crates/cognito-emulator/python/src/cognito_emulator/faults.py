"""Fault injection, to test the retries and timeouts of an application."""

from typing import Any, Literal

from .connection import Connection

PATH = "/_emulator/faults"

Fault = Literal[
    "Throttled",
    "InternalError",
    "Exception",
    "ConnectionRefused",
    "ResponseLost",
    "ResponseTruncated",
    "Delayed",
]


class Faults:
    """Planned faults of future calls. A reset removes them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def plan(self, operation: str, fault: Fault, *, nth: int = 1, **members: Any) -> None:
        """Plans a fault for the nth call of an operation from now on.

        ``Exception`` takes ``Name`` and ``Message``, ``Delayed`` takes ``Milliseconds``.
        """
        plan = {"Operation": operation, "Nth": nth, "Fault": fault, **members}
        self._connection.post(PATH, plan)

    def planned(self) -> list[dict[str, Any]]:
        """Returns the planned faults."""
        return list(self._connection.get(PATH))

    def clear(self) -> None:
        """Removes all planned faults."""
        self._connection.delete(PATH)
