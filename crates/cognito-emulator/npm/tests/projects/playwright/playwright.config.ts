import { execFileSync } from "node:child_process";
import { defineConfig } from "@playwright/test";

const executablePath = execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();

export default defineConfig({
  fullyParallel: true,
  workers: 2,
  outputDir: process.env.RESULTS,
  use: { launchOptions: { executablePath } },
});
