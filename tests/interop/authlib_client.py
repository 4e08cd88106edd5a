"""Signs in with managed login and Authlib's client for Flask."""

import sys

import flask
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session

from managed_login import App, run

ENDPOINT, KIND = sys.argv[1], sys.argv[-1]


class Client:
    """A Flask application as in Authlib's guide, and the requests of a browser to it."""

    def __init__(self, app):
        self.app = app
        self.flask = flask.Flask(__name__)
        self.flask.secret_key = "a-secret-of-the-application"
        self.oauth = OAuth(self.flask)
        self.oauth.register(
            "cognito",
            client_id=app.client_id,
            client_secret=app.client_secret,
            server_metadata_url=f"{app.issuer}/.well-known/openid-configuration",
            client_kwargs={
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": self.authentication(),
            },
        )
        self.flask.add_url_rule("/login", view_func=self.login)
        self.flask.add_url_rule("/callback", view_func=self.callback)

    def authentication(self):
        return "client_secret_basic" if self.app.client_secret else "none"

    def login(self):
        args = flask.request.args
        return self.oauth.cognito.authorize_redirect(args["redirect_uri"], scope=args["scope"])

    def callback(self):
        token = self.oauth.cognito.authorize_access_token()
        assert token["userinfo"]["sub"], "the claims of a verified ID token"
        return dict(token)

    def start(self, redirect_uri, scopes):
        browser = self.flask.test_client()
        query = {"redirect_uri": redirect_uri, "scope": " ".join(scopes)}
        response = browser.get("/login", query_string=query, base_url=self.app.logout_uri)
        return response.headers["Location"], browser

    def finish(self, location, browser):
        self.flask.testing = True  # Errors are raised here.
        return browser.get(location).get_json()

    def session(self):
        return OAuth2Session(
            self.app.client_id,
            self.app.client_secret,
            token_endpoint_auth_method=self.authentication(),
            revocation_endpoint_auth_method=self.authentication(),
        )

    def refresh(self, refresh_token):
        url = self.oauth.cognito.load_server_metadata()["token_endpoint"]
        return self.session().refresh_token(url, refresh_token=refresh_token)

    def revoke(self, refresh_token):
        url = self.oauth.cognito.load_server_metadata()["revocation_endpoint"]
        response = self.session().revoke_token(url, token=refresh_token)
        response.raise_for_status()

    def user_info(self, tokens):
        with self.flask.app_context():
            return self.oauth.cognito.userinfo(token=tokens)


application = App(ENDPOINT, KIND == "secret")
run(Client(application), application)
