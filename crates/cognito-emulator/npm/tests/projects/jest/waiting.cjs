// Run alone, by its name: a test that never ends.
const { appendFileSync } = require("node:fs");
const { currentEmulator } = require("cognito-emulator");

test("waits", async () => {
  appendFileSync(process.env.ADDRESSES, `${currentEmulator().url}\n`);
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}, 60_000);
