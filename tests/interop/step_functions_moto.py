"""Tests workers of `cognito job worker --queue` against moto. The state machine of the guide runs in moto's
interpreter, sends parts with task tokens to a queue, and receives heartbeats and results.

Usage: step_functions_moto.py ENDPOINT PROGRAM STATE_MACHINE
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3
import steps
from steps import step

ENDPOINT, PROGRAM, STATE_MACHINE = sys.argv[1].rstrip("/"), sys.argv[2], sys.argv[3]
USERS, PARTS = 60, 8
ROLE = "arn:aws:iam::123456789012:role/jobs"

home = tempfile.TemporaryDirectory(prefix="cognito-")
clients = {
    name: boto3.client(name, region_name=steps.REGION, endpoint_url=ENDPOINT)
    for name in ["cognito-idp", "sqs", "stepfunctions"]
}
idp, sqs, machines = clients.values()
POOL = idp.create_user_pool(PoolName="shop")["UserPool"]["Id"]
QUEUE = sqs.create_queue(QueueName="parts")["QueueUrl"]
ENVIRONMENT = steps.environment(home.name, ENDPOINT, POOL, AWS_ENDPOINT_URL=ENDPOINT)


def definition(heartbeat):
    """Returns the state machine of the guide with another heartbeat timeout."""
    with open(STATE_MACHINE, encoding="utf-8") as file:
        text = file.read()
    text, replaced = re.subn(r'"HeartbeatSeconds": \d+', f'"HeartbeatSeconds": {heartbeat}', text)
    assert replaced == 1
    return text


def execution(name, job, heartbeat=120):
    """Starts an execution of the state machine with all parts of a job."""
    machine = machines.create_state_machine(
        name=name, definition=definition(heartbeat), roleArn=ROLE
    )["stateMachineArn"]
    parts = [f"{number}/{PARTS}" for number in range(1, PARTS + 1)]
    text = json.dumps({"job": job, "queue": QUEUE, "parts": parts})
    return machines.start_execution(stateMachineArn=machine, input=text)["executionArn"]


def ended(arn):
    """Waits for the end of an execution."""
    return wait_for(
        lambda: (state := machines.describe_execution(executionArn=arn))["status"] != "RUNNING"
        and state
    )


def worker(*command, rate="500", idle="8", lease="3"):
    """Starts a worker."""
    arguments = [PROGRAM, "job", "worker", "--queue", QUEUE, "--until-idle", idle, "--lease", lease]
    arguments += ["--workers", "1", "--yes", "--output", "json", "--", *command]
    arguments += ["--reserve", "0", "--rate", f"UserUpdate={rate}"]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        arguments, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, env=ENVIRONMENT,
        cwd=home.name, text=True
    )


def finish(process, code=0):
    """Waits for the end of a worker, and returns its report and its messages."""
    output, errors = process.communicate(timeout=180)
    assert process.returncode == code, (process.returncode, errors)
    return (json.loads(output) if output else None), errors


def disabled():
    """Returns the number of disabled users."""
    pages = idp.get_paginator("list_users").paginate(UserPoolId=POOL)
    return sum(not user["Enabled"] for page in pages for user in page["Users"])


def wait_for(value):
    """Waits until a value is true, and returns it."""
    end = time.monotonic() + 120
    while not (found := value()):
        assert time.monotonic() < end, "timeout: the value is still false"
        time.sleep(0.1)
    return found


settings = json.dumps({"stepfunctions": {"execute_state_machine": True}}).encode()
urllib.request.urlopen(f"{ENDPOINT}/moto-api/config", settings)
for number in range(USERS):
    idp.admin_create_user(UserPoolId=POOL, Username=f"user{number:02}", MessageAction="SUPPRESS")

with step("two workers take all parts of a distributed map"):
    arn = execution("two", "leavers")
    reports = [finish(process)[0] for process in [worker("users", "disable", "--all") for _ in "12"]]
    state = ended(arn)
    assert state["status"] == "SUCCEEDED", state
    outcomes = [part["outcomes"] for part in json.loads(state["output"])]
    assert len(outcomes) == PARTS and sum(part["done"] for part in outcomes) == USERS, outcomes
    assert sum(report["done"] for report in reports) == USERS, reports
    assert sum(report["parts"] for report in reports) == PARTS, reports
    assert disabled() == USERS

with step("the part of a worker that is killed is sent again, and resumed by its journal"):
    arn = execution("killed", "returners", heartbeat=6)
    killed = worker("users", "enable", "--all", rate="5")
    wait_for(lambda: disabled() <= USERS - 3)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    before = disabled()
    assert 0 < before < USERS, before
    report, notes = finish(worker("users", "enable", "--all", idle="30"))
    state = ended(arn)
    assert state["status"] == "SUCCEEDED", (state, notes)
    assert disabled() == 0
    outcomes = [part["outcomes"] for part in json.loads(state["output"])]
    assert sum(part["done"] for part in outcomes) == USERS, outcomes

with step("a worker that is interrupted gives its part back"):
    arn = execution("interrupted", "again")
    stopped = worker("users", "disable", "--all", rate="5")
    wait_for(lambda: disabled() >= 3)
    stopped.send_signal(signal.SIGINT)
    finish(stopped, code=75)
    report, notes = finish(worker("users", "disable", "--all"))
    state = ended(arn)
    assert state["status"] == "SUCCEEDED", (state, notes)
    assert (disabled(), report["parts"]) == (USERS, PARTS), report

with step("the concurrency of a run is changed while it runs"):
    arn = execution("concurrency", "faster")
    run = wait_for(lambda: machines.list_map_runs(executionArn=arn)["mapRuns"])[0]["mapRunArn"]
    machines.update_map_run(mapRunArn=run, maxConcurrency=2)
    assert machines.describe_map_run(mapRunArn=run)["maxConcurrency"] == 2
    finish(worker("users", "enable", "--all"))
    assert ended(arn)["status"] == "SUCCEEDED"
    assert disabled() == 0

with step("a part of other work is refused, and not sent again"):
    # The job's directory already has these parts, from a change of other users.
    arn = execution("wrong", "leavers")
    report, notes = finish(worker("users", "enable", "--all"))
    assert notes.count("has other work") == PARTS, notes
    assert (disabled(), report["parts"]) == (0, 0), report
    # On AWS the execution fails. moto ends it with success, without results of the failed parts.
    state = ended(arn)
    assert state["status"] == "SUCCEEDED", state
    assert json.loads(state["output"]) == [None] * PARTS, state

home.cleanup()
