module.exports = {
  globalSetup: "cognito-emulator/jest",
  setupFilesAfterEnv: ["cognito-emulator/jest/setup"],
};
