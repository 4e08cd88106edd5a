// Tests Amplify's fetchAuthSession against an identity pool of the emulator.
//
// Usage: identity_pool_amplify.mjs ENDPOINT PACKAGES

import assert from "node:assert/strict";
import * as pools from "./identity_pools.mjs";
import { endpoint, load, password, refused, skip, step } from "./steps.mjs";

// Amplify reads the name of the device from the browser's user agent.
globalThis.navigator ??= { userAgent: "interop" };

const { Amplify, ConsoleLogger } = load("@aws-amplify/core");
ConsoleLogger.LOG_LEVEL = "ERROR";
const auth = load("@aws-amplify/auth");
const {
  CognitoAWSCredentialsAndIdentityIdProvider,
  DefaultIdentityIdStore,
  cognitoUserPoolsTokenProvider: tokenProvider,
} = load("@aws-amplify/auth/cognito");
const { roles, users } = pools;

/** The storage of a browser. */
const browser = new Map();
const storage = {
  getItem: async (name) => browser.get(name) ?? null,
  setItem: async (name, value) => void browser.set(name, value),
  removeItem: async (name) => void browser.delete(name),
  clear: async () => browser.clear(),
};
tokenProvider.setKeyValueStorage(storage);

const credentialsProvider = new CognitoAWSCredentialsAndIdentityIdProvider(
  new DefaultIdentityIdStore(storage),
);

function use(identityPoolId) {
  const Cognito = {
    userPoolId: users.id,
    userPoolClientId: users.clientId,
    userPoolEndpoint: endpoint,
    identityPoolId,
    identityPoolEndpoint: endpoint,
    allowGuestAccess: true,
  };
  tokenProvider.setAuthConfig({ Cognito });
  Amplify.configure({ Auth: { Cognito } }, { Auth: { tokenProvider, credentialsProvider } });
}

/** Switches to another identity pool, and clears the cached identity. */
async function fresh(identityPoolId) {
  use(identityPoolId);
  await credentialsProvider.clearCredentialsAndIdentityId();
}

const signIn = (username) => auth.signIn({ username, password });

const pool = await pools.makeIdentityPool([users.clientId]);
use(pool);

let guest;

await step("guest", async () => {
  const { credentials, identityId, tokens } = await auth.fetchAuthSession();
  assert.equal(tokens, undefined);
  await pools.check(credentials, identityId, roles.guest);
  await fresh(await pools.makeIdentityPool([users.clientId], false));
  await refused(pools.noGuests, auth.fetchAuthSession());
  await fresh(pool);
  guest = (await auth.fetchAuthSession()).identityId;
});

await step("merge", async () => {
  await signIn("bob");
  const { credentials, identityId } = await auth.fetchAuthSession();
  assert.equal(identityId, guest);
  await pools.check(credentials, guest, roles.user);
  assert.equal(await pools.identityOf(pool, "bob"), guest);
  await auth.signOut();
});

await step("user", async () => {
  await signIn("alice");
  const { credentials, identityId } = await auth.fetchAuthSession();
  assert.notEqual(identityId, guest);
  assert.equal(identityId, await pools.identityOf(pool, "alice"));
  await pools.check(credentials, identityId, roles.user);
  await fresh(await pools.makeIdentityPool(["1another0client"]));
  await refused(pools.notListed, auth.fetchAuthSession());
  await fresh(pool);
});

await step("roles", async () => {
  await pools.makeEditor("alice");
  const { credentials, identityId } = await auth.fetchAuthSession({ forceRefresh: true });
  await pools.check(credentials, identityId, roles.editor);
});

for (const name of ["configuration", "developer", "removal"]) skip(name, "it has no administration");
skip("classic", "it only requests credentials");
