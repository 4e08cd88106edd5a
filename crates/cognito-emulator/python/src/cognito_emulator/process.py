"""The program ``cognito-emulator`` as a child process."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .errors import EmulatorError

PROGRAM = "cognito-emulator"
VARIABLE = "COGNITO_EMULATOR_PROGRAM"
STOP_WITHIN = 6.0


def find_program() -> str:
    """Returns the path of the program.

    The variable ``COGNITO_EMULATOR_PROGRAM`` comes first, then the scripts of this environment, then
    ``PATH``.

    Raises:
        EmulatorError: There is none.
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
    """The program where a wheel puts it: in an environment, of a user, or beside a target directory."""
    name = PROGRAM + (sysconfig.get_config_var("EXE") or "")
    yield Path(sysconfig.get_path("scripts")) / name
    yield Path(sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))) / name
    yield Path(sys.prefix) / "bin" / name
    # pip install --target
    yield Path(__file__).parent.parent / "bin" / name


class Process:
    """A running emulator. It ends with this process, also if this process is killed."""

    def __init__(self, program: str, arguments: Sequence[str], timeout: float) -> None:
        command = [program, "serve", "--ready-json", "--exit-with-stdin", *arguments]
        self._log = tempfile.TemporaryFile()
        try:
            # A pipe as the standard input, which the operating system closes when this process ends.
            self._child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log
            )
        except OSError as error:
            self._log.close()
            raise EmulatorError(f"cannot run {program}: {error}") from error
        self.pid = self._child.pid
        self.ready = self._read_ready(timeout)

    def _read_ready(self, timeout: float) -> dict[str, Any]:
        assert self._child.stdout is not None
        limit = threading.Timer(timeout, self._child.kill)
        limit.start()
        try:
            line = self._child.stdout.readline()
        finally:
            limit.cancel()
        try:
            return dict(json.loads(line))
        except ValueError:
            self._child.kill()
            self._child.wait()
            log = self.log().strip() or f"it was not ready within {timeout:g} s"
            self._close()
            raise EmulatorError(f"cannot start the emulator: {log}") from None

    def log(self) -> str:
        """Returns what the program has written to its standard error."""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def stop(self) -> None:
        """Ends the program and waits for it."""
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
        for stream in (self._child.stdin, self._child.stdout, self._log):
            if stream is not None:
                stream.close()
