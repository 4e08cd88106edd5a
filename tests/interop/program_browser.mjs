// Tests the sign-in of the program `cognito` in headless Chromium: managed login, the callback on loopback,
// and the final page, which must have no script and no accessibility violations (axe).
//
// Usage: node program_browser.mjs ENDPOINT PACKAGES PROGRAM [DIRECTORY for screenshots]

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { addUser, call, endpoint, load, password, step } from "./steps.mjs";

const [, , program, screenshots] = process.argv.slice(2);
const origin = endpoint.replace("127.0.0.1", "localhost");
const playwright = load("playwright-core");
const axe = readFileSync(load.resolve("axe-core/axe.min.js"), "utf8");

/** Returns a port that is currently free. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

const port = await freePort();
const { UserPool } = await call("CreateUserPool", { PoolName: "Example shop" });
const { UserPoolClient } = await call("CreateUserPoolClient", {
  UserPoolId: UserPool.Id,
  ClientName: "cognito",
  CallbackURLs: [`http://localhost:${port}/callback`],
  AllowedOAuthFlows: ["code"],
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthScopes: ["openid"],
  SupportedIdentityProviders: ["COGNITO"],
});
await addUser({ id: UserPool.Id }, "alice");

const home = mkdtempSync(join(tmpdir(), "cognito-"));
const env = {
  HOME: home,
  COGNITO_POOL: UserPool.Id,
  COGNITO_CLIENT: UserPoolClient.ClientId,
  COGNITO_ENDPOINT_URL: endpoint,
  COGNITO_DOMAIN: origin,
  COGNITO_TOKEN_STORE: "file",
};
const executablePath = execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
const browser = await playwright.chromium.launch({ executablePath });

try {
  await step("a sign-in in the browser ends at a page without script", async () => {
    const login = spawn(program, ["login", "--no-browser", "--port", `${port}`], { env });
    const ended = once(login, "exit");
    const lines = [];
    const address = await new Promise((resolve, reject) => {
      login.once("exit", () => reject(new Error(lines.join("\n"))));
      createInterface(login.stderr).on("line", (line) => {
        lines.push(line);
        if (line.startsWith("http")) resolve(line);
      });
    });
    const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
    await page.goto(address);
    await page.getByLabel("Username", { exact: true }).fill("alice");
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.keyboard.press("Enter");
    await page.waitForURL(`http://localhost:${port}/callback?**`);
    assert.match(await page.locator("main").innerText(), /cognito[\s\S]*close this page/);
    assert.equal(await page.locator("script").count(), 0);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run());
    assert.deepEqual(violations.map(({ id }) => id), []);
    if (screenshots) {
      mkdirSync(screenshots, { recursive: true });
      await page.screenshot({ path: `${screenshots}/program-callback.png` });
    }
    assert.deepEqual(await ended, [0, null], lines.join("\n"));
    const whoami = execFileSync(program, ["whoami", "--output", "json"], { env });
    assert.equal(JSON.parse(whoami).username, "alice");
  });
} finally {
  await browser.close();
  rmSync(home, { recursive: true });
}
