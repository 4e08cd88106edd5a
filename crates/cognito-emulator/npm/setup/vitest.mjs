// Set-up of a Vitest test file: resets the emulator of this worker before each test.

import { beforeEach, inject } from "vitest";
import worker from "../dist/worker.js";

const emulator = worker.useEmulatorOf(process.env.VITEST_POOL_ID, inject("cognitoEmulators") ?? []);

beforeEach(() => emulator.reset());
