#!/usr/bin/env node
// Runs the program from the package for this platform.

"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const { findProgram } = require("../dist/program.js");

let program;
try {
  program = findProgram();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => child.kill(signal));
}
child.on("error", (error) => {
  console.error(`cannot run ${program}: ${error.message}`);
  process.exit(1);
});
// The exit code after a signal is the one that a shell reports.
child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
