// Tests the pages of managed login in headless Chromium: every page with the keyboard, at 390 and 1280
// pixels, light and dark, without accessibility violations (axe), and passkeys with a virtual
// authenticator.
//
// Usage: node pages_browser.mjs ENDPOINT PACKAGES [DIRECTORY for screenshots]

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";

import {
  Authenticator,
  addUser,
  call,
  codeFor,
  endpoint,
  load,
  password,
  step,
} from "./steps.mjs";

const [, , screenshots] = process.argv.slice(2);
const origin = endpoint.replace("127.0.0.1", "localhost");
const playwright = load("playwright-core");
const axe = load.resolve("axe-core/axe.min.js");

/** The application to which managed login redirects. */
const application = createServer((_, response) => response.end("signed in"));
application.listen(0, "localhost");
await once(application, "listening");
const callback = `http://localhost:${application.address().port}/callback`;

/** Creates a pool with further members of CreateUserPool, and an app client. */
async function pool(members, flows) {
  const created = await call("CreateUserPool", { PoolName: "Example shop", ...members });
  const UserPoolId = created.UserPool.Id;
  const client = await call("CreateUserPoolClient", {
    UserPoolId,
    ClientName: "Example shop",
    CallbackURLs: [callback],
    AllowedOAuthFlows: ["code"],
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthScopes: ["openid"],
    SupportedIdentityProviders: ["COGNITO"],
    ExplicitAuthFlows: [...flows, "ALLOW_REFRESH_TOKEN_AUTH"],
  });
  const query = new URLSearchParams({
    client_id: client.UserPoolClient.ClientId,
    response_type: "code",
    redirect_uri: callback,
    state: "s1",
    code_challenge: createHash("sha256").update(randomBytes(32)).digest("base64url"),
    code_challenge_method: "S256",
  });
  return { id: UserPoolId, query };
}

/** Adds identity providers to a pool and its app client. */
async function addProviders({ id, query }) {
  const provider = (ProviderName, ProviderType, ProviderDetails) =>
    call("CreateIdentityProvider", { UserPoolId: id, ProviderName, ProviderType, ProviderDetails });
  await provider("Google", "Google", { client_id: "a", client_secret: "b", authorize_scopes: "openid" });
  await provider("Corp", "SAML", { MetadataURL: "https://idp.example.com/metadata" });
  const { UserPoolClient } = await call("DescribeUserPoolClient", {
    UserPoolId: id,
    ClientId: query.get("client_id"),
  });
  const { ClientSecret, CreationDate, LastModifiedDate, ...members } = UserPoolClient;
  const SupportedIdentityProviders = ["COGNITO", "Google", "Corp"];
  await call("UpdateUserPoolClient", { ...members, SupportedIdentityProviders });
}

/** The attributes of a user who can receive codes. */
function reachable(username) {
  return {
    UserAttributes: [
      { Name: "email", Value: `${username}@example.com` },
      { Name: "email_verified", Value: "true" },
      { Name: "phone_number", Value: "+4915112345678" },
      { Name: "phone_number_verified", Value: "true" },
    ],
  };
}

const executablePath = execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
const browser = await playwright.chromium.launch({ executablePath });

/** Opens a page in a new browser context. */
async function open(path, { query }) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.on("pageerror", (error) => assert.fail(`a script failed: ${error}`));
  await page.goto(`${origin}${path}?${query}`);
  return page;
}

/** Checks a page in all sizes and colour schemes. */
async function inspect(page, name) {
  assert.equal(await page.locator("h1").count(), 1);
  for (const width of [390, 1280]) {
    for (const colorScheme of ["dark", "light"]) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      const wider = await page.evaluate(() => document.body.scrollWidth > window.innerWidth);
      assert.equal(wider, false, `${name} is wider than ${width} pixels`);
      await check(page, `${name} ${width} ${colorScheme}`);
      if (screenshots) {
        mkdirSync(screenshots, { recursive: true });
        await page.screenshot({ path: `${screenshots}/${name}-${width}-${colorScheme}.png` });
      }
    }
  }
}

/** Checks a page with axe, which runs in spite of the page's Content-Security-Policy. */
async function check(page, name) {
  await page.evaluate(readFileSync(axe, "utf8"));
  const { violations } = await page.evaluate(() => window.axe.run());
  const lines = violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
  assert.deepEqual(lines, [], name);
}

/** Fills in the fields and submits the form, with the keyboard only. */
async function type(page, values) {
  for (const [label, value] of Object.entries(values)) {
    await page.getByLabel(label, { exact: true }).focus();
    await page.keyboard.type(value);
  }
  await send(page, () => page.keyboard.press("Enter"));
}

async function press(page, name) {
  await page.getByRole("button", { name }).focus();
  await send(page, () => page.keyboard.press("Enter"));
}

async function send(page, act) {
  await Promise.all([page.waitForEvent("domcontentloaded"), act()]);
}

async function signedIn(page) {
  await page.waitForURL(`${callback}?code=*`);
  assert.match(page.url(), /\?code=[0-9a-f-]{36}&state=s1$/);
  await page.context().close();
}

const sms = { SnsCallerArn: "arn:aws:iam::123456789012:role/sms", ExternalId: "x" };
const policies = (factors) => ({
  Policies: { SignInPolicy: { AllowedFirstAuthFactors: factors } },
});

await step("login", async () => {
  const shop = await pool({}, []);
  await addUser(shop, "alice");
  const page = await open("/oauth2/authorize", shop);
  await inspect(page, "login");
  await type(page, { Username: "alice", Password: "wrong" });
  assert.equal(await page.getByRole("alert").textContent(), "Incorrect username or password.");
  assert.equal(await page.getByLabel("Username").inputValue(), "alice");
  assert.equal(await page.getByLabel("Password").inputValue(), "");
  await inspect(page, "login-rejected");
  await type(page, { Password: password });
  await signedIn(page);
  const error = await open("/error", shop);
  await inspect(error, "error");
});

await step("provider", async () => {
  const shop = await pool({}, []);
  await addProviders(shop);
  const page = await open("/oauth2/authorize", shop);
  await inspect(page, "login-providers");
  await page.getByRole("link", { name: "Continue with Google" }).focus();
  await send(page, () => page.keyboard.press("Enter"));
  await inspect(page, "mock-provider");
  await type(page, { "Further claims": "[]", "Subject (sub)": "7" });
  assert.equal(await page.getByRole("alert").textContent(), "The claims are not a JSON object.");
  await inspect(page, "mock-provider-rejected");
  await press(page, "Ann Lee");
  await signedIn(page);

  const denied = await open("/oauth2/authorize", shop);
  await send(denied, () => denied.getByRole("link", { name: "Continue with Corp" }).click());
  await press(denied, "Deny access");
  await denied.waitForURL(`${callback}?error_description=*&error=access_denied`);
  await denied.context().close();
});

await step("sign-up", async () => {
  const required = { Required: true, Mutable: true };
  const shop = await pool(
    {
      AutoVerifiedAttributes: ["email"],
      Schema: ["email", "given_name"].map((Name) => ({ Name, ...required })),
    },
    [],
  );
  const page = await open("/login", shop);
  await send(page, () => page.getByRole("link", { name: "Sign up" }).click());
  await inspect(page, "sign-up");
  await type(page, {
    Username: "carol",
    "E-mail address": "carol@example.com",
    "Given name": "Carol",
    Password: password,
    "Password again": password,
  });
  await inspect(page, "confirm");
  await type(page, { Code: await codeFor(shop, "carol") });
  await signedIn(page);
});

await step("recovery", async () => {
  const shop = await pool({}, []);
  await addUser(shop, "alice", reachable("alice"));
  const page = await open("/login", shop);
  await send(page, () => page.getByRole("link", { name: "Forgot" }).click());
  await inspect(page, "forgot-password");
  await type(page, { Username: "alice" });
  await inspect(page, "confirm-forgot-password");
  await type(page, {
    Code: await codeFor(shop, "alice"),
    "New password": "Better-horse1",
    "New password again": "Better-horse1",
  });
  assert.match(await page.getByRole("status").textContent(), /password was changed/);
  await inspect(page, "password-changed");
  await type(page, { Password: "Better-horse1" });
  await signedIn(page);
});

await step("new-password", async () => {
  const Schema = [{ Name: "given_name", Required: true, Mutable: true }];
  const shop = await pool({ Schema }, []);
  await addUser(shop, "bob", { TemporaryPassword: "Temporary-1" });
  const page = await open("/login", shop);
  await type(page, { Username: "bob", Password: "Temporary-1" });
  await inspect(page, "new-password");
  await type(page, {
    "New password": password,
    "New password again": password,
    "Given name": "Bob",
  });
  await signedIn(page);
});

await step("mfa", async () => {
  const shop = await pool({}, []);
  await call("SetUserPoolMfaConfig", {
    UserPoolId: shop.id,
    MfaConfiguration: "ON",
    SoftwareTokenMfaConfiguration: { Enabled: true },
    EmailMfaConfiguration: {},
    SmsMfaConfiguration: { SmsConfiguration: sms },
  });
  await addUser(shop, "alice", { UserAttributes: [] });
  const page = await open("/login", shop);
  await type(page, { Username: "alice", Password: password });
  await inspect(page, "mfa-set-up");
  await press(page, "Authenticator app");
  await inspect(page, "mfa-app");
  const secret = await page.locator("#secretCode").textContent();
  const authenticator = new Authenticator(secret);
  await type(page, { Code: authenticator.codes[0] });
  await signedIn(page);

  const again = await open("/login", shop);
  await type(again, { Username: "alice", Password: password });
  await inspect(again, "mfa-code");
  await type(again, { Code: authenticator.wrong() });
  assert.equal(await again.getByRole("alert").textContent(), "Invalid code received for user");
  await again.context().close();

  await addUser(shop, "dora", reachable("dora"));
  const both = { Enabled: true };
  await call("AdminSetUserMFAPreference", {
    UserPoolId: shop.id,
    Username: "dora",
    SMSMfaSettings: both,
    EmailMfaSettings: both,
  });
  const choice = await open("/login", shop);
  await type(choice, { Username: "dora", Password: password });
  await inspect(choice, "mfa-choice");
  await press(choice, "Code by e-mail");
  await inspect(choice, "mfa-sent-code");
  await type(choice, { Code: await codeFor(shop, "dora") });
  await signedIn(choice);
});

await step("passkey", async () => {
  const shop = await pool(policies(["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]), ["ALLOW_USER_AUTH"]);
  await call("SetUserPoolMfaConfig", {
    UserPoolId: shop.id,
    MfaConfiguration: "OFF",
    WebAuthnConfiguration: { RelyingPartyId: "localhost", UserVerification: "required" },
  });
  await addUser(shop, "alice", reachable("alice"));
  const page = await open("/passkeys/add", shop);
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await inspect(page, "user-name");
  await type(page, { Username: "alice" });
  await inspect(page, "factor-choice");
  await press(page, "Password");
  await inspect(page, "password");
  await type(page, { Password: password });
  await inspect(page, "add-passkey");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.waitForURL(`${callback}?code=*`);
  const { credentials } = await session.send("WebAuthn.getCredentials", { authenticatorId });
  assert.equal(credentials.length, 1);

  await page.context().clearCookies();
  await page.goto(`${origin}/login?${shop.query}`);
  await type(page, { Username: "alice" });
  await press(page, "Passkey");
  await inspect(page, "passkey");
  await session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await page.getByText("No passkey was used.").waitFor();
  await session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await signedIn(page);
});

await step("ended", async () => {
  const shop = await pool({ MfaConfiguration: "ON" }, []);
  await addUser(shop, "alice", { UserAttributes: [] });
  const page = await open("/login", shop);
  await type(page, { Username: "alice", Password: password });
  const body = JSON.stringify({ AdvanceSeconds: 301 });
  const moved = await fetch(`${endpoint}/_emulator/clock`, { method: "POST", body });
  assert.equal(moved.status, 200);
  await type(page, { Code: "000000" });
  assert.equal(await page.locator("h1").textContent(), "The sign-in has ended");
  await inspect(page, "ended");
  await page.getByRole("link", { name: "Start again" }).click();
  await page.waitForURL("**/login?*");
  await page.context().close();
});

await browser.close();
application.close();
