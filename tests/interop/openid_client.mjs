// Signs in with managed login and openid-client.

import { makeApp, run } from "./managed_login.mjs";
import { load } from "./steps.mjs";

const openid = await import(load.resolve("openid-client"));

const app = await makeApp(process.argv[4] === "secret");
const config = await openid.discovery(
  new URL(app.issuer),
  app.clientId,
  app.clientSecret,
  app.clientSecret ? undefined : openid.None(),
);

async function start({ redirectUri }, scopes) {
  const kept = {
    pkceCodeVerifier: openid.randomPKCECodeVerifier(),
    expectedState: openid.randomState(),
    expectedNonce: openid.randomNonce(),
  };
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: scopes.join(" "),
    code_challenge: await openid.calculatePKCECodeChallenge(kept.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: kept.expectedState,
    nonce: kept.expectedNonce,
  });
  return { url: url.href, kept };
}

async function finish(_, location, kept) {
  return tokens(await openid.authorizationCodeGrant(config, location, kept));
}

async function refresh(_, { refreshToken }) {
  return tokens(await openid.refreshTokenGrant(config, refreshToken));
}

async function userInfo(_, { accessToken, sub }) {
  return openid.fetchUserInfo(config, accessToken, sub);
}

async function revoke(_, { refreshToken }) {
  await openid.tokenRevocation(config, refreshToken);
}

/** Adds `client_id` to the pool's end_session_endpoint. */
function logoutUrl({ logoutUri }) {
  return openid.buildEndSessionUrl(config, { logout_uri: logoutUri }).href;
}

function tokens(response) {
  const { id_token, access_token, refresh_token } = response;
  const sub = response.claims()?.sub;
  return { idToken: id_token, accessToken: access_token, refreshToken: refresh_token, sub };
}

await run({ start, finish, refresh, userInfo, revoke, logoutUrl }, app);
