// Tests the page of `cognito audit --html` in headless Chromium: at 390 and 1280 pixels, light, dark and
// printed. It must have no accessibility violations (axe), no scripts and no requests.
//
// Usage: node audit_page.mjs ENDPOINT PACKAGES PROGRAM [DIRECTORY for screenshots]

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { call, endpoint, load, password, step } from "./steps.mjs";

const [, , program, screenshots] = process.argv.slice(2);
const playwright = load("playwright-core");
const axe = load.resolve("axe-core/axe.min.js");
const directory = mkdtempSync(join(tmpdir(), "audit-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

/** Sets the clock of the emulator to a month; 0 is two years ago. */
async function setMonth(month) {
  await setClock(Date.UTC(2024, 11 + month, 5));
}

async function setClock(time) {
  const Now = Math.floor(time / 1000);
  const body = JSON.stringify({ Now });
  const response = await fetch(`${endpoint}/_emulator/clock`, { method: "POST", body });
  assert(response.ok, await response.text());
}

/** Creates a pool with data for every chart. */
async function pool() {
  await setMonth(0);
  const created = await call("CreateUserPool", {
    PoolName: "Example shop",
    UsernameConfiguration: { CaseSensitive: true },
  });
  const UserPoolId = created.UserPool.Id;
  const group = (GroupName, Precedence, role) =>
    call("CreateGroup", {
      UserPoolId,
      GroupName,
      Precedence,
      RoleArn: `arn:aws:iam::123456789012:role/${role}`,
    });
  await group("customers", 5, "customer");
  await group("newsletter", 6, "customer");
  await group("staff", 2, "staff");
  await group("administrators", 2, "administrator");
  await group("<b>pilots&testers</b>", 9, "customer");
  let number = 0;
  for (let month = 0; month < 24; month += 1) {
    await setMonth(month);
    const users = 3 + Math.round(4 * Math.sin(month / 3) + month / 3);
    for (let count = 0; count < users; count += 1) await user(UserPoolId, (number += 1));
  }
  await setClock(Date.now());
  return UserPoolId;
}

async function user(UserPoolId, number) {
  const Username = number % 31 === 0 ? `User-${number - 1}` : `user-${number}`;
  const of = { UserPoolId, Username };
  const email = number % 17 === 0 ? "shared@example.com" : `${Username}@example.com`;
  const UserAttributes = [
    { Name: "email", Value: email },
    { Name: "email_verified", Value: String(number % 5 !== 0) },
  ];
  await call("AdminCreateUser", { ...of, UserAttributes, MessageAction: "SUPPRESS" });
  if (number % 7 !== 0) {
    await call("AdminSetUserPassword", { ...of, Password: password, Permanent: true });
  }
  if (number % 29 === 0 && number % 5 !== 0) await call("AdminResetUserPassword", of);
  if (number % 13 === 0) await call("AdminDisableUser", of);
  const groups = [
    number % 6 !== 0 && "customers",
    number % 3 === 0 && "newsletter",
    number % 19 === 0 && "staff",
    number % 38 === 0 && "administrators",
  ];
  for (const GroupName of groups.filter(Boolean)) {
    await call("AdminAddUserToGroup", { ...of, GroupName });
  }
}

/** Runs the audit, and returns the path of its page. */
function audit(id) {
  const file = join(directory, "audit.html");
  const env = {
    HOME: directory,
    AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
    COGNITO_ENDPOINT_URL: endpoint,
  };
  execFileSync(program, ["audit", "--pool", id, "--html", file, "--mfa", "--quiet"], { env });
  return file;
}

/** Checks a page with axe, which runs in spite of the page's Content-Security-Policy. */
async function check(page, name) {
  await page.evaluate(readFileSync(axe, "utf8"));
  const { violations } = await page.evaluate(() => window.axe.run());
  const lines = violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
  assert.deepEqual(lines, [], name);
}

const id = await pool();
const file = audit(id);
const executablePath = execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
const browser = await playwright.chromium.launch({ executablePath });

await step("audit-page", async () => {
  const page = await (await browser.newContext()).newPage();
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => assert.fail(`the console has: ${message.text()}`));
  await page.goto(pathToFileURL(file).href);
  assert.equal(requests.length, 1, "the page is one file");
  assert.equal(await page.locator("script").count(), 0);
  assert.equal(await page.locator("h1").textContent(), `Audit of the user pool ${id}`);
  assert.equal(await page.locator("svg.months rect").count(), 24);
  assert.ok(await page.getByText("<b>pilots&testers</b>").first().isVisible());
  for (const width of [390, 1280]) {
    for (const colorScheme of ["light", "dark"]) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      const wider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      assert.equal(wider, false, `it is wider than ${width} pixels`);
      await check(page, `${width} ${colorScheme}`);
      if (screenshots) {
        mkdirSync(screenshots, { recursive: true });
        const path = join(screenshots, `audit-${width}-${colorScheme}.png`);
        await page.screenshot({ path });
        await page.screenshot({ path: path.replace(".png", "-whole.png"), fullPage: true });
      }
    }
  }
});

await step("printed-page", async () => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(pathToFileURL(file).href);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(background, "rgb(255, 255, 255)", "paper is white in dark mode too");
  const pdf = await page.pdf({ format: "A4" });
  assert.ok(pdf.length > 10_000);
  if (screenshots) await page.screenshot({ path: join(screenshots, "audit-print.png"), fullPage: true });
});

await browser.close();
