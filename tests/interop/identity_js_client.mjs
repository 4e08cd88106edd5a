// Tests amazon-cognito-identity-js against the emulator.
//
// Usage: identity_js_client.mjs ENDPOINT PACKAGES

import assert from "node:assert/strict";
import * as steps from "./steps.mjs";
import { codeFor, endpoint, load, other, password, refused, skip, step } from "./steps.mjs";

const {
  AuthenticationDetails,
  CognitoRefreshToken,
  CognitoUser,
  CognitoUserAttribute,
  CognitoUserPool,
} = load("amazon-cognito-identity-js");

/** The storage of a browser. */
class Storage extends Map {
  getItem(name) {
    return this.get(name) ?? null;
  }
  setItem(name, value) {
    this.set(name, String(value));
  }
  removeItem(name) {
    this.delete(name);
  }
}

/** Calls a method whose last argument is a Node-style callback. */
function run(object, method, ...given) {
  return new Promise((resolve, reject) => {
    object[method](...given, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

/** Calls a method with an object of callbacks. A callback that requests input resolves with its name. */
function ask(object, method, ...given) {
  return new Promise((onSuccess, onFailure) => {
    const asks = (name) => (...parameters) => onSuccess({ asked: name, parameters });
    object[method](...given, {
      onSuccess,
      onFailure,
      associateSecretCode: onSuccess,
      inputVerificationCode: asks("inputVerificationCode"),
      mfaSetup: asks("mfaSetup"),
      newPasswordRequired: asks("newPasswordRequired"),
      totpRequired: asks("totpRequired"),
    });
  });
}

function userOf(pool, username, storage = new Storage()) {
  const { id: UserPoolId, clientId: ClientId } = pool;
  const Pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint, Storage: storage });
  // The library would retry a rejected refresh for six seconds.
  Pool.client.requestWithRetry = Pool.client.request;
  return new CognitoUser({ Username: username, Pool, Storage: storage });
}

function signIn(user, given = password) {
  const details = { Username: user.getUsername(), Password: given };
  return ask(user, "authenticateUser", new AuthenticationDetails(details));
}

const pool = await steps.makePool();

await step("register", async () => {
  const email = [new CognitoUserAttribute({ Name: "email", Value: "alice@example.com" })];
  const signUp = () => run(userOf(pool, "alice").pool, "signUp", "alice", password, email, null);
  const result = await signUp();
  assert.equal(result.userConfirmed, false);
  assert.equal(result.codeDeliveryDetails.Destination, "a***@e***");
  await refused(["UsernameExistsException", "User already exists"], signUp());
  const unconfirmed = ["UserNotConfirmedException", "User is not confirmed."];
  await refused(unconfirmed, signIn(userOf(pool, "alice")));
});

await step("confirm", async () => {
  const user = userOf(pool, "alice");
  await run(user, "resendConfirmationCode");
  const code = await codeFor(pool, "alice");
  await refused(steps.wrongCode, run(user, "confirmRegistration", other(code), false));
  assert.equal(await run(user, "confirmRegistration", code, false), "SUCCESS");
});

const alice = userOf(pool, "alice");

await step("sign-in", async () => {
  await refused(steps.wrongPassword, signIn(alice, "Wrong-horse1"));
  const session = await signIn(alice);
  assert(session.isValid());
  assert.equal(session.getIdToken().payload.email_verified, true);
  assert.equal(session.getAccessToken().payload.username, "alice");
});

await step("profile", async () => {
  const changes = { given_name: "Alice", email: "new@example.com" };
  const attributes = Object.entries(changes).map(([Name, Value]) => ({ Name, Value }));
  await run(alice, "updateAttributes", attributes);
  await ask(alice, "getAttributeVerificationCode", "email");
  const code = await codeFor(pool, "alice");
  await refused(steps.wrongCode, ask(alice, "verifyAttribute", "email", other(code)));
  await ask(alice, "verifyAttribute", "email", code);
  const read = await run(alice, "getUserAttributes");
  const found = Object.fromEntries(read.map(({ Name, Value }) => [Name, Value]));
  assert.equal(found.given_name, "Alice");
  assert.equal(found.email_verified, "true");
  await run(alice, "deleteAttributes", ["given_name"]);
});

await step("refresh", async () => {
  const before = alice.getSignInUserSession();
  const after = await run(alice, "refreshSession", before.getRefreshToken());
  assert.notEqual(after.getAccessToken().getJwtToken(), before.getAccessToken().getJwtToken());
  const bogus = new CognitoRefreshToken({ RefreshToken: "bogus" });
  await refused(steps.bogusRefresh, run(userOf(pool, "alice"), "refreshSession", bogus));
});

await step("password", async () => {
  const change = (from) => run(alice, "changePassword", from, "Changed-horse1");
  await refused(steps.wrongPassword, change("Wrong-horse1"));
  await change(password);
  await refused(steps.wrongPassword, signIn(userOf(pool, "alice")));
  await signIn(userOf(pool, "alice"), "Changed-horse1");
});

await step("forgot", async () => {
  const user = userOf(pool, "alice");
  await ask(user, "forgotPassword");
  const code = await codeFor(pool, "alice");
  await refused(steps.wrongCode, ask(user, "confirmPassword", other(code), password));
  await ask(user, "confirmPassword", code, password);
  await refused(steps.wrongPassword, signIn(user, "Changed-horse1"));
  await signIn(user);
});

let app;

await step("totp", async () => {
  app = new steps.Authenticator(await ask(alice, "associateSoftwareToken"));
  const verify = (code) => ask(alice, "verifySoftwareToken", code, "interop");
  await refused(steps.wrongApp, verify(app.wrong()));
  await verify(app.codes[0]);
  await run(alice, "setUserMfaPreference", null, { Enabled: true, PreferredMfa: true });
});

await step("totp-sign-in", async () => {
  const user = userOf(pool, "alice");
  assert.equal((await signIn(user)).asked, "totpRequired");
  const answer = (code) =>
    new Promise((onSuccess, onFailure) => {
      user.sendMFACode(code, { onSuccess, onFailure }, "SOFTWARE_TOKEN_MFA");
    });
  await refused(steps.usedCode, answer(app.codes[0]));
  await refused(steps.wrongTotp, answer(app.wrong()));
  assert((await answer(app.codes[1])).isValid());
  await run(user, "setUserMfaPreference", null, { Enabled: false, PreferredMfa: false });
});

await step("sign-out", async () => {
  const late = userOf(pool, "alice");
  const { refreshToken } = await signIn(late);
  await ask(alice, "globalSignOut");
  await refused(steps.revoked, run(late, "getUserAttributes"));
  await refused(steps.revokedRefresh, run(late, "refreshSession", refreshToken));
});

const tracking = await steps.makePool({
  DeviceConfiguration: {
    ChallengeRequiredOnNewDevice: true,
    DeviceOnlyRememberedOnUserPrompt: false,
  },
});
await steps.addUser(tracking, "bob");
const browser = new Storage();
const kept = (name) => [...browser.keys()].find((key) => key.endsWith(`.bob.${name}`));

await step("device", async () => {
  // The library confirms the device automatically.
  const bob = userOf(tracking, "bob", browser);
  await signIn(bob);
  const device = await ask(bob, "getDevice");
  assert.equal(device.Device.DeviceKey, browser.get(kept("deviceKey")));
});

await step("device-sign-in", async () => {
  const secret = kept("randomPasswordKey");
  const right = browser.get(secret);
  browser.set(secret, "wrong");
  await refused(steps.wrongPassword, signIn(userOf(tracking, "bob", browser)));
  browser.set(secret, right);
  const bob = userOf(tracking, "bob", browser);
  const session = await signIn(bob);
  assert.equal(session.getAccessToken().payload.device_key, browser.get(kept("deviceKey")));
  await run(bob, "refreshSession", session.getRefreshToken());
  // The library replaces a device that the service has forgotten.
  await ask(bob, "forgetSpecificDevice", browser.get(kept("deviceKey")));
  const before = browser.get(kept("deviceKey"));
  await signIn(userOf(tracking, "bob", browser));
  assert.notEqual(browser.get(kept("deviceKey")), before);
});

await step("admin", async () => {
  // The user completes a sign-up that an administrator has started.
  const user = { UserPoolId: pool.id, Username: "carol", TemporaryPassword: "Temporary-horse1" };
  await steps.call("AdminCreateUser", user);
  const carol = userOf(pool, "carol");
  assert.equal((await signIn(carol, "Temporary-horse1")).asked, "newPasswordRequired");
  await ask(carol, "completeNewPasswordChallenge", password, {});
  assert.equal(carol.getSignInUserSession().getAccessToken().payload.username, "carol");
});

await step("groups", async () => {
  const group = { UserPoolId: pool.id, GroupName: "beta" };
  await steps.call("CreateGroup", group);
  await steps.call("AdminAddUserToGroup", { ...group, Username: "alice" });
  const session = await signIn(userOf(pool, "alice"));
  assert.deepEqual(session.getAccessToken().payload["cognito:groups"], ["beta"]);
  assert.deepEqual(session.getIdToken().payload["cognito:groups"], ["beta"]);
});

skip("settings", "it has no administration");
skip("secret", "it does not support app clients with a secret");
