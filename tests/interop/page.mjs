// Shared code of the scripts for clients that run in a web page: an application in headless Chromium,
// which trusts the certificate authority, and the steps.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Browser, addUserWithApp, codeField, makeApp } from "./managed_login.mjs";
import { claims, load, packages, password, skip, step } from "./steps.mjs";

/**
 * Runs the steps with an application whose script reads `window.settings` and sets `window.app`:
 * `signIn(scopes, redirectUri)`, `finish()`, which returns tokens or throws, `refresh()`, `userInfo()` and
 * `signOut()`. `cannot` contains the steps that the client does not support, with reasons.
 */
export async function runInPage(script, cannot = {}) {
  const server = await serve(script);
  const browser = await launch();
  try {
    await runSteps(browser, await settings(server), cannot);
  } finally {
    await browser.close();
    server.close();
  }
}

/** Serves the page of the application with its bundled packages, at every path. */
async function serve(script) {
  const { build } = load("esbuild");
  const bundle = await build({
    stdin: { contents: script, resolveDir: packages },
    bundle: true,
    format: "iife",
    write: false,
    logLevel: "error",
  });
  const files = { "/app.js": ["text/javascript", bundle.outputFiles[0].text] };
  const scripts = ["/settings.js", "/app.js"].map((path) => `<script src="${path}"></script>`);
  const page = ["text/html", `<!DOCTYPE html><title>app</title><body>${scripts.join("")}`];
  const server = createServer((request, response) => {
    const settings = ["text/javascript", `window.settings = ${JSON.stringify(server.settings)}`];
    const { pathname } = new URL(request.url, "http://localhost");
    const [type, text] = pathname === "/settings.js" ? settings : files[pathname] ?? page;
    response.writeHead(200, { "Content-Type": `${type}; charset=utf-8` }).end(text);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return server;
}

/** Creates a pool with an app client for the URLs of the page, and returns the page's settings. */
async function settings(server) {
  const origin = `http://localhost:${server.address().port}`;
  const [redirectUri, logoutUri] = [`${origin}/callback`, `${origin}/`];
  const urls = { CallbackURLs: [redirectUri], LogoutURLs: [logoutUri] };
  server.settings = { ...(await makeApp(false, urls)), origin, redirectUri, logoutUri };
  return server.settings;
}

async function launch() {
  const home = mkdtempSync(join(tmpdir(), "interop-chromium-"));
  // A failed step exits the process, so the clean-up runs on exit.
  process.on("exit", () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));
  const database = `sql:${home}/.pki/nssdb`;
  mkdirSync(`${home}/.pki/nssdb`, { recursive: true });
  execFileSync("certutil", ["-d", database, "-N", "--empty-password"]);
  const file = process.env.NODE_EXTRA_CA_CERTS;
  execFileSync("certutil", ["-d", database, "-A", "-t", "C,,", "-n", "ca", "-i", file]);
  const { chromium } = load("playwright-core");
  const executablePath = execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
  return chromium.launch({ executablePath, env: { ...process.env, HOME: home } });
}

async function runSteps(browser, app, cannot) {
  const open = async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(app.origin);
    return page;
  };
  const page = await open();
  const visited = [];
  page.on("framenavigated", (frame) => visited.push(new URL(frame.url()).pathname));
  let tokens;

  await step("sign-in", async () => {
    tokens = await signIn(page, app);
    const id = claims(tokens.idToken);
    assert.deepEqual([id.iss, id.aud, id["cognito:username"]], [app.issuer, app.clientId, "alice"]);
    assert.equal(claims(tokens.accessToken).scope, app.scopes.join(" "));
    const [sender, other] = [await open(), await open()];
    const callback = await callbackOf(sender, app);
    const requested = [];
    other.on("request", (request) => requested.push(new URL(request.url()).pathname));
    await start(other, app.scopes, app.redirectUri);
    await other.goto(callback);
    await assert.rejects(finish(other), "the response to another request");
    assert(!requested.includes("/oauth2/token"), "the state is compared first");
    await sender.goto(callback);
    assert.equal(claims((await finish(sender)).idToken).sub, id.sub, "the code is valid");
  });

  await step("wrong-password", async () => {
    const other = await open();
    await start(other, app.scopes, app.redirectUri);
    await enter(other, "Wrong-horse1");
    await other.getByText("Incorrect username or password.").waitFor();
  });

  await step("second-sign-in", async () => {
    await page.evaluate(() => (localStorage.clear(), sessionStorage.clear()));
    await page.goto(app.origin);
    visited.length = 0;
    await start(page, app.scopes, app.redirectUri);
    await page.waitForURL(isOf(app));
    const second = await finish(page);
    assert(!visited.includes("/login"), `${visited}`);
    assert.equal(claims(second.idToken).sub, claims(tokens.idToken).sub);
    assert.notEqual(claims(second.accessToken).jti, claims(tokens.accessToken).jti);
    tokens = second;
  });

  await step("refresh", async () => {
    const refreshed = await page.evaluate(() => window.app.refresh());
    assert.notEqual(refreshed.accessToken, tokens.accessToken);
    assert.equal(claims(refreshed.accessToken).scope, app.scopes.join(" "));
  });

  if (cannot["user-info"]) skip("user-info", cannot["user-info"]);
  else {
    await step("user-info", async () => {
      const info = await page.evaluate(() => window.app.userInfo());
      assert.equal(info.email, "alice@example.com");
    });
  }

  await step("mfa", async () => {
    const authenticator = await addUserWithApp(app, "bob");
    const other = await open();
    await start(other, app.scopes, app.redirectUri);
    await enter(other, password, "bob");
    await enterCode(other, authenticator.wrong());
    await other.getByText("Invalid code received for user").waitFor();
    await enterCode(other, authenticator.codes[1]);
    await other.waitForURL(isOf(app));
    assert.equal(claims((await finish(other)).idToken)["cognito:username"], "bob");
  });

  await step("provider", async () => {
    const other = await open();
    await start(other, app.scopes, app.redirectUri);
    await other.getByRole("link", { name: "Continue with Google" }).click();
    await other.getByRole("button", { name: "Ann Lee" }).click();
    await other.waitForURL(isOf(app));
    assert.equal(claims((await finish(other)).idToken)["cognito:username"], "Google_1001");
  });

  await step("logout", async () => {
    await navigating(page, () => window.app.signOut());
    await page.waitForURL(app.logoutUri);
    await start(page, app.scopes, app.redirectUri);
    await page.locator("#signInFormPassword").waitFor();
  });

  if (cannot.revoke) skip("revoke", cannot.revoke);
  else {
    await step("revoke", async () => {
      const other = await open();
      await signIn(other, app);
      await other.evaluate(() => window.app.revoke());
      await assert.rejects(other.evaluate(() => window.app.refresh()));
    });
  }

  await step("wrong-redirect-uri", async () => {
    const other = await open();
    await start(other, app.scopes, `${app.origin}/other`);
    await other.waitForURL(/error=redirect_mismatch/);
    await other.getByText("An error was encountered with the requested page.").waitFor();
  });

  await step("wrong-scope", async () => {
    const other = await open();
    await start(other, [...app.scopes, "phone"], app.redirectUri);
    await other.waitForURL(isOf(app));
    await assert.rejects(finish(other), /invalid_(scope|request)/);
  });
}

async function signIn(page, app) {
  await start(page, app.scopes, app.redirectUri);
  await enter(page, password);
  await page.waitForURL(isOf(app));
  return finish(page);
}

/** Starts a sign-in in a page, and returns the URL of the callback without opening it. */
async function callbackOf(page, app) {
  await start(page, app.scopes, app.redirectUri);
  const { pathname, search } = new URL(page.url());
  return (await new Browser().signIn(`${app.endpoint}${pathname}${search}`)).href;
}

/** Returns a predicate for URLs of the application's callback. */
function isOf({ redirectUri }) {
  return (url) => url.href.startsWith(redirectUri);
}

async function enter(page, password, username = "alice") {
  await page.locator("#signInFormUsername").fill(username);
  await page.locator("#signInFormPassword").fill(password);
  await page.locator('[name="signInSubmitButton"]').click();
}

async function enterCode(page, code) {
  const field = page.locator(`[name="${codeField}"]`);
  await field.fill(code);
  await field.press("Enter");
}

async function start(page, scopes, redirectUri) {
  await navigating(page, ([scopes, uri]) => window.app.signIn(scopes, uri), [scopes, redirectUri]);
}

/** Calls a function that navigates away from the page, which may lose its result. */
async function navigating(page, script, argument) {
  const left = page.waitForEvent("framenavigated");
  const called = page.evaluate(script, argument).catch((error) => {
    if (!/navigation|destroyed|closed/i.test(error.message)) throw error;
  });
  await Promise.all([called, left]);
}

async function finish(page) {
  await page.waitForFunction(() => window.app);
  return page.evaluate(() => window.app.finish());
}
