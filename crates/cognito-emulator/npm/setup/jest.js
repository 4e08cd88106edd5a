// Set-up of a Jest test file: resets the emulator of this worker before each test.

"use strict";

const { VARIABLE } = require("../dist/jest.js");
const { useEmulatorOf } = require("../dist/worker.js");

const emulators = JSON.parse(process.env[VARIABLE] ?? "[]");
const emulator = useEmulatorOf(process.env.JEST_WORKER_ID, emulators);

beforeEach(() => emulator.reset());
