// The set-up of a test file in Vitest: the emulator of this worker, which is reset before each test.

import { beforeEach, inject } from "vitest";
import worker from "../dist/worker.js";

const emulator = worker.useEmulatorOf(process.env.VITEST_POOL_ID, inject("cognitoEmulators") ?? []);

beforeEach(() => emulator.reset());
