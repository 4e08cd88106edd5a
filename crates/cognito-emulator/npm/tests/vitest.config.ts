import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    exclude: ["projects/**"],
    globalSetup: "cognito-emulator/vitest",
    setupFiles: "cognito-emulator/vitest/setup",
    testTimeout: 60_000,
  },
});
