// Shared code of the scripts for clients of identity pools: identity pools, users, and checks of credentials
// against the emulator's records.

import assert from "node:assert/strict";

import { addUser, call, endpoint, makePool, password, region } from "./steps.mjs";

const refusal = (message) => ["NotAuthorizedException", message];

export const noAudience = refusal("Invalid login token. Missing a required claim: aud");
export const noGuests = refusal(
  "Unauthenticated access is not supported for this identity pool.",
);
export const notListed = refusal(
  "Token is not from a supported provider of this identity pool.",
);

export const forbiddenRole = (arn) => refusal(`Access to Role '${arn}' is forbidden.`);

const role = (name) => `arn:aws:iam::123456789012:role/${name}`;

export const roles = { user: role("user"), guest: role("guest"), editor: role("editor") };

const identity = (operation, input) => call(operation, input, "AWSCognitoIdentityService");

/** A user pool with the users alice and bob. */
export const users = await makePool({}, ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]);
for (const name of ["alice", "bob"]) await addUser(users, name);

/** The provider name of its logins. */
export const provider = `cognito-idp.${region}.amazonaws.com/${users.id}`;

/** Creates an identity pool for app clients of the user pool, with roles from the token. */
export async function makeIdentityPool(clientIds, guests = true) {
  const { IdentityPoolId } = await identity("CreateIdentityPool", {
    IdentityPoolName: "interop",
    AllowUnauthenticatedIdentities: guests,
    CognitoIdentityProviders: clientIds.map((ClientId) => ({ ProviderName: provider, ClientId })),
  });
  const mapping = { Type: "Token", AmbiguousRoleResolution: "AuthenticatedRole" };
  const keys = clientIds.map((clientId) => `${provider}:${clientId}`);
  await identity("SetIdentityPoolRoles", {
    IdentityPoolId,
    Roles: { authenticated: roles.user, unauthenticated: roles.guest },
    RoleMappings: Object.fromEntries(keys.map((key) => [key, mapping])),
  });
  return IdentityPoolId;
}

/** Adds a user to a group with the role of editors. */
export async function makeEditor(username) {
  const group = { UserPoolId: users.id, GroupName: "editors" };
  await call("CreateGroup", { ...group, RoleArn: roles.editor });
  await call("AdminAddUserToGroup", { ...group, Username: username });
}

/** Returns the tokens of a user. */
export async function signIn(username) {
  const { AuthenticationResult } = await call("AdminInitiateAuth", {
    UserPoolId: users.id,
    ClientId: users.clientId,
    AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME: username, PASSWORD: password },
  });
  return AuthenticationResult;
}

/** Returns the identity id that GetId returns for a user. */
export async function identityOf(IdentityPoolId, username) {
  const Logins = { [provider]: (await signIn(username)).IdToken };
  return (await identity("GetId", { IdentityPoolId, Logins })).IdentityId;
}

/** Checks the identity and the role of a client's credentials. */
export async function check(credentials, identityId, roleArn) {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
  assert(accessKeyId.startsWith("ASIA") && secretAccessKey && sessionToken);
  const url = `${endpoint}/_emulator/credentials?AccessKeyId=${accessKeyId}`;
  const record = await (await fetch(url)).json();
  assert.deepEqual([record.IdentityId, record.RoleArn], [identityId, roleArn]);
  assert.equal(record.Expiration, expiration.getTime() / 1000);
}
