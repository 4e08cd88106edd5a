"""Tests of the context manager and its handles."""

import base64
import json
import os
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from cognito_emulator import CognitoEmulator, CognitoError, EmulatorError, Pool


@pytest.fixture
def emulator(cognito: CognitoEmulator) -> CognitoEmulator:
    return cognito


def test_default_pool_has_fixed_ids(emulator: CognitoEmulator) -> None:
    assert emulator.pool.id == "us-east-1_Example01"
    assert emulator.pool.client.id == "1example23456789"
    assert emulator.pool.client.secret is None
    assert emulator.https_url is None and emulator.ca is None


def test_seed_replaces_the_default_pool() -> None:
    client = {"ClientId": "a1", "ClientName": "web", "ClientSecret": "s3cret"}
    seed = {"Pools": [{"Id": "eu-west-1_Shop", "Clients": [client]}]}
    with CognitoEmulator(seed=seed) as emulator:
        assert [pool.id for pool in emulator.pools] == ["eu-west-1_Shop"]
        assert emulator.env()["AWS_DEFAULT_REGION"] == "eu-west-1"
        web = emulator.pool.client
        assert (web.id, web.name, web.secret) == ("a1", "web", "s3cret")
        assert len(web.secret_hash("alice")) == 44
        assert "s3cret" not in repr(web)


def test_rejected_seed_is_reported_with_its_entry() -> None:
    seed = {"Pools": [{"Users": [{"Username": ""}]}]}
    with pytest.raises(EmulatorError, match=r"Pools\[0\].Users\[0\]"):
        CognitoEmulator(seed=seed).start()


def test_missing_program_is_reported() -> None:
    with pytest.raises(EmulatorError, match="cannot run /no/such/program"):
        CognitoEmulator(program="/no/such/program").start()


@pytest.mark.skipif(os.name == "nt", reason="needs Unix")
@pytest.mark.parametrize("other", ["echo", "true"])
def test_other_program_is_reported(other: str) -> None:
    with pytest.raises(EmulatorError, match=f"{other} printed no address"):
        CognitoEmulator(program=other).start()


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
def test_program_that_is_never_ready_is_ended(tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    with pytest.raises(EmulatorError, match="not ready within 0.2 s"):
        CognitoEmulator(program=slow, timeout=0.2).start()


def test_stopped_emulator_raises_an_error() -> None:
    emulator = CognitoEmulator()
    with emulator:
        pass
    with pytest.raises(EmulatorError, match="is not running"):
        emulator.url  # noqa: B018
    with pytest.raises(EmulatorError, match="is not running"):
        emulator.create_user("alice")
    emulator.stop()


def test_running_emulator_is_used_and_left_running(emulator: CognitoEmulator) -> None:
    emulator.pool.create_client(ClientName="web", GenerateSecret=True)
    emulator.create_pool()
    with CognitoEmulator.connect(f"{emulator.url}/") as connected:
        assert connected.url == emulator.url and connected.env() == emulator.env()
        assert {pool.id for pool in connected.pools} == {pool.id for pool in emulator.pools}
        (pool,) = [pool for pool in connected.pools if pool.id == emulator.pool.id]
        assert set(pool.clients) == set(emulator.pool.clients) and pool.issuer == emulator.pool.issuer
        alice = pool.create_user("alice")
        assert connected.tokens(alice).refresh_token
        connected.reset()
        assert [pool.id for pool in connected.pools] == [emulator.pool.id]
        with pytest.raises(EmulatorError, match="did not start the emulator"):
            connected.log()
    assert emulator.clock.now


def test_address_without_an_emulator_is_reported() -> None:
    with pytest.raises(EmulatorError, match="http://127.0.0.1:9 does not respond"):
        CognitoEmulator.connect("http://127.0.0.1:9")


def test_users_have_groups_attributes_and_a_password(emulator: CognitoEmulator) -> None:
    alice = emulator.create_user("alice", groups=["admins", "staff"], attributes={"name": "Alice"})
    user = emulator.pool.call("AdminGetUser", Username="alice")
    attributes = {a["Name"]: a["Value"] for a in user["UserAttributes"]}
    assert user["UserStatus"] == "CONFIRMED" and attributes["sub"] == alice.sub
    assert attributes["name"] == "Alice" and attributes["email"] == "alice@example.com"
    groups = emulator.pool.call("AdminListGroupsForUser", Username="alice")["Groups"]
    assert {group["GroupName"] for group in groups} == {"admins", "staff"}
    signed_in = emulator.call(
        "InitiateAuth",
        ClientId=emulator.pool.client.id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice", "PASSWORD": alice.password},
    )
    assert signed_in["AuthenticationResult"]["AccessToken"]


def test_user_whose_name_is_an_address_has_this_address(emulator: CognitoEmulator) -> None:
    pool = emulator.create_pool(UsernameAttributes=["email"])
    pool.create_user("alice@shop.example")
    assert pool.call("AdminGetUser", Username="alice@shop.example")["UserStatus"] == "CONFIRMED"


def test_reset_returns_to_the_seed(emulator: CognitoEmulator) -> None:
    emulator.create_user("alice")
    second = emulator.create_pool(client={"GenerateSecret": True})
    emulator.pool.create_client(ClientName="other")
    assert second in emulator.pools and second.client.secret
    emulator.reset()
    assert [pool.id for pool in emulator.pools] == ["us-east-1_Example01"]
    assert [client.name for client in emulator.pool.clients] == ["tests"]
    with pytest.raises(CognitoError) as rejected:
        emulator.pool.call("AdminGetUser", Username="alice")
    assert rejected.value.code == "UserNotFoundException"


def test_tokens_carry_claims(emulator: CognitoEmulator) -> None:
    alice = emulator.create_user("alice", groups=["admins"])
    tokens = alice.tokens({"custom:tenant": "t1"})
    assert tokens.refresh_token and tokens.authorization["Authorization"].startswith("Bearer ey")
    assert payload(tokens.access_token)["cognito:groups"] == ["admins"]
    assert payload(tokens.id_token)["custom:tenant"] == "t1"
    assert payload(tokens.id_token)["iss"] == emulator.pool.issuer
    stranger = emulator.tokens("nobody", {"scope": "orders/read"})
    assert payload(stranger.access_token)["scope"] == "orders/read"
    assert stranger.refresh_token is None


@pytest.mark.parametrize("alias", ["UsernameAttributes", "AliasAttributes"])
def test_tokens_name_the_user_as_a_sign_in_does(emulator: CognitoEmulator, alias: str) -> None:
    names: dict[str, Any] = {alias: ["email"]}
    pool = emulator.create_pool(**names)
    name = "alice@shop.example" if alias == "UsernameAttributes" else "alice"
    alice = pool.create_user(name, attributes={"email": "alice@shop.example"})
    parameters = {"USERNAME": "alice@shop.example", "PASSWORD": alice.password}
    signed_in = emulator.call(
        "InitiateAuth",
        ClientId=pool.client.id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters=parameters,
    )["AuthenticationResult"]
    expected = naming(signed_in["AccessToken"], signed_in["IdToken"])
    for tokens in (alice.tokens(), pool.tokens("alice@shop.example")):
        assert naming(tokens.access_token, tokens.id_token) == expected
    assert expected == [alice.username, alice.username, alice.sub, alice.sub]


def naming(access_token: str, id_token: str) -> list[object]:
    access, id = payload(access_token), payload(id_token)
    return [access["username"], id["cognito:username"], access["sub"], id["sub"]]


def payload(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def test_codes_and_messages(emulator: CognitoEmulator, cognito_pool: Pool) -> None:
    alice = emulator.create_user("alice")
    cognito_pool._connection.call(
        "ForgotPassword", {"ClientId": cognito_pool.client.id, "Username": "alice"}
    )
    assert emulator.code("alice") == alice.code() == emulator.outbox()[-1].code
    assert emulator.outbox()[-1].kind == "ForgotPassword"
    with pytest.raises(EmulatorError, match="no message was sent"):
        emulator.code("bob")


def test_clock_is_moved_and_frozen(emulator: CognitoEmulator) -> None:
    clock = emulator.clock
    moment = datetime(2031, 5, 1, tzinfo=timezone.utc)
    clock.freeze()
    assert clock.is_frozen and clock.set(moment) == moment
    assert clock.advance(timedelta(days=1)) == clock.now == moment + timedelta(days=1)
    for part in (0.5, timedelta(milliseconds=1)):
        with pytest.raises(ValueError, match="whole seconds"):
            clock.advance(part)
    clock.resume()
    assert not clock.is_frozen


def test_faults_are_planned_and_cleared(emulator: CognitoEmulator) -> None:
    emulator.faults.plan("GetUser", "Exception", Name="OddException", Message="odd")
    assert emulator.faults.planned()[0]["Operation"] == "GetUser"
    with pytest.raises(CognitoError, match="GetUser: OddException: odd"):
        emulator.call("GetUser", AccessToken="any")
    assert [(r.operation, r.error) for r in emulator.requests()] == [("GetUser", "OddException")]
    emulator.faults.plan("GetUser", "Throttled")
    emulator.faults.clear()
    assert emulator.faults.planned() == []


def test_log_of_the_program_can_be_read() -> None:
    with CognitoEmulator(arguments=["--log"]) as emulator:
        emulator.call("ListUserPools", MaxResults=1)
        limit = time.monotonic() + 5
        while "ListUserPools 200" not in emulator.log():
            assert time.monotonic() < limit, emulator.log()
            time.sleep(0.01)


def test_proxies_of_the_environment_are_not_used(
    emulator: CognitoEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert emulator.clock.now
