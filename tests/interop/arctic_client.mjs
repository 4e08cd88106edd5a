// Signs in with managed login and arctic, which uses the URLs `https://DOMAIN/…` without discovery.

import assert from "node:assert/strict";

import { makeApp, run } from "./managed_login.mjs";
import { load } from "./steps.mjs";

const arctic = await import(load.resolve("arctic"));

const app = await makeApp(process.argv[4] === "secret");

function cognito({ redirectUri }) {
  return new arctic.AmazonCognito(app.domain, app.clientId, app.clientSecret ?? null, redirectUri);
}

async function start(app, scopes) {
  const kept = { state: arctic.generateState(), verifier: arctic.generateCodeVerifier() };
  const url = cognito(app).createAuthorizationURL(kept.state, kept.verifier, scopes);
  return { url: url.href, kept };
}

async function finish(app, location, { state, verifier }) {
  const [code, returned] = ["code", "state"].map((name) => location.searchParams.get(name));
  // According to arctic's guide, the application makes these checks.
  assert(code !== null && returned === state, "a code with the state");
  return tokens(await cognito(app).validateAuthorizationCode(code, verifier));
}

async function refresh(app, { refreshToken }) {
  return tokens(await cognito(app).refreshAccessToken(refreshToken, app.scopes));
}

async function userInfo({ domain }, { accessToken }) {
  const headers = { Authorization: `Bearer ${accessToken}` };
  const response = await fetch(`https://${domain}/oauth2/userInfo`, { headers });
  return response.json();
}

async function revoke(app, { refreshToken }) {
  await cognito(app).revokeToken(refreshToken);
}

function tokens(response) {
  return {
    idToken: response.idToken(),
    accessToken: response.accessToken(),
    refreshToken: response.hasRefreshToken() ? response.refreshToken() : undefined,
  };
}

await run({ start, finish, refresh, userInfo, revoke }, app);
