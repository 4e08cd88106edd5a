"""Verifies a token with pycognito.

Prints `ready` after the first verification. Then reads a count from each line, and prints the seconds of that
many verifications."""

import json
import sys
import time
import warnings

from pycognito import Cognito

warnings.simplefilter("ignore", DeprecationWarning)
pool_id, client_id, jwks, token = sys.argv[1:]
cognito = Cognito(
    pool_id,
    client_id,
    user_pool_region=pool_id.split("_")[0],
    access_key="unused",  # no request is sent
    secret_key="unused",
)
cognito.pool_jwk = json.loads(jwks)
cognito.verify_token(token, "access_token", "access")
print("ready", flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    for _ in range(int(line)):
        cognito.verify_token(token, "access_token", "access")
    print(time.perf_counter() - start, flush=True)
