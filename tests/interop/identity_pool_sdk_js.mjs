// Tests fromCognitoIdentityPool of the AWS SDK for JavaScript against an identity pool of the emulator.
//
// Usage: identity_pool_sdk_js.mjs ENDPOINT PACKAGES

import assert from "node:assert/strict";
import * as pools from "./identity_pools.mjs";
import { endpoint, load, refused, region, skip, step } from "./steps.mjs";

const { fromCognitoIdentityPool } = load("@aws-sdk/credential-provider-cognito-identity");
const { CognitoIdentityProvider } = load("@aws-sdk/client-cognito-identity-provider");
const { provider, roles, users } = pools;

/** Returns a credential provider for a user, or for a guest if there is no token. */
const credentialsOf = (identityPoolId, token, more) =>
  fromCognitoIdentityPool({
    identityPoolId,
    logins: token && { [provider]: token },
    // The cache is empty, as in a new process.
    cache: { getItem: () => null, setItem() {}, removeItem() {} },
    clientConfig: { region, endpoint },
    ...more,
  });

const pool = await pools.makeIdentityPool([users.clientId]);

await step("user", async () => {
  const ofAlice = credentialsOf(pool, async () => (await pools.signIn("alice")).IdToken);
  const credentials = await ofAlice();
  const identityId = await pools.identityOf(pool, "alice");
  assert.equal(credentials.identityId, identityId);
  await pools.check(credentials, identityId, roles.user);
  // A client of another service accepts the credentials.
  const client = new CognitoIdentityProvider({ region, endpoint, credentials: ofAlice });
  assert((await client.listUserPools({ MaxResults: 1 })).UserPools);
  const { AccessToken, IdToken } = await pools.signIn("alice");
  await refused(pools.noAudience, credentialsOf(pool, AccessToken)());
  const other = await pools.makeIdentityPool(["1another0client"]);
  await refused(pools.notListed, credentialsOf(other, IdToken)());
});

await step("guest", async () => {
  const credentials = await credentialsOf(pool)();
  await pools.check(credentials, credentials.identityId, roles.guest);
  const withoutGuests = await pools.makeIdentityPool([users.clientId], false);
  await refused(pools.noGuests, credentialsOf(withoutGuests)());
});

await step("roles", async () => {
  await pools.makeEditor("alice");
  const { IdToken } = await pools.signIn("alice");
  const identityId = await pools.identityOf(pool, "alice");
  await pools.check(await credentialsOf(pool, IdToken)(), identityId, roles.editor);
  const inRole = (customRoleArn) => credentialsOf(pool, IdToken, { customRoleArn })();
  await pools.check(await inRole(roles.editor), identityId, roles.editor);
  await refused(pools.forbiddenRole(roles.user), inRole(roles.user));
});

for (const name of ["configuration", "developer", "removal"]) skip(name, "it has no administration");
skip("merge", "it always starts with GetId");
skip("classic", "it only requests credentials");
