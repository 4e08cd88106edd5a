// The emulator of a test runner's worker.

import { Emulator, start } from "./emulator.js";
import { EmulatorError } from "./errors.js";
import type { Ready, StartOptions } from "./process.js";

const CURRENT = Symbol.for("cognito-emulator");

/** Variables of a developer or a build machine that must not affect tests. */
const REMOVED = [
  "AWS_ENDPOINT_URL",
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_SESSION_TOKEN",
  "AWS_SECURITY_TOKEN",
];

/** Starts an emulator for each worker. */
export function startForWorkers(workers: number, options: StartOptions): Promise<Emulator[]> {
  return Promise.all(Array.from({ length: Math.max(1, workers) }, () => start(options)));
}

/**
 * Returns the emulator of this worker of Vitest or Jest, whose set-up resets it before each test.
 *
 * @throws EmulatorError if the set-up is not configured.
 */
export function currentEmulator(): Emulator {
  const current = (globalThis as { [CURRENT]?: Emulator })[CURRENT];
  if (current === undefined) {
    throw new EmulatorError(
      "there is no emulator of this worker; add cognito-emulator/vitest to globalSetup and " +
        "cognito-emulator/vitest/setup to setupFiles, or cognito-emulator/jest and " +
        "cognito-emulator/jest/setup to globalSetup and setupFilesAfterEnv",
    );
  }
  return current;
}

/** Selects the emulator of a worker, by its number from 1, and sets the environment for SDKs. */
export function useEmulatorOf(worker: string | undefined, emulators: readonly Ready[]): Emulator {
  if (emulators.length === 0) {
    throw new EmulatorError("no emulator was started; add the package's set-up to globalSetup");
  }
  const number = Number(worker) || 1;
  const ready = emulators[number - 1];
  if (ready === undefined) {
    throw new EmulatorError(
      `worker ${number} has no emulator; set maxWorkers to the number of workers`,
    );
  }
  const emulator = new Emulator(ready);
  for (const name of REMOVED) {
    delete process.env[name];
  }
  Object.assign(process.env, emulator.env());
  (globalThis as { [CURRENT]?: Emulator })[CURRENT] = emulator;
  return emulator;
}
