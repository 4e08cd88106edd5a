// Packs the main package, or the package of one platform with its program.
//
// Usage: node pack.mjs main DIRECTORY                  after tsc
//        node pack.mjs PLATFORM DIRECTORY PROGRAM      such as linux-x64

import { execSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const [platform, directory, program] = process.argv.slice(2);
const source = import.meta.dirname;
const main = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));

mkdirSync(directory, { recursive: true });
if (platform === "main") {
  pack(source);
} else {
  const created = mkdtempSync(join(tmpdir(), "cognito-emulator-"));
  try {
    writePlatform(created);
    pack(created);
  } finally {
    rmSync(created, { recursive: true });
  }
}

function pack(packed) {
  // With a shell, because npm is a batch file on Windows. The path is in a variable, which needs no
  // quotes.
  const env = { ...process.env, npm_config_pack_destination: resolve(directory) };
  execSync("npm pack --silent --ignore-scripts", { cwd: packed, stdio: "inherit", env });
}

function writePlatform(created) {
  const name = `@cognito-emulator/${platform}`;
  if (!(name in main.optionalDependencies)) {
    throw new Error(`${platform} is no platform of package.json`);
  }
  const [os, cpu] = platform.split("-");
  const { version, license, author, engines } = main;
  const description = `The program cognito-emulator for ${platform}; install cognito-emulator`;
  const manifest = { name, version, description, license, author, engines, os: [os], cpu: [cpu] };
  manifest.files = ["bin", "LICENSE-*"];
  // Otherwise Yarn keeps the package zipped, and the program cannot be run.
  manifest.preferUnplugged = true;
  writeFileSync(join(created, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(created, "README.md"), `# ${name}\n\n${description}.\n`);
  for (const file of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    copyFileSync(join(source, file), join(created, file));
  }
  mkdirSync(join(created, "bin"));
  const copy = join(created, "bin", os === "win32" ? "cognito-emulator.exe" : "cognito-emulator");
  copyFileSync(program, copy);
  chmodSync(copy, 0o755);
}
