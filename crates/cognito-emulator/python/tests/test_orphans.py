"""Emulators end within a second after the process that started them, however it ends."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cognito_emulator import CognitoEmulator, EmulatorError

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux")

START = """
import multiprocessing, pathlib, time
from cognito_emulator import CognitoEmulator

emulator = CognitoEmulator().start()
pathlib.Path("pid-1").write_text(str(emulator.pid))
"""

FORK = """
multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,)).start()
"""

TEST = """
import pathlib, time, pytest

@pytest.mark.parametrize("number", [1, 2])
def test_wait(cognito, number):
    pathlib.Path(f"pid-{number}").write_text(str(cognito.pid))
    time.sleep(60)
"""


def pid_in(file: Path) -> int:
    """Waits for a file with an id of a process, and returns the id."""
    limit = time.monotonic() + 30
    while not (file.exists() and file.read_text()):
        assert time.monotonic() < limit, f"{file} was not written"
        time.sleep(0.01)
    return int(file.read_text())


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    # A zombie waits for its new parent.
    return state != "Z"


def ends_within_a_second(pid: int) -> bool:
    limit = time.monotonic() + 1
    while is_running(pid) and time.monotonic() < limit:
        time.sleep(0.01)
    return not is_running(pid)


@pytest.mark.parametrize("fork", ["", FORK], ids=["alone", "with a forked process"])
def test_emulator_ends_with_a_killed_program(tmp_path: Path, fork: str) -> None:
    script = f"{START}{fork}\npathlib.Path('forked').write_text('1')\ntime.sleep(60)"
    runner = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path, start_new_session=True)
    try:
        pid, _ = pid_in(tmp_path / "pid-1"), pid_in(tmp_path / "forked")
        assert is_running(pid)
        runner.kill()
        assert ends_within_a_second(pid)
    finally:
        os.killpg(runner.pid, signal.SIGKILL)
        runner.wait()


@pytest.mark.parametrize("options", [["-n", "0"], ["-n", "2"]], ids=["pytest", "xdist"])
def test_emulator_ends_with_a_killed_pytest(tmp_path: Path, options: list[str]) -> None:
    (tmp_path / "test_wait.py").write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    quiet = subprocess.DEVNULL
    runner = subprocess.Popen(command, cwd=tmp_path, stdout=quiet, start_new_session=True)
    try:
        names = ["pid-1"] if options == ["-n", "0"] else ["pid-1", "pid-2"]
        pids = [pid_in(tmp_path / name) for name in names]
        assert all(map(is_running, pids))
        runner.kill()
        runner.wait()
        assert all(map(ends_within_a_second, pids))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(runner.pid, signal.SIGKILL)


def test_emulator_survives_an_interrupt_of_the_program() -> None:
    with CognitoEmulator() as emulator:
        os.kill(emulator.pid, signal.SIGINT)
        time.sleep(0.1)
        emulator.reset()


def test_end_of_the_program_is_reported() -> None:
    with CognitoEmulator() as emulator:
        os.kill(emulator.pid, signal.SIGKILL)
        assert ends_within_a_second(emulator.pid)
        with pytest.raises(EmulatorError, match="the program exited with code -9"):
            emulator.reset()


def test_emulator_ends_with_a_program_that_does_not_stop_it(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", START], cwd=tmp_path, check=True)
    assert ends_within_a_second(pid_in(tmp_path / "pid-1"))
