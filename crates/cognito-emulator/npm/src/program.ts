// The program in the package for this platform.

import { join } from "node:path";

import { EmulatorError } from "./errors.js";

/** The variable with the path of another program. */
export const VARIABLE = "COGNITO_EMULATOR_PROGRAM";

// The packages for Linux contain a static program, which runs with every C library.
const PLATFORMS = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-x64"];

/**
 * Returns the path of the program `cognito-emulator`.
 *
 * @throws EmulatorError if no package has it for this platform.
 */
export function findProgram(): string {
  const named = process.env[VARIABLE];
  if (named) {
    return named;
  }
  const platform = `${process.platform}-${process.arch}`;
  const name = `@cognito-emulator/${platform}`;
  try {
    const manifest = require.resolve(`${name}/package.json`);
    const file = process.platform === "win32" ? "cognito-emulator.exe" : "cognito-emulator";
    return join(manifest, "..", "bin", file);
  } catch {
    throw new EmulatorError(missing(platform, name));
  }
}

function missing(platform: string, name: string): string {
  if (!PLATFORMS.includes(platform)) {
    return `cognito-emulator has no package for ${platform}; build the program and set ${VARIABLE} to its path`;
  }
  return (
    `the package ${name} with the program cognito-emulator is not installed; install ` +
    `cognito-emulator again on this platform, with optional dependencies (npm without ` +
    `--omit=optional), or set ${VARIABLE} to the path of the program`
  );
}
