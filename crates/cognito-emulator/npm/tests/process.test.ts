// The process of the emulator, and the programs of the package.

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { currentEmulator, findProgram, start } from "cognito-emulator";
import { expect, test } from "vitest";

const require = createRequire(import.meta.url);
const manifest = require("cognito-emulator/package.json");

function isRunning(pid: number): boolean {
  try {
    // A zombie waits for its new parent.
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

/** Runs a module with the package, and returns the first line that it prints. */
async function run(script: string) {
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout, "data");
  return { child, line: String(line).trim() };
}

test("the emulator ends within a second of a killed runner", async () => {
  const { child, line } = await run(`
    import { start } from "cognito-emulator";
    console.log((await start()).pid);
    setInterval(() => {}, 1000);`);
  const pid = Number(line);
  expect(isRunning(pid)).toBe(true);
  child.kill("SIGKILL");
  const killed = Date.now();
  while (isRunning(pid)) {
    expect(Date.now() - killed).toBeLessThan(1000);
    await sleep(10);
  }
});

test("a runner that does not stop the emulator ends, and so does the emulator", async () => {
  const { child, line } = await run(`
    import { start } from "cognito-emulator";
    const emulator = await start();
    await emulator.reset();
    console.log(emulator.pid);`);
  if (child.exitCode === null) {
    await once(child, "exit");
  }
  expect(child.exitCode).toBe(0);
  await expect.poll(() => isRunning(Number(line))).toBe(false);
});

test("CommonJS has the same exports", () => {
  const exported = Object.keys(require("cognito-emulator"));
  expect(exported).toEqual(expect.arrayContaining(["start", "currentEmulator", "CognitoError"]));
});

test("the command runs the program and has its exit code", () => {
  const command = require.resolve("cognito-emulator/package.json").replace(
    "package.json",
    manifest.bin["cognito-emulator"],
  );
  const run = (...options: string[]) => spawnSync(process.execPath, [command, ...options]);
  expect(String(run("--version").stdout).trim()).toBe(`cognito-emulator ${manifest.version}`);
  expect(run("serve", "--no-such-option").status).toBe(2);
});

test("a missing package of the platform is named", () => {
  const script = `
    Object.defineProperty(process, "arch", { value: process.argv[1] });
    try {
      require("cognito-emulator").findProgram();
    } catch (error) {
      console.log(error.message);
    }`;
  const env = { ...process.env, COGNITO_EMULATOR_PROGRAM: "" };
  const missing = (arch: string) =>
    String(execFileSync(process.execPath, ["-e", script, arch], { cwd: import.meta.dirname, env }));
  expect(missing("arm64")).toContain(`package @cognito-emulator/${process.platform}-arm64 with the`);
  expect(missing("s390x")).toContain(`no package for ${process.platform}-s390x`);
});

test("a test file without the set-up fails with instructions", () => {
  const script = `require("cognito-emulator").currentEmulator()`;
  const ended = spawnSync(process.execPath, ["-e", script], { cwd: import.meta.dirname });
  expect(String(ended.stderr)).toContain("add cognito-emulator/vitest to globalSetup");
});

test("a worker without an emulator fails with instructions", () => {
  const { useEmulatorOf } = require(join(dirname(require.resolve("cognito-emulator")), "worker.js"));
  const { ready } = currentEmulator() as any;
  const third = () => useEmulatorOf("3", [ready, ready]);
  expect(third).toThrow("worker 3 has no emulator; set maxWorkers to the number of workers");
  expect(() => useEmulatorOf(undefined, [])).toThrow("no emulator was started");
});

test("the program is that of the platform's package", () => {
  if (!process.env.COGNITO_EMULATOR_PROGRAM) {
    const name = `@cognito-emulator/${process.platform}-${process.arch}`;
    expect(findProgram()).toContain(name);
    const { os, cpu, libc } = require(`${name}/package.json`);
    // Without a C library: the programs for Linux are static.
    expect({ os, cpu, libc }).toEqual({ os: [process.platform], cpu: [process.arch], libc: undefined });
  }
});

test("every package of a platform has the version of this one", () => {
  const versions = new Set(Object.values(manifest.optionalDependencies));
  expect([...versions]).toEqual([manifest.version]);
  expect(manifest.license).toBe("MIT OR Apache-2.0");
  expect(manifest.scripts).toBeUndefined();
});

test("the emulator of a worker is its own", () => {
  expect(currentEmulator().url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

test("the first response is fast", async () => {
  const times = [];
  for (let index = 0; index < 9; index++) {
    const started = performance.now();
    await using emulator = await start();
    await emulator.call("ListUserPools", { MaxResults: 1 });
    times.push(performance.now() - started);
  }
  const median = times.sort((a, b) => a - b)[4] ?? Infinity;
  console.log(`from spawn to the first response, median of 9: ${median.toFixed(0)} ms`);
  // The goal is 50 ms on an idle machine.
  expect(median).toBeLessThan(500);
});
