"""Exports the users of a pool with boto3's paginator.

Prints `ready` after the first export. Then reads a count from each line, repeats the export that
often, and prints the total time in seconds. With several connections, threads list the users by the first digit of their ids."""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

endpoint, pool_id, output, connections = sys.argv[1:]
connections = int(connections)
client = boto3.client(
    "cognito-idp",
    endpoint_url=endpoint,
    region_name=pool_id.split("_")[0],
    aws_access_key_id="test",
    aws_secret_access_key="test",
    # Enough attempts to finish an export that is throttled.
    config=Config(max_pool_connections=connections, retries={"mode": "standard", "max_attempts": 20}),
)
filters = [{"Filter": f'sub ^= "{digit:x}"'} for digit in range(16)] if connections > 1 else [{}]


def row(user):
    attributes = {attribute["Name"]: attribute["Value"] for attribute in user["Attributes"]}
    return {
        "username": user["Username"],
        "sub": attributes.pop("sub"),
        "status": user["UserStatus"],
        "enabled": user["Enabled"],
        "created": user["UserCreateDate"].isoformat(),
        "modified": user["UserLastModifiedDate"].isoformat(),
        "attributes": attributes,
    }


def export():
    def listed(filtered):
        pages = client.get_paginator("list_users").paginate(
            UserPoolId=pool_id, PaginationConfig={"PageSize": 60}, **filtered
        )
        users = 0
        for page in pages:
            users += len(page["Users"])
            file.write("".join(json.dumps(row(user)) + "\n" for user in page["Users"]))
        return users

    with open(output, "w") as file, ThreadPoolExecutor(connections) as threads:
        users = sum(threads.map(listed, filters))
    os.remove(output)
    pool = client.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    assert users == pool["EstimatedNumberOfUsers"], "the number of exported users is wrong"


export()
print("ready", flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    for _ in range(int(line)):
        export()
    print(time.perf_counter() - start, flush=True)
