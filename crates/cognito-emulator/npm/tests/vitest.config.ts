import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    exclude: ["projects/**"],
    globalSetup: "cognito-emulator/vitest",
    setupFiles: "cognito-emulator/vitest/setup",
    testTimeout: 60_000,
    // Those of a developer, which the set-up removes or replaces.
    env: {
      AWS_ENDPOINT_URL: "http://localhost:4566",
      AWS_PROFILE: "work",
      AWS_DEFAULT_PROFILE: "work",
      AWS_SESSION_TOKEN: "token",
      AWS_SECURITY_TOKEN: "token",
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
    },
  },
});
