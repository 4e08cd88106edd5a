"""Requests to the emulator, without dependencies."""

import http.client
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from .errors import CognitoError, EmulatorError

TIMEOUT = 30.0
SERVICE = "AWSCognitoIdentityProviderService"


class Connection:
    """Sends requests to one address, without the proxies of the environment."""

    def __init__(self, url: str, ending: Callable[[], str] = str) -> None:
        address = urlsplit(url)
        if address.hostname is None:
            raise EmulatorError(f"{url!r} is not a URL with a host, such as http://127.0.0.1:9229")
        self.url = url
        # Returns the reason why the program ended, or an empty string while it runs.
        self._ending = ending
        self._host = address.hostname
        self._port = address.port

    def call(self, operation: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """Runs an operation of the API."""
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"{SERVICE}.{operation}",
        }
        status, body = self._send("POST", "/", json.dumps(members), headers)
        if status >= 300:
            name = str(body.get("__type", status)).rpartition("#")[2]
            raise CognitoError(operation, name, str(body.get("message", "")))
        return dict(body)

    def get(self, path: str, **query: str) -> Any:
        """Fetches a document of the test interface or another path."""
        return self._request("GET", f"{path}?{urlencode(query)}" if query else path, None)

    def post(self, path: str, members: Mapping[str, Any]) -> Any:
        """Sends a change to the test interface."""
        return self._request("POST", path, json.dumps(members))

    def delete(self, path: str) -> None:
        """Clears a list of the test interface."""
        self._request("DELETE", path, None)

    def _request(self, method: str, target: str, body: str | None) -> Any:
        status, value = self._send(method, target, body, {})
        if status >= 300:
            message = value.get("message") if isinstance(value, dict) else None
            raise EmulatorError(message or f"{method} {target}: HTTP status {status}")
        return value

    def _send(
        self, method: str, target: str, body: str | None, headers: Mapping[str, str]
    ) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT)
        try:
            connection.request(method, target, body, dict(headers))
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = self._ending() or error
            raise EmulatorError(f"the emulator at {self.url} does not respond: {reason}") from error
        finally:
            connection.close()
