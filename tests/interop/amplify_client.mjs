// Tests Amplify's Auth category against the emulator.
//
// Usage: amplify_client.mjs ENDPOINT PACKAGES

import assert from "node:assert/strict";
import * as steps from "./steps.mjs";
import { codeFor, endpoint, load, other, password, refused, skip, step } from "./steps.mjs";

// Amplify reads the name of the device from the browser's user agent.
globalThis.navigator ??= { userAgent: "interop" };

const { Amplify, ConsoleLogger } = load("@aws-amplify/core");
ConsoleLogger.LOG_LEVEL = "ERROR";
const auth = load("@aws-amplify/auth");
const { cognitoUserPoolsTokenProvider: tokenProvider } = load("@aws-amplify/auth/cognito");

/** The storage of a browser. */
const browser = new Map();
tokenProvider.setKeyValueStorage({
  getItem: async (name) => browser.get(name) ?? null,
  setItem: async (name, value) => void browser.set(name, value),
  removeItem: async (name) => void browser.delete(name),
  clear: async () => browser.clear(),
});

function use({ id: userPoolId, clientId: userPoolClientId }) {
  const Cognito = { userPoolId, userPoolClientId, userPoolEndpoint: endpoint };
  tokenProvider.setAuthConfig({ Cognito });
  Amplify.configure({ Auth: { Cognito } }, { Auth: { tokenProvider } });
}

const kept = (name) => [...browser.keys()].find((key) => key.endsWith(`.${name}`));

async function signIn(username, given = password, authFlowType = "USER_SRP_AUTH") {
  const options = { authFlowType };
  return (await auth.signIn({ username, password: given, options })).nextStep.signInStep;
}

async function tokens(options) {
  return (await auth.fetchAuthSession(options)).tokens;
}

const pool = await steps.makePool({}, ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"]);
use(pool);

await step("register", async () => {
  const options = { userAttributes: { email: "alice@example.com" } };
  const signUp = () => auth.signUp({ username: "alice", password, options });
  const { nextStep } = await signUp();
  assert.equal(nextStep.signUpStep, "CONFIRM_SIGN_UP");
  assert.equal(nextStep.codeDeliveryDetails.destination, "a***@e***");
  await refused(["UsernameExistsException", "User already exists"], signUp());
  assert.equal(await signIn("alice"), "CONFIRM_SIGN_UP");
});

await step("confirm", async () => {
  await auth.resendSignUpCode({ username: "alice" });
  const code = await codeFor(pool, "alice");
  const confirm = (confirmationCode) => auth.confirmSignUp({ username: "alice", confirmationCode });
  await refused(steps.wrongCode, confirm(other(code)));
  assert((await confirm(code)).isSignUpComplete);
});

await step("sign-in", async () => {
  await refused(steps.wrongPassword, signIn("alice", "Wrong-horse1"));
  for (const flow of ["USER_PASSWORD_AUTH", "USER_AUTH", "USER_SRP_AUTH"]) {
    if (browser.size > 0) await auth.signOut();
    const next = await signIn("alice", flow === "USER_AUTH" ? undefined : password, flow);
    if (next === "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION") {
      await auth.confirmSignIn({ challengeResponse: "PASSWORD_SRP" });
      await auth.confirmSignIn({ challengeResponse: password });
    }
    assert.equal((await auth.getCurrentUser()).username, "alice", flow);
  }
  assert.equal((await tokens()).idToken.payload.email_verified, true);
});

await step("profile", async () => {
  const changes = { given_name: "Alice", email: "new@example.com" };
  const updated = await auth.updateUserAttributes({ userAttributes: changes });
  assert.equal(updated.email.nextStep.updateAttributeStep, "CONFIRM_ATTRIBUTE_WITH_CODE");
  const code = await codeFor(pool, "alice");
  const confirm = (confirmationCode) =>
    auth.confirmUserAttribute({ userAttributeKey: "email", confirmationCode });
  await refused(steps.wrongCode, confirm(other(code)));
  await confirm(code);
  const read = await auth.fetchUserAttributes();
  assert.deepEqual([read.given_name, read.email_verified], ["Alice", "true"]);
  await auth.deleteUserAttributes({ userAttributeKeys: ["given_name"] });
});

await step("refresh", async () => {
  const before = (await tokens()).accessToken.toString();
  assert.notEqual((await tokens({ forceRefresh: true })).accessToken.toString(), before);
  // Amplify deletes tokens that it cannot refresh.
  browser.set(kept("refreshToken"), "bogus");
  assert.equal(await tokens({ forceRefresh: true }), undefined);
  assert.equal(await signIn("alice"), "DONE");
});

await step("password", async () => {
  const newPassword = "Changed-horse1";
  const change = (oldPassword) => auth.updatePassword({ oldPassword, newPassword });
  await refused(steps.wrongPassword, change("Wrong-horse1"));
  await change(password);
  await auth.signOut();
  await refused(steps.wrongPassword, signIn("alice"));
  assert.equal(await signIn("alice", "Changed-horse1"), "DONE");
});

await step("forgot", async () => {
  await auth.signOut();
  const { nextStep } = await auth.resetPassword({ username: "alice" });
  assert.equal(nextStep.codeDeliveryDetails.destination, "n***@e***");
  const code = await codeFor(pool, "alice");
  const confirm = (confirmationCode) =>
    auth.confirmResetPassword({ username: "alice", confirmationCode, newPassword: password });
  await refused(steps.wrongCode, confirm(other(code)));
  await confirm(code);
  await refused(steps.wrongPassword, signIn("alice", "Changed-horse1"));
  assert.equal(await signIn("alice"), "DONE");
});

let app;

await step("totp", async () => {
  app = new steps.Authenticator((await auth.setUpTOTP()).sharedSecret);
  await refused(steps.wrongApp, auth.verifyTOTPSetup({ code: app.wrong() }));
  await auth.verifyTOTPSetup({ code: app.codes[0] });
  await auth.updateMFAPreference({ totp: "PREFERRED" });
  assert.deepEqual(await auth.fetchMFAPreference(), { enabled: ["TOTP"], preferred: "TOTP" });
  await auth.signOut();
});

await step("totp-sign-in", async () => {
  assert.equal(await signIn("alice"), "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
  const answer = (challengeResponse) => auth.confirmSignIn({ challengeResponse });
  await refused(steps.usedCode, answer(app.codes[0]));
  await refused(steps.wrongTotp, answer(app.wrong()));
  assert((await answer(app.codes[1])).isSignedIn);
  await auth.updateMFAPreference({ totp: "DISABLED" });
});

await step("sign-out", async () => {
  const before = new Map(browser);
  await auth.signOut({ global: true });
  before.forEach((value, name) => browser.set(name, value));
  await refused(steps.revoked, auth.fetchUserAttributes());
  assert.equal(await tokens({ forceRefresh: true }), undefined);
});

const tracking = await steps.makePool({
  DeviceConfiguration: {
    ChallengeRequiredOnNewDevice: true,
    DeviceOnlyRememberedOnUserPrompt: true,
  },
});
await steps.addUser(tracking, "bob");
use(tracking);

await step("device", async () => {
  // Amplify confirms the device automatically; remembering it is up to the user.
  assert.equal(await signIn("bob"), "DONE");
  await auth.rememberDevice();
  const [device] = await auth.fetchDevices();
  assert.equal(device.id, browser.get(kept("deviceKey")));
  await auth.signOut();
});

await step("device-sign-in", async () => {
  const secret = kept("randomPasswordKey");
  const right = browser.get(secret);
  browser.set(secret, "wrong");
  await refused(steps.wrongPassword, signIn("bob"));
  browser.set(secret, right);
  assert.equal(await signIn("bob"), "DONE");
  const { accessToken } = await tokens({ forceRefresh: true });
  assert.equal(accessToken.payload.device_key, browser.get(kept("deviceKey")));
  // Amplify replaces a device that the service has forgotten.
  const DeviceKey = accessToken.payload.device_key;
  await steps.call("AdminForgetDevice", { UserPoolId: tracking.id, Username: "bob", DeviceKey });
  await auth.signOut();
  assert.equal(await signIn("bob"), "DONE");
  assert.notEqual(browser.get(kept("deviceKey")), DeviceKey);
  await auth.signOut();
});

await step("admin", async () => {
  // The user completes a sign-up that an administrator has started.
  const user = { UserPoolId: pool.id, Username: "carol", TemporaryPassword: "Temporary-horse1" };
  await steps.call("AdminCreateUser", user);
  use(pool);
  const asked = await signIn("carol", "Temporary-horse1");
  assert.equal(asked, "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED");
  assert((await auth.confirmSignIn({ challengeResponse: password })).isSignedIn);
  assert.equal((await auth.getCurrentUser()).username, "carol");
});

await step("groups", async () => {
  const group = { UserPoolId: pool.id, GroupName: "beta" };
  await steps.call("CreateGroup", group);
  await steps.call("AdminAddUserToGroup", { ...group, Username: "carol" });
  const { accessToken, idToken } = await tokens({ forceRefresh: true });
  assert.deepEqual(accessToken.payload["cognito:groups"], ["beta"]);
  assert.deepEqual(idToken.payload["cognito:groups"], ["beta"]);
});

skip("settings", "it has no administration");
skip("secret", "it does not support app clients with a secret");
