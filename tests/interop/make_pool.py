"""Makes a user pool with an app client through boto3 and prints their ids.

Usage: make_pool.py ENDPOINT [secret]

Prints the pool's id, the client's id and, if asked for, the client's secret, one a line.
"""

import sys

import boto3

idp = boto3.client(
    "cognito-idp",
    region_name="us-east-1",
    endpoint_url=sys.argv[1],
    aws_access_key_id="test",
    aws_secret_access_key="test",
)
pool = idp.create_user_pool(
    PoolName="interop", AutoVerifiedAttributes=["email"], MfaConfiguration="OPTIONAL"
)["UserPool"]["Id"]
client = idp.create_user_pool_client(
    UserPoolId=pool,
    ClientName="interop",
    GenerateSecret="secret" in sys.argv[2:],
    ExplicitAuthFlows=[
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
    ],
)["UserPoolClient"]
print(pool, client["ClientId"], client.get("ClientSecret", ""), sep="\n")
