"""The program ``cognito-emulator`` as a child process."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import threading
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from .errors import EmulatorError

PROGRAM = "cognito-emulator"
VARIABLE = "COGNITO_EMULATOR_PROGRAM"
STOP_WITHIN = 6.0
ENDS_WITHIN = 1.0
LOG_LINES = 10_000


def find_program() -> str:
    """Returns the path of the program.

    The order is: the variable ``COGNITO_EMULATOR_PROGRAM``, the scripts of this environment,
    ``PATH``.

    Raises:
        EmulatorError: The program is not installed.
    """
    if named := os.environ.get(VARIABLE):
        return named
    for path in _scripts():
        if path.is_file():
            return str(path)
    if found := shutil.which(PROGRAM):
        return found
    raise EmulatorError(
        f"the program {PROGRAM} is not installed; install the wheel {PROGRAM} for this platform, "
        f"or set {VARIABLE} to its path"
    )


def _scripts() -> Iterator[Path]:
    """Returns the paths where pip installs the program: environment, user and target directory."""
    name = PROGRAM + (sysconfig.get_config_var("EXE") or "")
    yield Path(sysconfig.get_path("scripts")) / name
    yield Path(sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))) / name
    yield Path(sys.prefix) / "bin" / name
    # pip install --target
    yield Path(__file__).parent.parent / "bin" / name


# Pipes that a forked process must close, or emulators would outlive their runner.
_pipes: "weakref.WeakSet[IO[bytes]]" = weakref.WeakSet()


def _close_pipes() -> None:
    for pipe in list(_pipes):
        pipe.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_pipes)


class Process:
    """A running emulator. It ends with this process, even if this process is killed."""

    def __init__(self, program: str, arguments: Sequence[str], timeout: float) -> None:
        self._program = program
        command = [program, "serve", "--ready-json", "--exit-with-stdin", *arguments]
        pipe = subprocess.PIPE
        try:
            # The operating system closes the pipe of the standard input when this process ends.
            self._child = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)
        except OSError as error:
            raise EmulatorError(f"cannot run {program}: {error}") from error
        assert self._child.stdin is not None
        _pipes.add(self._child.stdin)
        self.pid = self._child.pid
        self._lines: deque[bytes] = deque(maxlen=LOG_LINES)
        # A full pipe would block the program.
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        self.ready = self._read_ready(timeout)

    def _read_ready(self, timeout: float) -> dict[str, Any]:
        assert self._child.stdout is not None
        late = threading.Event()

        def end() -> None:
            late.set()
            self._child.kill()

        limit = threading.Timer(timeout, end)
        limit.start()
        try:
            line = self._child.stdout.readline()
        finally:
            limit.cancel()
        if (ready := _parse(line)) is not None:
            return ready
        self._child.kill()
        self._child.wait()
        self._reader.join()
        reason = f"{self._program} printed no address"
        if late.is_set():
            reason = f"the program was not ready within {timeout:g} s"
        reason = self.log().strip() or reason
        self._close()
        raise EmulatorError(f"cannot start the emulator: {reason}")

    def _read_log(self) -> None:
        assert self._child.stderr is not None
        self._lines.extend(self._child.stderr)

    def log(self) -> str:
        """Returns the last lines of the program's standard error."""
        return b"".join(self._lines.copy()).decode(errors="replace")

    def ending(self) -> str:
        """Returns the exit code and the last lines, or an empty string while the program runs."""
        # The connections of a killed program are reset before the system reports its end.
        try:
            code = self._child.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            return ""
        return f"the program exited with code {code}\n{self.log()}".rstrip()

    def stop(self) -> None:
        """Stops the program and waits for its end."""
        if self._child.poll() is None:
            assert self._child.stdin is not None
            self._child.stdin.close()
            try:
                self._child.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        self._close()

    def _close(self) -> None:
        self._reader.join()
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            if stream is not None:
                stream.close()


def _parse(line: bytes) -> dict[str, Any] | None:
    """Parses the ready line; returns ``None`` if another program printed it."""
    try:
        ready = json.loads(line)
    except ValueError:
        return None
    return ready if isinstance(ready, dict) and {"url", "pools"} <= ready.keys() else None
