"""Tests of an application with the fixtures of cognito-emulator."""

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from orders import Accounts


@pytest.fixture
def accounts(cognito_pool):
    return Accounts(cognito_pool.id, cognito_pool.client.id)


def test_customer_registers_and_signs_in(accounts, cognito_code):
    accounts.register("carol", "Correct-horse1", "carol@example.com")
    accounts.confirm("carol", cognito_code("carol"))
    token = accounts.sign_in("carol", "Correct-horse1")
    assert accounts.email(token) == "carol@example.com"


def test_wrong_password_is_rejected(accounts, cognito_user):
    cognito_user("alice")
    with pytest.raises(ClientError, match="Incorrect username or password"):
        accounts.sign_in("alice", "Wrong-horse1")


def test_admins_are_listed(accounts, cognito_user):
    cognito_user("alice", groups=["admins"])
    cognito_user("bob", groups=["customers"])
    assert accounts.admins() == ["alice"]


def test_token_without_a_sign_in(accounts, cognito_user, cognito_tokens):
    alice = cognito_user("alice", attributes={"email": "alice@shop.example"})
    assert accounts.email(cognito_tokens(alice).access_token) == "alice@shop.example"


def test_token_expires(accounts, cognito_user, cognito_clock):
    cognito_user("alice")
    token = accounts.sign_in("alice", "Correct-horse1")
    cognito_clock.advance(timedelta(hours=2))
    with pytest.raises(ClientError, match="Access Token has expired"):
        accounts.email(token)


def test_throttling_is_retried(accounts, cognito, cognito_user):
    cognito_user("alice")
    cognito.faults.plan("InitiateAuth", "Throttled")
    assert accounts.sign_in("alice", "Correct-horse1")
    statuses = [r.status for r in cognito.requests() if r.operation == "InitiateAuth"]
    assert statuses == [400, 200]
