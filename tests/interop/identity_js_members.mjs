// Compares the public members of amazon-cognito-identity-js with their tables in a guide.
//
// Usage: identity_js_members.mjs GUIDE PACKAGES
//
// The members are those in the package's type declarations: members of classes, of the callbacks of a sign-in, and of
// the settings of a pool. Fails if the tables lack a member, or name one that does not exist.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const [guide, packages] = process.argv.slice(2);

/** The interfaces that an application implements. */
const interfaces = ["IAuthenticationCallback", "ICognitoUserPoolData"];

function declared() {
  const path = join(packages, "node_modules/amazon-cognito-identity-js/index.d.ts");
  const found = new Set();
  let owner = null;
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const [, kind, name] = line.match(/^\texport (class|interface|const) (\w+)/) ?? [];
    if (kind === "const" || kind === "class") found.add(name);
    if (kind !== undefined) owner = kind === "class" || interfaces.includes(name) ? name : null;
    const [, member] = line.match(/^\t\t(?:public )?(\w+)\??[(:]/) ?? [];
    if (owner !== null && member !== undefined && member !== "constructor") found.add(`${owner}.${member}`);
  }
  return found;
}

/** Returns the names in the first cell of rows with three cells. */
function listed() {
  const rows = readFileSync(guide, "utf8").split("\n").map((line) => line.split(" | "));
  const first = rows.filter((row) => row.length === 3).map(([cell]) => cell);
  return new Set([...first.join("").matchAll(/`([^`]+)`/g)].map(([, name]) => name));
}

const [there, named] = [declared(), listed()];
const missing = [...there].filter((name) => !named.has(name));
const unknown = [...named].filter((name) => !there.has(name));
for (const name of missing) console.log(`the tables lack \`${name}\``);
for (const name of unknown) console.log(`amazon-cognito-identity-js has no \`${name}\``);
if (missing.length + unknown.length > 0) process.exit(1);
console.log(`all ${there.size} members of amazon-cognito-identity-js are in the tables`);
