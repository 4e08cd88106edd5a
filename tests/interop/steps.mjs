// Shared code of the Node scripts: steps and their results, expected errors, pools and codes.
//
// A script prints a line for each step: `pass STEP`, `skip STEP: REASON` or `FAIL STEP: PROBLEM`. It
// ends at the first failure.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";

const [endpoint, packages] = process.argv.slice(2);

export { endpoint, packages };
export const region = "us-east-1";
export const password = "Correct-horse1";
export const wrongPassword = ["NotAuthorizedException", "Incorrect username or password."];
export const wrongCode = [
  "CodeMismatchException",
  "Invalid verification code provided, please try again.",
];
export const usedCode = [
  "ExpiredCodeException",
  "Your software token has already been used once.",
];
export const wrongTotp = ["CodeMismatchException", "Invalid code received for user"];
export const wrongApp = [
  "EnableSoftwareTokenMFAException",
  "Code mismatch and fail enable Software Token MFA",
];
export const revoked = ["NotAuthorizedException", "Access Token has been revoked"];
export const revokedRefresh = ["NotAuthorizedException", "Refresh Token has been revoked"];
export const bogusRefresh = ["NotAuthorizedException", "Invalid Refresh Token"];

/** Loads an installed package. */
export const load = createRequire(`${packages}/`);

/** Runs a step, which passes unless it throws. */
export async function step(name, body) {
  try {
    await body();
  } catch (problem) {
    console.log(`FAIL ${name}: ${problem}`.split("\n", 1)[0]);
    console.error(problem);
    process.exit(1);
  }
  console.log(`pass ${name}`);
}

/** Reports a step that the client does not support. */
export function skip(name, reason) {
  console.log(`skip ${name}: ${reason}`);
}

/** Checks that a request is rejected with exactly this exception and message. */
export async function refused([exception, message], promise) {
  const error = await promise.then(
    () => assert.fail(`not refused with ${exception}`),
    (error) => error,
  );
  assert.deepEqual([error.name, error.message], [exception, message]);
}

/** Sends the request of an operation as an administrator, by default to user pools. */
export async function call(operation, input, service = "AWSCognitoIdentityProviderService") {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": `${service}.${operation}`,
    },
    body: JSON.stringify(input),
  });
  const output = await response.json();
  assert(response.ok, `${operation}: ${JSON.stringify(output)}`);
  return output;
}

/** Creates a user pool with an app client. */
export async function makePool(members = {}, flows = [], withSecret = false) {
  const { UserPool } = await call("CreateUserPool", {
    PoolName: "interop",
    AutoVerifiedAttributes: ["email"],
    MfaConfiguration: "OPTIONAL",
    ...members,
  });
  const { UserPoolClient } = await call("CreateUserPoolClient", {
    UserPoolId: UserPool.Id,
    ClientName: "interop",
    GenerateSecret: withSecret,
    ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", ...flows],
  });
  const { ClientId: clientId, ClientSecret: secret } = UserPoolClient;
  return { id: UserPool.Id, clientId, secret };
}

/** Creates a user, who is confirmed unless `members` contains a temporary password. */
export async function addUser(pool, username, members = {}) {
  const user = { UserPoolId: pool.id, Username: username };
  const UserAttributes = [{ Name: "email", Value: `${username}@example.com` }];
  const created = { ...user, UserAttributes, MessageAction: "SUPPRESS", ...members };
  await call("AdminCreateUser", created);
  if (!members.TemporaryPassword) {
    await call("AdminSetUserPassword", { ...user, Password: password, Permanent: true });
  }
}

/** Returns the last code that the emulator would have sent to the user. */
export async function codeFor(pool, username) {
  const sent = await (await fetch(`${endpoint}/_emulator/outbox`)).json();
  return sent.findLast((m) => m.PoolId === pool.id && m.Username === username).Code;
}

/** Returns a different code of the same length. */
export function other(code) {
  return String((Number(code) + 1) % 10 ** code.length).padStart(code.length, "0");
}

/** Returns the claims of a token without verification. */
export function claims(token) {
  return JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
}

/**
 * An authenticator app. It does not wait for the second code, because the service accepts codes that
 * are half a minute ahead.
 */
export class Authenticator {
  constructor(secret) {
    this.key = fromBase32(secret);
    this.step = Math.floor(Date.now() / 30_000);
    this.codes = [this.code(this.step), this.code(this.step + 1)];
  }

  code(step) {
    const message = Buffer.alloc(8);
    message.writeBigUInt64BE(BigInt(step));
    const mac = createHmac("sha1", this.key).update(message).digest();
    const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
    return String(number % 10 ** 6).padStart(6, "0");
  }

  wrong() {
    const near = [-2, -1, 0, 1, 2, 3].map((ahead) => this.code(this.step + ahead));
    return [..."0123456"].map((digit) => digit.repeat(6)).find((code) => !near.includes(code));
  }
}

function fromBase32(text) {
  const digits = [...text].map((digit) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(digit));
  const bits = digits.map((digit) => digit.toString(2).padStart(5, "0")).join("");
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}
