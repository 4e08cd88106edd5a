// Sign-in in Chromium.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { currentEmulator } from "cognito-emulator";
import { signIn, storageState } from "cognito-emulator/playwright";
import { build } from "esbuild";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";

const cognito = currentEmulator();
const application = createServer();
let origin: string;
let browser: Browser;

/** An application with Amplify, which shows the signed-in user. */
const AMPLIFY = `
  import { Amplify } from "aws-amplify";
  import { fetchUserAttributes, getCurrentUser } from "aws-amplify/auth";

  Amplify.configure({ Auth: { Cognito: window.settings } });
  getCurrentUser()
    .then(async ({ username }) => username + " " + (await fetchUserAttributes()).email)
    .catch((error) => "signed out: " + error.name)
    .then((text) => { document.title = text; });`;

beforeAll(async () => {
  const stdin = { contents: AMPLIFY, resolveDir: import.meta.dirname };
  const bundle = await build({ stdin, bundle: true, format: "iife", write: false, logLevel: "error" });
  const script = bundle.outputFiles[0]?.text;
  application.on("request", (request, response) => {
    const settings = JSON.stringify({
      userPoolId: cognito.pool.id,
      userPoolClientId: cognito.pool.client.id,
      userPoolEndpoint: cognito.url,
    });
    const page = `<!DOCTYPE html><body><script>window.settings = ${settings};</script>
      <script src="/app.js"></script>`;
    const isScript = request.url === "/app.js";
    response.writeHead(200, { "Content-Type": isScript ? "text/javascript" : "text/html" });
    response.end(isScript ? script : page);
  });
  application.listen(0, "localhost");
  await once(application, "listening");
  origin = `http://localhost:${(application.address() as AddressInfo).port}`;
  const executablePath = execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
  browser = await chromium.launch({ executablePath });
});

afterAll(async () => {
  await browser?.close();
  application.close();
});

/** A pool with managed login for the application, and the address of its login page. */
async function managedLogin(settings: object = {}) {
  const pool = await cognito.createPool(settings, {
    CallbackURLs: [`${origin}/callback`],
    AllowedOAuthFlows: ["code"],
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthScopes: ["openid"],
    SupportedIdentityProviders: ["COGNITO"],
  });
  const query = new URLSearchParams({
    client_id: pool.client.id,
    response_type: "code",
    redirect_uri: `${origin}/callback`,
  });
  return { pool, login: `${cognito.url}/oauth2/authorize?${query}` };
}

test("a user signs in on the page of managed login", async () => {
  const { pool, login } = await managedLogin();
  const alice = await pool.createUser("alice");
  const page = await browser.newPage();
  await page.goto(login);
  await signIn(page, alice);
  expect(page.url()).toMatch(new RegExp(`^${origin}/callback\\?code=`));
  // The browser has a session at the pool from then on.
  await page.goto(login);
  expect(page.url()).toMatch(/callback\?code=/);
  await page.close();
});

test("a user signs in where the password has a page of its own", async () => {
  const factors = { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] };
  const { pool, login } = await managedLogin({ Policies: { SignInPolicy: factors } });
  const alice = await pool.createUser("alice");
  const page = await browser.newPage();
  await page.goto(login);
  await signIn(page, alice);
  expect(page.url()).toMatch(/callback\?code=/);
  await page.close();
});

test("a wrong password fails instead of hanging", async () => {
  const { pool, login } = await managedLogin();
  await pool.createUser("alice");
  const page = await browser.newPage();
  await page.goto(login);
  const wrong = { username: "alice", password: "Wrong-horse1" };
  await expect(signIn(page, wrong, { timeout: 1000 })).rejects.toThrow(
    "the sign-in of alice was rejected: Incorrect username or password.",
  );
  await page.close();
});

test("Amplify has the user of a storage state", async () => {
  const alice = await cognito.createUser("alice@shop.example");
  const context = await browser.newContext({ storageState: await storageState(alice, { origin }) });
  const page = await context.newPage();
  await page.goto(origin);
  await page.waitForFunction("document.title !== ''");
  expect(await page.title()).toMatch(/ alice@shop\.example$/);
  await context.close();
});

test("workers of Playwright have an emulator each", () => {
  const directory = mkdtempSync(join(tmpdir(), "playwright-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [addresses, results] = [join(directory, "addresses"), join(directory, "results")];
  const program = join(import.meta.dirname, "../node_modules/.bin/playwright");
  const env = { ...process.env, ADDRESSES: addresses, RESULTS: results };
  const cwd = join(import.meta.dirname, "projects/playwright");
  const output = execFileSync(program, ["test"], { cwd, env, encoding: "utf8" });
  expect(output).toContain("2 passed");
  expect(new Set(readFileSync(addresses, "utf8").trim().split("\n")).size).toBe(2);
});
