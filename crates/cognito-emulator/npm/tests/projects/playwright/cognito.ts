// Tests with an emulator, which each worker of Playwright starts on a free port.

import { test as base } from "@playwright/test";
import { type Emulator, start } from "cognito-emulator";

export const test = base.extend<{ freshState: void }, { cognito: Emulator }>({
  cognito: [
    async ({}, use) => {
      const cognito = await start(); // { seedFile: "tests/seed.json" }
      await use(cognito);
      await cognito.stop();
    },
    { scope: "worker" },
  ],
  freshState: [
    async ({ cognito }, use) => {
      await cognito.reset();
      await use();
    },
    { auto: true },
  ],
});
