import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "cognito-emulator/vitest",
    setupFiles: "cognito-emulator/vitest/setup",
  },
});
