// Tests the AWS SDK for JavaScript against the emulator.
//
// Usage: sdk_js_client.mjs ENDPOINT PACKAGES [secret]
//
// cognito-srp-helper computes SRP and SECRET_HASH. With `secret`, the app client has a secret.

import assert from "node:assert/strict";
import * as steps from "./steps.mjs";
import { codeFor, endpoint, load, other, password, refused, region, step } from "./steps.mjs";

const sdk = load("@aws-sdk/client-cognito-identity-provider");
const srp = load("cognito-srp-helper");

const credentials = { accessKeyId: "test", secretAccessKey: "test" };
const client = new sdk.CognitoIdentityProvider({ region, endpoint, credentials });
const withSecret = process.argv.includes("secret");

const pool = await steps.makePool({}, ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"], withSecret);

/** Returns the SECRET_HASH of a user, or nothing if the app client has no secret. */
function hash({ clientId, secret }, username) {
  return secret && srp.createSecretHash(username, clientId, secret);
}

/** A user of a pool. */
class Person {
  constructor(of, username) {
    this.pool = of;
    this.username = username;
    this.named = { ClientId: of.clientId, Username: username, SecretHash: hash(of, username) };
    this.parameters = { USERNAME: username, SECRET_HASH: hash(of, username) };
  }

  initiate(AuthFlow, parameters) {
    const AuthParameters = { ...this.parameters, ...parameters };
    return client.initiateAuth({ ClientId: this.pool.clientId, AuthFlow, AuthParameters });
  }

  respond(ChallengeName, Session, responses, sign = (request) => request) {
    const ChallengeResponses = { ...this.parameters, ...responses };
    const request = { ClientId: this.pool.clientId, ChallengeName, Session, ChallengeResponses };
    return client.respondToAuthChallenge(sign(request));
  }

  /** Runs USER_SRP_AUTH up to the response to the password challenge. */
  async srp(given, device = {}) {
    const session = srp.createSrpSession(this.username, given, this.pool.id, false);
    const AuthParameters = { ...this.parameters, ...device };
    const request = { ClientId: this.pool.clientId, AuthFlow: "USER_SRP_AUTH", AuthParameters };
    const asked = await client.initiateAuth(srp.wrapInitiateAuth(session, request));
    const signed = srp.signSrpSession(session, asked);
    const sign = (answer) => srp.wrapAuthChallenge(signed, answer);
    const next = await this.respond("PASSWORD_VERIFIER", asked.Session, device, sign);
    return { session, sign, next };
  }

  async signIn(given = password) {
    return (await this.srp(given)).next;
  }
}

const alice = new Person(pool, "alice");
let tokens;

await step("register", async () => {
  const UserAttributes = [{ Name: "email", Value: "alice@example.com" }];
  const signUp = () => client.signUp({ ...alice.named, Password: password, UserAttributes });
  const signedUp = await signUp();
  assert.equal(signedUp.UserConfirmed, false);
  assert.equal(signedUp.CodeDeliveryDetails.Destination, "a***@e***");
  await refused(["UsernameExistsException", "User already exists"], signUp());
  await refused(["UserNotConfirmedException", "User is not confirmed."], alice.signIn());
});

await step("confirm", async () => {
  await client.resendConfirmationCode(alice.named);
  const code = await codeFor(pool, "alice");
  const confirm = (code) => client.confirmSignUp({ ...alice.named, ConfirmationCode: code });
  await refused(steps.wrongCode, confirm(other(code)));
  await confirm(code);
});

await step("sign-in", async () => {
  await refused(steps.wrongPassword, alice.signIn("Wrong-horse1"));
  tokens = (await alice.signIn()).AuthenticationResult;
  assert.equal(tokens.ExpiresIn, 3600);
  const plain = await alice.initiate("USER_PASSWORD_AUTH", { PASSWORD: password });
  assert(plain.AuthenticationResult);
  const choice = await alice.initiate("USER_AUTH", { PREFERRED_CHALLENGE: "EMAIL_OTP" });
  assert.equal(choice.ChallengeName, "SELECT_CHALLENGE");
  const answer = { ANSWER: "PASSWORD", PASSWORD: password };
  assert((await alice.respond(choice.ChallengeName, choice.Session, answer)).AuthenticationResult);
});

await step("profile", async () => {
  const { AccessToken } = tokens;
  const changes = { given_name: "Alice", email: "new@example.com" };
  const UserAttributes = Object.entries(changes).map(([Name, Value]) => ({ Name, Value }));
  await client.updateUserAttributes({ AccessToken, UserAttributes });
  const email = { AccessToken, AttributeName: "email" };
  const verify = (Code) => client.verifyUserAttribute({ ...email, Code });
  const code = await codeFor(pool, "alice");
  await refused(steps.wrongCode, verify(other(code)));
  await verify(code);
  const read = await client.getUser({ AccessToken });
  const found = Object.fromEntries(read.UserAttributes.map(({ Name, Value }) => [Name, Value]));
  assert.deepEqual([found.given_name, found.email_verified], ["Alice", "true"]);
  await client.deleteUserAttributes({ AccessToken, UserAttributeNames: ["given_name"] });
});

await step("refresh", async () => {
  const app = { ClientId: pool.clientId, ClientSecret: pool.secret };
  const renew = (RefreshToken) => client.getTokensFromRefreshToken({ ...app, RefreshToken });
  assert((await renew(tokens.RefreshToken)).AuthenticationResult.AccessToken);
  await refused(steps.bogusRefresh, renew("bogus"));
  const flow = (token) => alice.initiate("REFRESH_TOKEN_AUTH", { REFRESH_TOKEN: token });
  assert((await flow(tokens.RefreshToken)).AuthenticationResult.AccessToken);
  await refused(steps.bogusRefresh, flow("bogus"));
  await client.revokeToken({ ...app, Token: tokens.RefreshToken });
  await refused(steps.revokedRefresh, renew(tokens.RefreshToken));
});

await step("password", async () => {
  const { AccessToken } = (await alice.signIn()).AuthenticationResult;
  const change = (PreviousPassword) =>
    client.changePassword({ AccessToken, PreviousPassword, ProposedPassword: "Changed-horse1" });
  await refused(steps.wrongPassword, change("Wrong-horse1"));
  await change(password);
  await refused(steps.wrongPassword, alice.signIn());
  assert((await alice.signIn("Changed-horse1")).AuthenticationResult);
});

await step("forgot", async () => {
  const { CodeDeliveryDetails } = await client.forgotPassword(alice.named);
  assert.equal(CodeDeliveryDetails.Destination, "n***@e***");
  const code = await codeFor(pool, "alice");
  const confirm = (ConfirmationCode) =>
    client.confirmForgotPassword({ ...alice.named, ConfirmationCode, Password: password });
  await refused(steps.wrongCode, confirm(other(code)));
  await confirm(code);
  await refused(steps.wrongPassword, alice.signIn("Changed-horse1"));
  tokens = (await alice.signIn()).AuthenticationResult;
});

let app;

await step("totp", async () => {
  const { AccessToken } = tokens;
  app = new steps.Authenticator((await client.associateSoftwareToken({ AccessToken })).SecretCode);
  const verify = (UserCode) => client.verifySoftwareToken({ AccessToken, UserCode });
  await refused(steps.wrongApp, verify(app.wrong()));
  assert.equal((await verify(app.codes[0])).Status, "SUCCESS");
  const SoftwareTokenMfaSettings = { Enabled: true, PreferredMfa: true };
  await client.setUserMFAPreference({ AccessToken, SoftwareTokenMfaSettings });
  assert.equal((await client.getUser({ AccessToken })).PreferredMfaSetting, "SOFTWARE_TOKEN_MFA");
});

await step("totp-sign-in", async () => {
  const { ChallengeName, Session } = await alice.signIn();
  const answer = (SOFTWARE_TOKEN_MFA_CODE) =>
    alice.respond(ChallengeName, Session, { SOFTWARE_TOKEN_MFA_CODE });
  await refused(steps.usedCode, answer(app.codes[0]));
  await refused(steps.wrongTotp, answer(app.wrong()));
  tokens = (await answer(app.codes[1])).AuthenticationResult;
  const { AccessToken } = tokens;
  await client.setUserMFAPreference({ AccessToken, SoftwareTokenMfaSettings: { Enabled: false } });
});

await step("sign-out", async () => {
  const { AccessToken } = tokens;
  await client.globalSignOut({ AccessToken });
  await refused(steps.revoked, client.getUser({ AccessToken }));
  const late = alice.initiate("REFRESH_TOKEN_AUTH", { REFRESH_TOKEN: tokens.RefreshToken });
  await refused(steps.revokedRefresh, late);
});

const tracks = { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false };
const tracking = await steps.makePool({ DeviceConfiguration: tracks }, [], withSecret);
await steps.addUser(tracking, "bob");
const bob = new Person(tracking, "bob");
let device;
let secretOfDevice;

await step("device", async () => {
  const { AccessToken, NewDeviceMetadata } = (await bob.signIn()).AuthenticationResult;
  device = NewDeviceMetadata;
  const { DeviceKey, DeviceGroupKey } = device;
  const made = srp.createDeviceVerifier(DeviceKey, DeviceGroupKey);
  secretOfDevice = made.DeviceRandomPassword;
  const { DeviceSecretVerifierConfig } = made;
  await client.confirmDevice({ AccessToken, DeviceKey, DeviceSecretVerifierConfig });
  const { Devices } = await client.listDevices({ AccessToken });
  assert.deepEqual(Devices.map((one) => one.DeviceKey), [DeviceKey]);
  assert(Devices[0].DeviceCreateDate instanceof Date);
});

await step("device-sign-in", async () => {
  const named = { DEVICE_KEY: device.DeviceKey };
  const prove = async (secret) => {
    const { session, sign, next } = await bob.srp(password, named);
    const asked = await bob.respond(next.ChallengeName, next.Session, named, sign);
    const proof = srp.signSrpSessionWithDevice(session, asked, device.DeviceGroupKey, secret);
    const signed = (answer) => srp.wrapAuthChallenge(proof, answer);
    return bob.respond(asked.ChallengeName, asked.Session, named, signed);
  };
  await refused(steps.wrongPassword, prove("wrong"));
  const { AuthenticationResult } = await prove(secretOfDevice);
  assert.equal(AuthenticationResult.NewDeviceMetadata, undefined);
  const { AccessToken } = AuthenticationResult;
  await client.forgetDevice({ AccessToken, DeviceKey: device.DeviceKey });
  const unknown = ["ResourceNotFoundException", "Device does not exist."];
  await refused(unknown, prove(secretOfDevice));
});

await step("admin", async () => {
  const user = { UserPoolId: pool.id, Username: "carol" };
  const made = await client.adminCreateUser({ ...user, TemporaryPassword: "Temporary-horse1" });
  assert.equal(made.User.UserStatus, "FORCE_CHANGE_PASSWORD");
  assert(made.User.UserCreateDate instanceof Date);
  const carol = new Person(pool, "carol");
  const { ChallengeName, Session } = await carol.signIn("Temporary-horse1");
  const answer = { NEW_PASSWORD: password };
  assert((await carol.respond(ChallengeName, Session, answer)).AuthenticationResult);
  await client.adminDisableUser(user);
  await refused(["NotAuthorizedException", "User is disabled."], carol.signIn());
  await client.adminDeleteUser(user);
  await refused(["UserNotFoundException", "User does not exist."], client.adminGetUser(user));
});

await step("groups", async () => {
  const group = { UserPoolId: pool.id, GroupName: "beta" };
  await client.createGroup(group);
  await client.adminAddUserToGroup({ ...group, Username: "alice" });
  const users = [];
  for await (const page of sdk.paginateListUsersInGroup({ client, pageSize: 1 }, group)) {
    users.push(...page.Users.map((user) => user.Username));
  }
  assert.deepEqual(users, ["alice"]);
  const { AccessToken } = (await alice.signIn()).AuthenticationResult;
  assert.deepEqual(steps.claims(AccessToken)["cognito:groups"], ["beta"]);
});

await step("settings", async () => {
  const of = { UserPoolId: pool.id };
  const { UserPool } = await client.describeUserPool(of);
  assert(UserPool.CreationDate instanceof Date);
  const app = { ...of, ClientId: pool.clientId };
  const { UserPoolClient } = await client.describeUserPoolClient(app);
  assert.equal(UserPoolClient.ClientSecret, pool.secret);
  const { ExplicitAuthFlows } = UserPoolClient;
  const change = { ...app, ExplicitAuthFlows, AccessTokenValidity: 12 };
  await client.updateUserPoolClient({ ...change, TokenValidityUnits: { AccessToken: "minutes" } });
  const { AuthenticationResult } = await alice.signIn();
  assert.equal(AuthenticationResult.ExpiresIn, 720);
});
