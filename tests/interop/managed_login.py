"""Shared code of the Python scripts for clients of managed login; see managed_login.mjs."""

import html
import json
import re
import urllib.parse
import urllib.request

import requests

from steps import PASSWORD, Authenticator, claims, step

SCOPES = ["openid", "email"]
CALLBACK = "https://app.localhost:8443/callback"
LOGGED_OUT = "https://app.localhost:8443/"

# The field for the code of an authenticator app.
CODE_FIELD = "SOFTWARE_TOKEN_MFA_CODE"


class App:
    """An application: a pool, an app client that may use managed login, and the user alice."""

    redirect_uri, logout_uri, scopes = CALLBACK, LOGGED_OUT, SCOPES

    def __init__(self, endpoint, with_secret):
        self.endpoint = endpoint
        pool = self.call("CreateUserPool", PoolName="interop", MfaConfiguration="OPTIONAL")
        self.pool_id = pool["UserPool"]["Id"]
        self.call(
            "CreateIdentityProvider",
            UserPoolId=self.pool_id,
            ProviderName="Google",
            ProviderType="Google",
            ProviderDetails={
                "client_id": "a",
                "client_secret": "b",
                "authorize_scopes": "openid email",
            },
        )
        client = self.call(
            "CreateUserPoolClient",
            UserPoolId=self.pool_id,
            ClientName="interop",
            GenerateSecret=with_secret,
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["code"],
            AllowedOAuthScopes=SCOPES,
            CallbackURLs=[CALLBACK],
            LogoutURLs=[LOGGED_OUT],
            SupportedIdentityProviders=["COGNITO", "Google"],
        )["UserPoolClient"]
        self.client_id, self.client_secret = client["ClientId"], client.get("ClientSecret")
        self.issuer = f"{endpoint}/{self.pool_id}"
        self.add_user("alice")

    def add_user(self, username):
        user = {"UserPoolId": self.pool_id, "Username": username}
        email = [{"Name": "email", "Value": f"{username}@example.com"}]
        self.call("AdminCreateUser", **user, UserAttributes=email, MessageAction="SUPPRESS")
        self.call("AdminSetUserPassword", **user, Password=PASSWORD, Permanent=True)
        return user

    def add_user_with_app(self, username):
        """Creates a user with an authenticator app, whose first code is used already."""
        user = self.add_user(username)
        issued = self.send("/_emulator/tokens", {**user, "ClientId": self.client_id}, {})
        token = {"AccessToken": issued["AccessToken"]}
        secret = self.call("AssociateSoftwareToken", **token)["SecretCode"]
        authenticator = Authenticator(secret)
        self.call("VerifySoftwareToken", **token, UserCode=authenticator.codes[0])
        preferred = {"Enabled": True, "PreferredMfa": True}
        self.call("AdminSetUserMFAPreference", **user, SoftwareTokenMfaSettings=preferred)
        return authenticator

    def call(self, operation, **members):
        """Sends the request of an operation as an administrator."""
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
        }
        return self.send("/", members, headers)

    def send(self, path, members, headers):
        url, body = self.endpoint + path, json.dumps(members).encode()
        request = urllib.request.Request(url, data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)


class Browser:
    """A browser with the cookies of one host."""

    def __init__(self, app):
        self.host = urllib.parse.urlsplit(app.endpoint).netloc
        self.session = requests.Session()

    def open(self, url, form=None):
        """Follows redirects until there is a page or a URL of the application."""
        for _ in range(10):
            if urllib.parse.urlsplit(url).netloc != self.host:
                return url
            method = "GET" if form is None else "POST"
            response = self.session.request(method, url, data=form, allow_redirects=False)
            if response.status_code != 302:
                return response
            url, form = urllib.parse.urljoin(url, response.headers["Location"]), None
        raise AssertionError("too many redirects")

    def submit(self, page, **fields):
        """Submits the form of a page that contains these fields, including its hidden fields."""
        forms = re.findall(r"<form([^>]*)>(.*?)</form>", page.text, re.S)
        wanted = [f'name="{name}"' for name in fields]
        tag, body = next(form for form in forms if all(name in form[1] for name in wanted))
        inputs = re.findall(r'<input[^>]*type="hidden"[^>]*>', body)
        hidden = {attribute(field, "name"): attribute(field, "value") for field in inputs}
        url = urllib.parse.urljoin(page.url, attribute(tag, "action"))
        return self.open(url, {**hidden, **fields})

    def sign_in(self, url):
        """Signs in on the page and returns the URL of the application to which it redirects."""
        location = self.submit(self.open(url), username="alice", password=PASSWORD)
        assert isinstance(location, str), location.text
        return location


def attribute(tag, name):
    return html.unescape(re.search(rf'{name}="([^"]*)"', tag).group(1))


def query(url):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))


def rejects(body, *args):
    """Checks that a call raises an exception, and returns it."""
    try:
        body(*args)
    except Exception as error:  # noqa: BLE001 - each client raises different exceptions.
        return error
    raise AssertionError("not rejected")


def run(client, app):
    """Runs the steps. `client.start(redirect_uri, scopes)` returns the URL to open and the state that the
    application stores; `finish(location, kept)` and `refresh(tokens)` return tokens, or raise."""
    browser = Browser(app)

    def start(redirect_uri=CALLBACK, scopes=SCOPES):
        return client.start(redirect_uri, scopes)

    with step("sign-in"):
        url, kept = start()
        tokens = client.finish(browser.sign_in(url), kept)
        identity = claims(tokens["id_token"])
        assert (identity["iss"], identity["aud"]) == (app.issuer, app.client_id)
        assert identity["cognito:username"] == "alice"
        assert claims(tokens["access_token"])["scope"] == " ".join(SCOPES)
        (url, _), (_, kept) = start(), start()
        rejects(client.finish, browser.open(url), kept)

    with step("wrong-password"):
        other = Browser(app)
        page = other.submit(other.open(start()[0]), username="alice", password="Wrong-horse1")
        assert "Incorrect username or password." in page.text, page.text

    with step("second-sign-in"):
        url, kept = start()
        location = browser.open(url)
        second = client.finish(location, kept)
        assert claims(second["id_token"])["sub"] == identity["sub"]
        rejects(client.finish, location, kept)

    with step("refresh"):
        refreshed = client.refresh(tokens["refresh_token"])
        assert claims(refreshed["access_token"])["scope"] == " ".join(SCOPES)
        assert refreshed["access_token"] != tokens["access_token"]
        rejects(client.refresh, "bogus")

    with step("user-info"):
        info = client.user_info(tokens)
        assert (info["sub"], info["email"]) == (identity["sub"], "alice@example.com"), info

    with step("mfa"):
        authenticator, (url, kept) = app.add_user_with_app("bob"), start()
        other = Browser(app)
        page = other.submit(other.open(url), username="bob", password=PASSWORD)
        page = other.submit(page, **{CODE_FIELD: authenticator.wrong()})
        assert "Invalid code received for user" in page.text, page.text
        location = other.submit(page, **{CODE_FIELD: authenticator.codes[1]})
        bob = claims(client.finish(location, kept)["id_token"])
        assert bob["cognito:username"] == "bob", bob

    with step("provider"):
        other, (url, kept) = Browser(app), start()
        page = other.open(f"{url}&identity_provider=Google")
        ann = claims(client.finish(other.submit(page, person="1001"), kept)["id_token"])
        assert ann["cognito:username"] == "Google_1001", ann

    with step("logout"):
        logout = {"client_id": app.client_id, "logout_uri": LOGGED_OUT}
        url = f"{app.endpoint}/logout?{urllib.parse.urlencode(logout)}"
        assert browser.open(url) == LOGGED_OUT
        assert 'name="password"' in browser.open(start()[0]).text

    with step("revoke"):
        url, kept = start()
        tokens = client.finish(browser.sign_in(url), kept)
        client.revoke(tokens["refresh_token"])
        rejects(client.refresh, tokens["refresh_token"])

    with step("wrong-redirect-uri"):
        page = Browser(app).open(start(f"{CALLBACK}/")[0])
        assert page.status_code == 400, page
        assert query(page.url)["error"] == "redirect_mismatch"

    with step("wrong-scope"):
        url, kept = start(scopes=[*SCOPES, "phone"])
        location = Browser(app).open(url)
        assert query(location)["error_description"] == "invalid_scope"
        rejects(client.finish, location, kept)
