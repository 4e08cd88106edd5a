"""Tests with Amazon S3 by moto, and Amazon Cognito by cognito-emulator."""

import boto3
from moto import mock_aws


@mock_aws
def test_avatar_of_a_user_is_stored(cognito_pool, cognito_user):
    alice = cognito_user("alice")
    s3 = boto3.client("s3")  # moto
    s3.create_bucket(Bucket="avatars")
    s3.put_object(Bucket="avatars", Key=alice.sub, Body=b"png")

    cognito = boto3.client("cognito-idp")  # the emulator
    picture = [{"Name": "picture", "Value": f"avatars/{alice.sub}"}]
    cognito.admin_update_user_attributes(
        UserPoolId=cognito_pool.id, Username="alice", UserAttributes=picture
    )

    user = cognito.admin_get_user(UserPoolId=cognito_pool.id, Username="alice")
    assert picture[0] in user["UserAttributes"]
    assert s3.get_object(Bucket="avatars", Key=alice.sub)["Body"].read() == b"png"
