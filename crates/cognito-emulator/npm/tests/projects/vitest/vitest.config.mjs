export default {
  test: {
    globalSetup: "./cognito.mjs",
    setupFiles: "cognito-emulator/vitest/setup",
    maxWorkers: 2,
    include: [process.env.TESTS ?? "*.test.mjs"],
  },
};
