// The set-ups of Vitest and Jest, in runs of their own with two workers.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

/** Runs a runner in a project, and returns its output and the addresses of the emulators. */
function run(project: string, command: string, ...options: string[]) {
  const directory = mkdtempSync(join(tmpdir(), "addresses-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const addresses = join(directory, "addresses");
  const env: NodeJS.ProcessEnv = { ...process.env, ADDRESSES: addresses };
  // Those of the run around this test.
  for (const name of Object.keys(env).filter((name) => /^(VITEST|JEST|TEST$|NODE_ENV$|AWS_)/.test(name))) {
    delete env[name];
  }
  const cwd = join(import.meta.dirname, "projects", project);
  const program = join(import.meta.dirname, "../node_modules/.bin", command);
  const ended = spawnSync(program, options, { cwd, env, encoding: "utf8" });
  const output = ended.stdout + ended.stderr;
  expect(ended.status, output).toBe(0);
  return { output, addresses: new Set(readFileSync(addresses, "utf8").trim().split("\n")) };
}

test("Jest has an emulator for each worker", () => {
  const { output, addresses } = run("jest", "jest", "--maxWorkers", "2");
  expect(output).toContain("42 passed");
  expect(addresses.size).toBe(2);
  expect(output).not.toContain("did not exit");
});

test("Vitest has an emulator for each worker, with options", () => {
  const { output, addresses } = run("vitest", "vitest", "run");
  expect(output).toContain("42 passed");
  expect(addresses.size).toBe(2);
});
