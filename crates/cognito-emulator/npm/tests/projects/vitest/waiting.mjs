// Run alone, by its name: a test that never ends.
import { appendFileSync } from "node:fs";
import { currentEmulator } from "cognito-emulator";
import { test } from "vitest";

test("waits", async () => {
  appendFileSync(process.env.ADDRESSES, `${currentEmulator().url}\n`);
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}, 60_000);
