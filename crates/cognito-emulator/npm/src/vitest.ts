// Global set-up for Vitest, with an emulator for each worker.

import { availableParallelism } from "node:os";

import type { Emulator } from "./emulator.js";
import type { Ready, StartOptions } from "./process.js";
import { startForWorkers } from "./worker.js";

/** The used members of Vitest's `TestProject`, so that this package does not depend on Vitest. */
export interface Project {
  provide(key: string, value: unknown): void;
  vitest?: { config: Config };
  /** In Vitest 2, the configuration of the run. */
  config?: Config;
}

interface Config {
  maxWorkers?: number | string;
}

/** The default export of a module in `globalSetup`. */
export type GlobalSetup = (project: any) => Promise<() => Promise<void>>;

/** Returns a global set-up with options for the emulators. */
export function globalSetup(options: StartOptions = {}): GlobalSetup {
  return async (project: Project) => {
    const config = project.vitest?.config ?? project.config;
    const workers = Number(config?.maxWorkers) || availableParallelism();
    const emulators = await startForWorkers(workers, options);
    project.provide("cognitoEmulators", emulators.map(({ ready }): Ready => ready));
    return () => stop(emulators);
  };
}

async function stop(emulators: Emulator[]): Promise<void> {
  await Promise.all(emulators.map((emulator) => emulator.stop()));
}

export default globalSetup();
