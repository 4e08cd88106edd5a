"""Computes the SRP values of sign-ins with pycognito.

Prints `ready`. Then reads a count from each line, repeats the computation that often, and prints the total time
in seconds."""

import sys
import time
import warnings

from pycognito.aws_srp import AWSSRP

warnings.simplefilter("ignore", DeprecationWarning)
pool_id, username, password, salt, srp_b, secret_block = sys.argv[1:]
challenge = {
    "USER_ID_FOR_SRP": username,
    "SALT": salt,
    "SRP_B": srp_b,
    "SECRET_BLOCK": secret_block,
}
client = object()  # nothing is sent
print("ready", flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    for _ in range(int(line)):
        srp = AWSSRP(username, password, pool_id, "client-id", client=client)
        srp.process_challenge(challenge, srp.get_auth_params())
    print(time.perf_counter() - start, flush=True)
