"""The handle of an emulator."""

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from .clock import Clock
from .connection import Connection
from .errors import EmulatorError
from .faults import Faults
from .pools import DEFAULT_PASSWORD, Pool, User, app_client
from .process import Process, find_program
from .records import Message, Request, Tokens

DEFAULT_SEED_FILE = Path(__file__).with_name("seed.json")


class CognitoEmulator:
    """An emulator of Amazon Cognito user pools in a separate process.

    It starts with the pools of ``seed_file`` or ``seed``; by default with the pool
    ``us-east-1_Example01``, whose app client ``1example23456789`` allows every flow. ``arguments`` are
    further options of ``cognito-emulator serve``.

    >>> with CognitoEmulator() as cognito:
    ...     alice = cognito.pool.create_user("alice", groups=["admins"])
    ...     token = alice.tokens().access_token
    """

    def __init__(
        self,
        *,
        seed_file: str | os.PathLike[str] | None = None,
        seed: Mapping[str, Any] | None = None,
        tls: bool = False,
        arguments: Sequence[str] = (),
        program: str | os.PathLike[str] | None = None,
        timeout: float = 20.0,
    ) -> None:
        if seed_file is not None and seed is not None:
            raise ValueError("pass seed_file or seed, not both")
        self._seed_file = seed_file if seed_file is not None else DEFAULT_SEED_FILE
        self._seed = seed
        self._arguments = [*(["--tls"] if tls else []), *arguments]
        self._program = program
        self._timeout = timeout
        self._process: Process | None = None
        self._ready: Mapping[str, Any] | None = None
        self._seeded: list[Pool] = []
        self._created: list[Pool] = []

    @classmethod
    def connect(cls, url: str) -> "CognitoEmulator":
        """Connects to a running emulator, such as one in a container, by its http address.

        ``stop`` does not stop it, and ``reset`` resets it for all clients.

        Raises:
            EmulatorError: It does not respond, or its test interface is off.
        """
        emulator = cls()
        emulator._use({"url": url.rstrip("/")})
        return emulator

    def start(self) -> "CognitoEmulator":
        """Starts the program and waits until it is ready.

        Raises:
            EmulatorError: The program is missing, rejects an option or the seed, or is not ready in
                time.
        """
        if self._ready is None:
            program = os.fspath(self._program or find_program())
            with self._seed_path() as path:
                arguments = ["--seed-file", path, *self._arguments]
                self._process = Process(program, arguments, self._timeout)
            self._use(self._process.ready)
        return self

    def _use(self, ready: Mapping[str, Any]) -> None:
        ending = self._process.ending if self._process else str
        self._connection = Connection(ready["url"], ending)
        self._seeded = self._read_pools()
        self._ready = ready

    def _read_pools(self) -> list[Pool]:
        """Returns the existing pools. Objects of known pools are reused."""
        known = {pool.id: pool for pool in self._seeded}
        pools = []
        for read in self._connection.get("/_emulator/pools"):
            pool = known.get(read["Id"]) or Pool(self._connection, read["Id"], [])
            pool.clients[:] = map(app_client, read["Clients"])
            pools.append(pool)
        return pools

    @contextmanager
    def _seed_path(self) -> Iterator[str]:
        if self._seed is None:
            yield os.fspath(self._seed_file)
            return
        with tempfile.TemporaryDirectory(prefix="cognito-emulator-") as directory:
            path = Path(directory, "seed.json")
            path.write_text(json.dumps(self._seed), encoding="utf-8")
            yield str(path)

    def stop(self) -> None:
        """Stops the program, if ``start`` started it."""
        if self._process is not None:
            self._process.stop()
        self._process = self._ready = None
        self._seeded, self._created = [], []

    def __enter__(self) -> "CognitoEmulator":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def _running(self) -> Process:
        if self._process is None:
            raise EmulatorError("this object did not start the emulator, so it has no process")
        return self._process

    def _check_running(self) -> Mapping[str, Any]:
        if self._ready is None:
            raise EmulatorError("the emulator is not running; call start, or use it in a with statement")
        return self._ready

    @property
    def url(self) -> str:
        """The address over http."""
        return str(self._check_running()["url"])

    @property
    def https_url(self) -> str | None:
        """The address over https, with ``tls``."""
        return self._check_running().get("https_url")

    @property
    def ca(self) -> str | None:
        """The file with the CA certificate for https clients."""
        return self._check_running().get("ca")

    @property
    def pid(self) -> int:
        """The id of the process, if ``start`` started it."""
        return self._running.pid

    @property
    def pools(self) -> list[Pool]:
        """The pools of the seed file (or found by ``connect``), and those of ``create_pool``."""
        self._check_running()
        return [*self._seeded, *self._created]

    @property
    def pool(self) -> Pool:
        """The first pool."""
        if not self.pools:
            raise LookupError("the seed file has no pool; call create_pool")
        return self.pools[0]

    def env(self) -> dict[str, str]:
        """Returns the environment variables with which AWS SDKs call the emulator, without a proxy."""
        region = self.pools[0].region if self.pools else "us-east-1"
        without_proxy = {
            name: ",".join(filter(None, [os.environ.get(name), urlsplit(self.url).hostname]))
            for name in ("NO_PROXY", "no_proxy")
        }
        return {
            **without_proxy,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY": self.url,
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": self.url,
            # If this variable is true, SDKs send requests to AWS.
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        }

    def reset(self) -> None:
        """Resets the emulator to its state after the start, and the clock to the system time."""
        self._check_running()
        self._connection.post("/_emulator/reset", {})
        self._created.clear()
        self._seeded = self._read_pools()

    def call(self, operation: str, **members: Any) -> dict[str, Any]:
        """Runs an operation of the API, such as ``ListUserPools``.

        Raises:
            CognitoError: The operation was rejected.
        """
        return self._connection.call(operation, members)

    def create_pool(self, *, client: Mapping[str, Any] | None = None, **members: Any) -> Pool:
        """Creates a pool (CreateUserPool) with one app client (CreateUserPoolClient)."""
        members = {"PoolName": "tests", "AutoVerifiedAttributes": ["email"], **members}
        pool = Pool(self._connection, self.call("CreateUserPool", **members)["UserPool"]["Id"], [])
        pool.create_client(**(client or {}))
        self._created.append(pool)
        return pool

    def create_user(
        self,
        username: str,
        password: str = DEFAULT_PASSWORD,
        *,
        groups: Iterable[str] = (),
        attributes: Mapping[str, str] | None = None,
    ) -> User:
        """Creates a user in the first pool, like ``Pool.create_user``."""
        return self.pool.create_user(username, password, groups=groups, attributes=attributes)

    def tokens(self, user: User | str, claims: Mapping[str, Any] | None = None) -> Tokens:
        """Issues tokens of the first pool without a sign-in, like ``Pool.tokens``."""
        return self._pool_of(user).tokens(user, claims)

    def code(self, user: User | str) -> str:
        """Returns the code of the last message to a user of the first pool."""
        return self._pool_of(user).code(user)

    def _pool_of(self, user: User | str) -> Pool:
        return user.pool if isinstance(user, User) else self.pool

    def outbox(self) -> list[Message]:
        """Returns all messages that the service would have sent, oldest first."""
        return [Message.from_json(message) for message in self._connection.get("/_emulator/outbox")]

    def requests(self) -> list[Request]:
        """Returns the request log of the application, oldest first."""
        return [Request.from_json(request) for request in self._connection.get("/_emulator/requests")]

    @property
    def clock(self) -> Clock:
        """The clock for the expiration of codes and tokens."""
        return Clock(self._connection)

    @property
    def faults(self) -> Faults:
        """The faults to inject."""
        return Faults(self._connection)

    def log(self) -> str:
        """Returns the last lines of the program's standard error; with ``--log``, all requests."""
        return self._running.log()
