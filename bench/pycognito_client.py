"""Signs in with pycognito, which verifies the tokens.

Prints `ready` after the first sign-in. Then reads a count from each line, repeats the sign-in that often,
and prints the total time in seconds."""

import os
import sys
import time
import warnings

os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")

from pycognito import Cognito  # noqa: E402

warnings.simplefilter("ignore", DeprecationWarning)
endpoint, pool_id, client_id, username, password = sys.argv[1:]
cognito = Cognito(
    pool_id, client_id, username=username, boto3_client_kwargs={"endpoint_url": endpoint}
)
cognito.authenticate(password)
print("ready", flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    for _ in range(int(line)):
        cognito.authenticate(password)
    print(time.perf_counter() - start, flush=True)
