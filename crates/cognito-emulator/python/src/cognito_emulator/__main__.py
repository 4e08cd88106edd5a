"""Runs the program: ``python -m cognito_emulator serve``."""

import os
import subprocess
import sys

from .errors import EmulatorError
from .process import find_program


def main() -> int:
    """Runs the program with the arguments of this process, and returns its exit code."""
    try:
        return _run([find_program(), *sys.argv[1:]])
    except EmulatorError as error:
        print(error, file=sys.stderr)
        return 1


def _run(command: list[str]) -> int:
    try:
        if os.name == "posix":
            os.execv(command[0], command)
        # On Windows, execv returns to the shell before the program ends.
        return subprocess.run(command).returncode
    except OSError as error:
        raise EmulatorError(f"cannot run {command[0]}: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
