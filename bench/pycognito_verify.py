"""Verifies a token with pycognito: prints `ready` after the first time; then reads a count a line,
and prints the seconds that so many verifications took."""

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
    access_key="nothing",  # nothing is sent
    secret_key="is sent",
)
cognito.pool_jwk = json.loads(jwks)
cognito.verify_token(token, "access_token", "access")
print("ready", flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    for _ in range(int(line)):
        cognito.verify_token(token, "access_token", "access")
    print(time.perf_counter() - start, flush=True)
