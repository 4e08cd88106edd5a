"""Tests of the fixtures, in separate pytest sessions."""

import pytest

pytest_plugins = ["pytester"]

TESTS = """
import os
import boto3
import pytest

@pytest.mark.parametrize("number", range(200))
def test_state_is_that_of_the_seed(cognito, cognito_user, number):
    assert boto3 and cognito.pool.call("ListUsers")["Users"] == []
    cognito_user("alice")
"""


def test_200_tests_with_a_reset_each_are_fast(
    pytester: pytest.Pytester, capsys: pytest.CaptureFixture[str]
) -> None:
    pytester.makepyfile(TESTS)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=200)
    with capsys.disabled():
        print(f"\n200 tests with a reset each: {result.duration:.1f} s")
    # The goal is 5 s on an idle machine.
    assert result.duration < 60


def test_each_worker_of_xdist_has_an_emulator(pytester: pytest.Pytester) -> None:
    # Each test writes its URL: every worker gets some tests at the start, and the rest by its speed.
    pytester.makepyfile(
        TESTS
        + """
@pytest.fixture(autouse=True)
def recorded(cognito):
    import pathlib
    with pathlib.Path("urls").open("a") as urls:
        urls.write(cognito.url + "\\n")
"""
    )
    result = pytester.runpytest_subprocess("-n", "4")
    result.assert_outcomes(passed=200)
    urls = set((pytester.path / "urls").read_text().split())
    assert len(urls) == 4


def test_boto3_calls_the_emulator_in_tests_with_the_fixture(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"):
        monkeypatch.setenv(name, "of-the-developer")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", raising=False)
    pytester.makepyfile(
        """
import os
import boto3

VARIABLE = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"

def test_with(cognito):
    assert os.environ[VARIABLE] == cognito.url
    pools = boto3.client("cognito-idp").list_user_pools(MaxResults=1)["UserPools"]
    assert [pool["Id"] for pool in pools] == [cognito.pool.id]
    assert "of-the-developer" not in os.environ.values() and "AWS_ENDPOINT_URL" not in os.environ
    assert os.environ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] == "false"

def test_without():
    assert VARIABLE not in os.environ and os.environ["AWS_PROFILE"]
"""
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_seed_file_and_options_are_settings(pytester: pytest.Pytester) -> None:
    pytester.makefile(".json", seed='{"Pools": [{"Id": "eu-west-1_Shop", "Clients": [{}]}]}')
    pytester.makeini("[pytest]\ncognito_seed_file = seed.json\ncognito_arguments = --log --seed 7\n")
    pytester.makepyfile(
        """
def test_pool(cognito, cognito_pool):
    assert cognito_pool.id == "eu-west-1_Shop" and len(cognito_pool.clients) == 1
    assert len(cognito_pool.client.id) == 26
"""
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_missing_seed_file_is_named(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ncognito_seed_file = missing.json\n")
    pytester.makepyfile("def test_pool(cognito): pass")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*cannot start the emulator: *missing.json*"])


def test_missing_program_ends_the_session_with_an_error(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGNITO_EMULATOR_PROGRAM", "/no/such/program")
    pytester.makepyfile("def test_pool(cognito): pass")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*cannot run /no/such/program*"])
