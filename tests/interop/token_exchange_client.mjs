// Exchanges tokens with openid-client, and verifies the issued tokens with aws-jwt-verify and jose.
//
// Usage: token_exchange_client.mjs ENDPOINT PACKAGES
//
// The emulator's tokens have the issuer of AWS, which aws-jwt-verify requires.

import assert from "node:assert/strict";
import { addUser, call, claims, endpoint, load, makePool, password, region, step } from "./steps.mjs";

const openid = await import(load.resolve("openid-client"));
const jose = await import(load.resolve("jose"));
const { CognitoJwtVerifier, JwtRsaVerifier } = load("aws-jwt-verify");

const TYPE = "urn:ietf:params:oauth:token-type:";
const GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
const API_SCOPE = "aws.cognito.signin.user.admin";

const pool = await makePool({}, ["ALLOW_USER_PASSWORD_AUTH"]);
await addUser(pool, "alice");
await addUser(pool, "agent");
const issuer = `https://cognito-idp.${region}.amazonaws.com/${pool.id}`;
const keys = await (await fetch(`${endpoint}/${pool.id}/.well-known/jwks.json`)).json();
const localKeys = jose.createLocalJWKSet(keys);

/** An app client that exchanges tokens. */
async function makeService(name) {
  const { UserPoolClient } = await call("CreateUserPoolClient", {
    UserPoolId: pool.id,
    ClientName: name,
    GenerateSecret: true,
    ExplicitAuthFlows: ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_TOKEN_EXCHANGE_DELEGATION"],
  });
  const { ClientId: id, ClientSecret: secret } = UserPoolClient;
  const server = { issuer, token_endpoint: `${endpoint}/oauth2/token` };
  const config = new openid.Configuration(server, id, secret, openid.ClientSecretBasic(secret));
  openid.allowInsecureRequests(config);
  return { id, secret, config };
}

async function signIn(username) {
  const { AuthenticationResult } = await call("InitiateAuth", {
    ClientId: pool.clientId,
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME: username, PASSWORD: password },
  });
  return AuthenticationResult.AccessToken;
}

/** Exchanges an access token at the token endpoint. */
async function exchange({ config }, subject, parameters = {}) {
  const response = await openid.genericGrantRequest(config, GRANT, {
    subject_token: subject,
    subject_token_type: `${TYPE}access_token`,
    ...parameters,
  });
  assert.equal(response.issued_token_type, `${TYPE}access_token`);
  assert.equal(response.refresh_token, undefined);
  return response;
}

function byActor(token) {
  return { actor_token: token, actor_token_type: `${TYPE}access_token` };
}

/** Verifies a token for a service with both libraries, and returns its claims. */
async function verify({ id }, audience, token) {
  const cognito = CognitoJwtVerifier.create({
    userPoolId: pool.id, tokenUse: "access", clientId: id,
  });
  cognito.cacheJwks(keys);
  await cognito.verify(token);
  const plain = JwtRsaVerifier.create({ issuer, audience, jwksUri: `${issuer}/.well-known/jwks.json` });
  plain.cacheJwks(keys);
  await plain.verify(token);
  return (await jose.jwtVerify(token, localKeys, { issuer, audience })).payload;
}

async function refused(promise, error) {
  const refusal = await promise.then(() => assert.fail(`not refused with ${error}`), (e) => e);
  assert.equal(refusal.error, error, refusal.error_description);
}

const [web, orders] = [await makeService("web"), await makeService("orders")];
const alice = await signIn("alice");
const agent = await signIn("agent");

await step("impersonation", async () => {
  const { access_token } = await exchange(web, alice, { audience: "orders" });
  const verified = await verify(web, "orders", access_token);
  assert.equal(verified.sub, claims(alice).sub);
  assert.equal(verified.act, undefined);
});

await step("delegation", async () => {
  const first = await exchange(web, alice, { audience: "orders", ...byActor(agent) });
  const second = await exchange(orders, first.access_token, { audience: "stock", ...byActor(agent) });
  const verified = await verify(orders, "stock", second.access_token);
  const { sub } = claims(agent);
  assert.deepEqual(verified.act, { sub, act: { sub } });
});

await step("audience", async () => {
  const { access_token } = await exchange(web, alice, { audience: "orders" });
  await assert.rejects(verify(web, "stock", access_token), /audience/i);
  await assert.rejects(
    jose.jwtVerify(access_token, localKeys, { issuer, audience: "stock" }), /aud/,
  );
  await refused(exchange(web, alice, { resource: "unknown" }), "invalid_target");
});

await step("scope", async () => {
  const { scope } = await exchange(web, alice, { audience: "orders", scope: `${API_SCOPE} stock/read` });
  assert.equal(scope, API_SCOPE);
});

await step("api", async () => {
  const derived = await call("GetDerivedToken", {
    ClientId: web.id, ClientSecret: web.secret, Audiences: ["orders"],
    SubjectToken: alice, SubjectTokenType: "ACCESS_TOKEN",
  });
  assert.equal((await verify(web, "orders", derived.IssuedToken)).username, "alice");
});

await step("expired", async () => {
  const subject = await signIn("alice");
  await moveClock(3601);
  await refused(exchange(web, subject, { audience: "orders" }), "invalid_request");
});

await step("revoked", async () => {
  const subject = await signIn("alice");
  await call("GlobalSignOut", { AccessToken: subject });
  await refused(exchange(web, subject, { audience: "orders" }), "invalid_request");
});

/** Advances the clock of the emulator. */
async function moveClock(seconds) {
  const response = await fetch(`${endpoint}/_emulator/clock`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ AdvanceSeconds: seconds }),
  });
  assert(response.ok, await response.text());
}
