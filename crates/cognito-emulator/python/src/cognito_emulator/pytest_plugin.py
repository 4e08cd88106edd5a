"""Pytest fixtures: one emulator for the session, which is reset before each test."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from . import Clock, CognitoEmulator, Pool, Tokens, User

# Variables of a developer or a build machine that must not affect tests.
REMOVED = (
    "AWS_ENDPOINT_URL",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
)

WATCH_EVERY = 0.2


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the settings of the configuration file."""
    parser.addini(
        "cognito_seed_file", "seed file of the emulator, by its path from the configuration file"
    )
    parser.addini("cognito_arguments", "further options of `cognito-emulator serve`", type="args")


@pytest.fixture(scope="session")
def cognito_emulator(pytestconfig: pytest.Config) -> Iterator[CognitoEmulator]:
    """The emulator of the session, or of a worker of pytest-xdist. Override it for other options."""
    seed_file = pytestconfig.getini("cognito_seed_file")
    directory = pytestconfig.inipath.parent if pytestconfig.inipath else pytestconfig.rootpath
    path = directory / seed_file if seed_file else None
    arguments = pytestconfig.getini("cognito_arguments")
    with CognitoEmulator(seed_file=path, arguments=arguments) as emulator:
        with _ended_with_parent(emulator, hasattr(pytestconfig, "workerinput")):
            yield emulator


@contextmanager
def _ended_with_parent(emulator: CognitoEmulator, is_worker: bool) -> Iterator[None]:
    """Stops the emulator of a pytest-xdist worker when the pytest process has ended.

    The worker itself continues for some seconds: execnet waits for the test to end.
    """
    ended, parent = threading.Event(), os.getppid()

    def watch() -> None:
        while not ended.wait(WATCH_EVERY):
            if os.getppid() != parent:
                emulator.stop()
                return

    if is_worker:
        threading.Thread(target=watch, daemon=True).start()
    yield
    ended.set()


@pytest.fixture
def cognito(
    cognito_emulator: CognitoEmulator, monkeypatch: pytest.MonkeyPatch
) -> CognitoEmulator:
    """The emulator in its state after the start; boto3 and other SDKs call it during the test."""
    cognito_emulator.reset()
    for name in REMOVED:
        monkeypatch.delenv(name, raising=False)
    for name, value in cognito_emulator.env().items():
        monkeypatch.setenv(name, value)
    return cognito_emulator


@pytest.fixture
def cognito_pool(cognito: CognitoEmulator) -> Pool:
    """The first pool of the seed file."""
    return cognito.pool


@pytest.fixture
def cognito_user(cognito_pool: Pool) -> Callable[..., User]:
    """Creates confirmed users: ``cognito_user("alice", groups=["admins"])``."""
    return cognito_pool.create_user


@pytest.fixture
def cognito_tokens(cognito_pool: Pool) -> Callable[..., Tokens]:
    """Issues tokens without a sign-in: ``cognito_tokens("alice", {"scope": "orders/read"})``."""
    return cognito_pool.tokens


@pytest.fixture
def cognito_code(cognito_pool: Pool) -> Callable[[User | str], str]:
    """Returns the last code that was sent to a user: ``cognito_code("alice")``."""
    return cognito_pool.code


@pytest.fixture
def cognito_clock(cognito: CognitoEmulator) -> Clock:
    """The clock for the expiration of codes and tokens."""
    return cognito.clock
