"""Tests the program `cognito` against moto: each administration command that moto supports, in pipes, on
terminals, interrupted and resumed.

Usage: program_moto.py ENDPOINT PROGRAM
"""

import fcntl
import json
import os
import pty
import signal
import subprocess
import sys
import tempfile
import termios
import time

import boto3
import steps
from steps import step

ENDPOINT, PROGRAM = sys.argv[1].rstrip("/"), sys.argv[2]
USERS = 130

home = tempfile.TemporaryDirectory(prefix="cognito-")
idp = boto3.client("cognito-idp", region_name=steps.REGION, endpoint_url=ENDPOINT)
POOL = idp.create_user_pool(PoolName="shop")["UserPool"]["Id"]
CLIENT = idp.create_user_pool_client(UserPoolId=POOL, ClientName="app")["UserPoolClient"]
ENVIRONMENT = steps.environment(
    home.name, ENDPOINT, POOL, COGNITO_CLIENT=CLIENT["ClientId"], COGNITO_TOKEN_STORE="file"
)
PROCESS = {"env": ENVIRONMENT, "cwd": home.name, "text": True}


def run(*arguments, code=0, text=""):
    """Runs the program without a terminal, and checks its exit code."""
    ran = subprocess.run(
        [PROGRAM, *arguments], input=text, capture_output=True, timeout=120, **PROCESS
    )
    assert ran.returncode == code, (arguments, ran.returncode, ran.stderr)
    return ran


def read(*arguments, **options):
    """Runs the program, and returns its parsed JSON output."""
    return json.loads(run(*arguments, "--output", "json", **options).stdout)


def start(*arguments, **options):
    """Starts the program in the background."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [PROGRAM, *arguments], stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, **PROCESS, **options
    )


def disabled():
    """Returns the number of disabled users."""
    pages = idp.get_paginator("list_users").paginate(UserPoolId=POOL)
    return sum(not user["Enabled"] for page in pages for user in page["Users"])


def wait_until(holds):
    """Waits until a change of another process is visible."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "timeout: the change is not visible"
        time.sleep(0.05)


with step("users and groups are created, changed and shown"):
    run("groups", "create", "staff", "--description", "All of us")
    run("users", "create", "alice", "-a", "email=alice@example.com", "--group", "staff")
    run("users", "set", "alice", "-a", "nickname=al")
    alice = read("users", "get", "alice")
    assert alice["attributes"] == {"email": "alice@example.com", "nickname": "al"}, alice
    assert alice["groups"] == ["staff"], alice
    members = read("groups", "members", "staff")
    assert [user["username"] for user in members] == ["alice"], members
    assert [group["name"] for group in read("groups", "of", "alice")] == ["staff"]
    run("users", "password", "alice", "--password-stdin", text="Correct-horse1")
    run("users", "disable", "alice")
    assert not read("users", "get", "alice")["enabled"]
    run("users", "enable", "alice")
    assert "cognito-idp:" not in run("users", "get", "nobody", code=4).stderr
    run("groups", "remove", "staff", "alice")
    run("users", "delete", "alice", code=2)  # without a terminal it needs --yes
    run("users", "delete", "alice", "--yes")

with step("app clients and pools are shown, compared and changed"):
    assert [client["name"] for client in read("clients", "list")] == ["app"]
    assert read("clients", "describe")["ClientName"] == "app"
    run("clients", "allow-cli-login", "--yes")
    assert "http://localhost:8765/callback" in read("clients", "describe")["CallbackURLs"]
    run("pool", "diff", "shop")
    reviewed = os.path.join(home.name, "reviewed.json")
    with open(reviewed, "w", encoding="utf-8") as file:
        file.write(run("pool", "describe", "--output", "json").stdout)
    run("pool", "diff", reviewed)

with step("many users are imported, listed in pages, exported, compared and audited"):
    lines = "".join(
        json.dumps({"username": f"user{number:03}", "groups": ["staff"], "attributes": {
            "email": f"user{number:03}@example.com"}}) + "\n" for number in range(USERS)
    )
    rates = ["--reserve", "0", "--rate", "UserCreation=500", "--rate", "UserUpdate=500"]
    report = read("users", "import", "-", "--yes", *rates, text=lines)
    assert (report["done"], report["failed"]) == (USERS, 0), report
    listed = run("users", "list", "--output", "jsonl").stdout.splitlines()
    assert len(listed) == USERS, len(listed)
    assert len(read("users", "search", "email^=user00")) == 10
    exported = read("users", "export", "users.jsonl")
    assert (exported["users"], exported["memberships"]) == (USERS, USERS), exported
    run("users", "diff", "users.jsonl")
    run("users", "disable", "user007")
    differing = read("users", "diff", "users.jsonl", code=10)
    assert [(row["user"], row["field"]) for row in differing] == [("user007", "enabled")], differing
    run("users", "enable", "user007")
    assert read("audit")["users"] == USERS

with step("a reader that closes its pipe ends a list quietly"):
    listing = start("users", "list", "--output", "csv")
    assert listing.stdout.readline().startswith("username,")
    listing.stdout.close()
    errors = listing.stderr.read()
    assert (listing.wait(60), errors) == (0, ""), errors

with step("an interrupt in a question changes nothing"):
    controller, terminal = pty.openpty()
    asking = subprocess.Popen(
        [PROGRAM, "users", "delete", "user000"], stdin=terminal, stdout=terminal, stderr=terminal,
        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), **PROCESS
    )
    os.close(terminal)
    shown = b""
    while b"to confirm: " not in shown:
        shown += os.read(controller, 4096)
    os.write(controller, b"\x03")
    assert asking.wait(60) == 130, shown
    os.close(controller)
    run("users", "get", "user000")

with step("a killed and an interrupted job are resumed, and change no user twice"):
    slow = ["--reserve", "0", "--rate", "UserUpdate=20"]
    job = start("users", "disable", "--all", "--yes", *slow)
    wait_until(lambda: disabled() > 3)
    job.kill()
    job.communicate()
    (left,) = (job for job in read("job", "list") if job["change"] == "disable")
    assert left["state"] == "stopped" and disabled() < USERS, left
    job = start("job", "resume", left["job"], *slow)
    before = disabled()
    wait_until(lambda: disabled() > before)
    job.send_signal(signal.SIGINT)
    _, errors = job.communicate()
    assert job.returncode == 75 and f"cognito job resume {left['job']}" in errors, errors
    report = read("job", "resume", left["job"], "--reserve", "0", "--rate", "UserUpdate=500")
    assert (report["done"], report["failed"]) == (USERS, 0), report
    assert disabled() == USERS

with step("an unknown pool, wrong files and missing credentials have codes of their own"):
    error = run("users", "list", "--pool", "us-east-1_Absent123", "--output", "json", code=4).stderr
    assert json.loads(error)["exit_code"] == 4, error
    run("users", "list", "--pool", "no-such-name", code=4)
    configuration = os.path.join(home.name, ".config/cognito/config.toml")
    os.makedirs(os.path.dirname(configuration))
    with open(configuration, "w", encoding="utf-8") as file:
        file.write("[contexts.dev]\npool = \n")
    assert "config.toml, line 2" in run("users", "list", code=2).stderr
    os.remove(configuration)
    # moto does not verify credentials, so this tests missing ones.
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del ENVIRONMENT[name]
    error = run("users", "list", "--output", "json", code=3).stderr
    assert json.loads(error)["code"] == "no_credentials", error

home.cleanup()
