// Global set-up for Jest, with an emulator for each worker.

import type { Emulator } from "./emulator.js";
import type { StartOptions } from "./process.js";
import { startForWorkers } from "./worker.js";

/** The variable with the emulators, which workers inherit. */
export const VARIABLE = "COGNITO_EMULATORS";

/** The export of a module in `globalSetup`. */
export type GlobalSetup = (config: { maxWorkers: number }) => Promise<void>;

let running: Emulator[] = [];

/** Returns a global set-up with options for the emulators. */
export function globalSetup(options: StartOptions = {}): GlobalSetup {
  return async ({ maxWorkers }) => {
    // Stops the emulators of the previous run in watch mode. The last ones end with Jest.
    await Promise.all(running.map((emulator) => emulator.stop()));
    running = await startForWorkers(maxWorkers, options);
    process.env[VARIABLE] = JSON.stringify(running.map(({ ready }) => ready));
  };
}

export default globalSetup();
