// Signs in with managed login and the Cognito provider of Auth.js.

import assert from "node:assert/strict";

import { makeApp, run } from "./managed_login.mjs";
import { load } from "./steps.mjs";

const { Auth } = await import(load.resolve("@auth/core"));
const { default: Cognito } = await import(load.resolve("@auth/core/providers/cognito"));

const origin = "https://app.localhost:8443";
const withSecret = process.argv[4] === "secret";
// Auth.js has a fixed path for the callback.
const callback = { CallbackURLs: [`${origin}/auth/callback/cognito`] };
const app = await makeApp(withSecret, callback);

/** Returns the configuration of the application, which stores the tokens in its session. */
function config(scopes, options = {}) {
  return {
    basePath: "/auth",
    secret: "a-secret-of-the-application",
    trustHost: true,
    logger: { error() {}, warn() {}, debug() {} },
    providers: [
      Cognito({
        clientId: app.clientId,
        clientSecret: app.clientSecret,
        issuer: app.issuer,
        authorization: { params: { scope: scopes.join(" ") } },
        ...(!withSecret && { client: { token_endpoint_auth_method: "none" } }),
        ...options,
      }),
    ],
    callbacks: {
      jwt: ({ token, account }) => (account ? { ...token, account } : token),
      session: ({ session, token }) => ({ ...session, ...token }),
    },
  };
}

/** Sends a request from the browser to the application, with its cookies. */
async function request(path, cookies, config, init = {}) {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const headers = { ...init.headers, cookie };
  const response = await Auth(new Request(origin + path, { ...init, headers }), config);
  for (const line of response.headers.getSetCookie()) {
    const [name, value] = line.split(";")[0].split(/=(.*)/s);
    if (value) cookies.set(name, value);
    else cookies.delete(name);
  }
  return response;
}

async function start({ redirectUri, options }, scopes) {
  const [settings, cookies] = [config(scopes, options), new Map()];
  const { csrfToken } = await (await request("/auth/csrf", cookies, settings)).json();
  const body = new URLSearchParams({ csrfToken });
  const response = await request("/auth/signin/cognito", cookies, settings, { method: "POST", body });
  const url = new URL(response.headers.get("location"));
  // Auth.js cannot set another callback, which the step "wrong-redirect-uri" needs.
  if (redirectUri !== app.redirectUri) url.searchParams.set("redirect_uri", redirectUri);
  return { url: url.href, kept: { cookies, settings } };
}

async function finish(_, location, { cookies, settings }) {
  const path = location.pathname + location.search;
  const response = await request(path, cookies, settings);
  assert.equal(response.headers.get("location"), origin, "signed in");
  const session = await (await request("/auth/session", cookies, settings)).json();
  const { id_token, access_token, refresh_token } = session.account;
  return { idToken: id_token, accessToken: access_token, refreshToken: refresh_token };
}

await run(
  {
    start,
    finish,
    refresh: "Auth.js leaves it to the application",
    userInfo: "Auth.js reads the ID token instead",
    revoke: "Auth.js does not revoke tokens",
  },
  app,
);
