// The set-up of a test file in Jest: the emulator of this worker, which is reset before each test.

"use strict";

const { VARIABLE } = require("../dist/jest.js");
const { useEmulatorOf } = require("../dist/worker.js");

const emulators = JSON.parse(process.env[VARIABLE] ?? "[]");
const emulator = useEmulatorOf(process.env.JEST_WORKER_ID, emulators);

beforeEach(() => emulator.reset());
