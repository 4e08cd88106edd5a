// The program in the package for this platform.

import { existsSync } from "node:fs";
import { join } from "node:path";

import { EmulatorError } from "./errors.js";

/** Variable with the path of another program. */
export const VARIABLE = "COGNITO_EMULATOR_PROGRAM";

const PLATFORMS: Readonly<Record<string, readonly string[]>> = {
  "darwin-arm64": ["darwin-arm64"],
  "darwin-x64": ["darwin-x64"],
  "linux-arm64": ["linux-arm64", "linux-arm64-musl"],
  "linux-x64": ["linux-x64", "linux-x64-musl"],
  "win32-x64": ["win32-x64"],
};

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
  const packages = packagesOf(process.platform, process.arch, usesMusl());
  for (const name of packages) {
    try {
      const manifest = require.resolve(`${name}/package.json`);
      const file = process.platform === "win32" ? "cognito-emulator.exe" : "cognito-emulator";
      return join(manifest, "..", "bin", file);
    } catch {
      // A package manager installs that of one C library.
    }
  }
  throw new EmulatorError(missing(packages));
}

/** Returns the packages for a platform, the best first. */
export function packagesOf(platform: string, arch: string, musl: boolean): string[] {
  const names = PLATFORMS[`${platform}-${arch}`] ?? [];
  // Some package managers install both; each program runs with its own C library only.
  const sorted = musl ? [...names].reverse() : names;
  return sorted.map((name) => `@cognito-emulator/${name}`);
}

function usesMusl(): boolean {
  const loaders = { x64: "ld-musl-x86_64", arm64: "ld-musl-aarch64" };
  const loader = loaders[process.arch as keyof typeof loaders];
  return process.platform === "linux" && existsSync(`/lib/${loader}.so.1`);
}

function missing(packages: readonly string[]): string {
  const [name] = packages;
  if (name === undefined) {
    const platform = `${process.platform}-${process.arch}`;
    return `cognito-emulator has no package for ${platform}; build the program and set ${VARIABLE} to its path`;
  }
  return (
    `the package ${name} with the program cognito-emulator is not installed; install ` +
    `cognito-emulator again on this platform, with optional dependencies (npm without ` +
    `--omit=optional), or set ${VARIABLE} to the path of the program`
  );
}
