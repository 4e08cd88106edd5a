// Signs in with managed login and oauth4webapi, with all of its checks enabled.

import { makeApp, run } from "./managed_login.mjs";
import { load } from "./steps.mjs";

const oauth = await import(load.resolve("oauth4webapi"));

const app = await makeApp(process.argv[4] === "secret");
const server = await discover();
const client = { client_id: app.clientId };
const authentication = app.clientSecret
  ? oauth.ClientSecretBasic(app.clientSecret)
  : oauth.None();

async function discover() {
  const issuer = new URL(app.issuer);
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer));
}

async function start({ redirectUri }, scopes) {
  const kept = {
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    redirectUri,
  };
  const url = new URL(server.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: app.clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: scopes.join(" "),
    code_challenge: await oauth.calculatePKCECodeChallenge(kept.verifier),
    code_challenge_method: "S256",
    state: kept.state,
    nonce: kept.nonce,
  });
  return { url: url.href, kept };
}

async function finish(_, location, { verifier, state, nonce, redirectUri }) {
  const parameters = oauth.validateAuthResponse(server, client, location, state);
  const response = await oauth.authorizationCodeGrantRequest(
    server, client, authentication, parameters, redirectUri, verifier,
  );
  const result = await oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  await oauth.validateApplicationLevelSignature(server, response);
  return tokens(result);
}

async function refresh(_, { refreshToken }) {
  const response = await oauth.refreshTokenGrantRequest(server, client, authentication, refreshToken);
  return tokens(await oauth.processRefreshTokenResponse(server, client, response));
}

async function userInfo(_, { accessToken, idToken }) {
  const response = await oauth.userInfoRequest(server, client, accessToken);
  const { sub } = JSON.parse(Buffer.from(idToken.split(".")[1], "base64url"));
  return oauth.processUserInfoResponse(server, client, sub, response);
}

async function revoke(_, { refreshToken }) {
  const response = await oauth.revocationRequest(server, client, authentication, refreshToken);
  await oauth.processRevocationResponse(response);
}

function tokens({ id_token, access_token, refresh_token }) {
  return { idToken: id_token, accessToken: access_token, refreshToken: refresh_token };
}

await run({ start, finish, refresh, userInfo, revoke }, app);
