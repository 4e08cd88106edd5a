// Tests of the set-ups for Vitest and Jest, in separate runs with two workers.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test, vi } from "vitest";

/** Prepares a runner in a project, and the file to which tests append the URLs of emulators. */
function prepare(project: string, command: string) {
  const directory = mkdtempSync(join(tmpdir(), "addresses-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const addresses = join(directory, "addresses");
  const env: NodeJS.ProcessEnv = { ...process.env, ADDRESSES: addresses };
  // Variables of the run around this test.
  const inherited = /^(VITEST|JEST|TEST$|NODE_ENV$|AWS_)/;
  for (const name of Object.keys(env).filter((name) => inherited.test(name))) {
    delete env[name];
  }
  const cwd = join(import.meta.dirname, "projects", project);
  const program = join(import.meta.dirname, "../node_modules/.bin", command);
  return { program, addresses, options: { cwd, env } };
}

/** Runs a runner in a project, and returns its output and the URLs of the emulators. */
function run(project: string, command: string, ...words: string[]) {
  const { program, addresses, options } = prepare(project, command);
  const ended = spawnSync(program, words, { ...options, encoding: "utf8" });
  const output = ended.stdout + ended.stderr;
  expect(ended.status, output).toBe(0);
  return { output, addresses: new Set(readFileSync(addresses, "utf8").trim().split("\n")) };
}

test("Jest has an emulator for each worker", () => {
  // Jest runs files in its own process if its cache says that each took less than a second.
  const { output, addresses } = run("jest", "jest", "--maxWorkers", "2", "--no-cache");
  expect(output).toContain("42 passed");
  expect(addresses.size).toBe(2);
  expect(output).not.toContain("did not exit");
});

test("Vitest has an emulator for each worker, with options", () => {
  const { output, addresses } = run("vitest", "vitest", "run");
  expect(output).toContain("42 passed");
  expect(addresses.size).toBe(2);
});

test.each([
  ["jest", "--testMatch", "**/waiting.cjs"],
  ["vitest", "run"], // its configuration has the variable TESTS
])("the emulators of a killed %s end within a second", async (command, ...words) => {
  const { program, addresses, options } = prepare(command, command);
  options.env.TESTS = "waiting.mjs";
  const runner = spawn(program, words, { ...options, stdio: "ignore", detached: true });
  // Ends the workers of a killed runner.
  onTestFinished(() => void process.kill(-(runner.pid ?? 0), "SIGKILL"));
  const url = await vi.waitFor(() => readFileSync(addresses, "utf8").trim(), { timeout: 30_000 });
  const responds = () => fetch(`${url}/_emulator/clock`).then(({ ok }) => ok, () => false);
  expect(await responds()).toBe(true);
  runner.kill("SIGKILL");
  await expect.poll(responds, { timeout: 1000, interval: 10 }).toBe(false);
});
