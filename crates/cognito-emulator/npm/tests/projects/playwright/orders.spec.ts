// Two tests that run at the same time in two workers.

import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "@playwright/test";
import { signIn } from "cognito-emulator/playwright";

import { test } from "./cognito.js";

const application = createServer((_, response) => void response.end("orders"));

test.beforeAll(() => once(application.listen(0, "localhost"), "listening"));
test.afterAll(() => void application.close());

for (const number of [1, 2]) {
  test(`alice signs in ${number}`, async ({ page, cognito }) => {
    const redirect_uri = `http://localhost:${(application.address() as AddressInfo).port}/callback`;
    expect((await cognito.pool.call("ListUsers")).Users).toEqual([]);
    const alice = await cognito.createUser("alice");
    const client = await cognito.createClient({
      CallbackURLs: [redirect_uri],
      AllowedOAuthFlows: ["code"],
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthScopes: ["openid"],
      SupportedIdentityProviders: ["COGNITO"],
    });
    const query = new URLSearchParams({ client_id: client.id, response_type: "code", redirect_uri });
    await page.goto(`${cognito.url}/oauth2/authorize?${query}`);
    await signIn(page, alice);
    expect(page.url()).toMatch(/callback\?code=/);
    appendFileSync(process.env.ADDRESSES ?? "", `${cognito.url}\n`);
  });
}
