// The program `cognito-emulator` as a child process.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { EmulatorError } from "./errors.js";
import { findProgram } from "./program.js";

/** Options for the start. */
export interface StartOptions {
  /** The seed file with pools, app clients, groups and users; by default `cognito-emulator/seed.json`. */
  seedFile?: string;
  /** The content of a seed file, as an object. */
  seed?: object;
  /** Whether to serve https in addition to http. */
  tls?: boolean;
  /** Further options of `cognito-emulator serve`. */
  arguments?: readonly string[];
  /** The path of the program; by default that of the package for this platform. */
  program?: string;
  /** The time limit for the start, in milliseconds. */
  timeout?: number;
}

/** The line that the program prints when it is ready. */
export interface Ready {
  url: string;
  https_url?: string | null;
  ca?: string | null;
  pools: { id: string; clients: { id: string; name: string; secret?: string | null }[] }[];
}

const DEFAULT_SEED_FILE = join(__dirname, "..", "seed.json");
const STOP_WITHIN = 6_000;
const LOG_LIMIT = 1 << 20;

/** A running program. It ends with this process, even if this process is killed. */
export class Process {
  private written = "";

  private constructor(private readonly child: ChildProcess) {
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.written = (this.written + text).slice(-LOG_LIMIT);
    });
  }

  /** Starts the program and waits until it is ready. */
  static async start(options: StartOptions): Promise<[Process, Ready]> {
    const program = options.program ?? findProgram();
    const directory = options.seed && (await writeSeed(options.seed));
    const seedFile = directory ? join(directory, "seed.json") : options.seedFile;
    const serve = ["serve", "--ready-json", "--exit-with-stdin"];
    serve.push("--seed-file", seedFile ?? DEFAULT_SEED_FILE, ...(options.tls ? ["--tls"] : []));
    try {
      // The standard input is a pipe, which the operating system closes when this process ends.
      const child = spawn(program, [...serve, ...(options.arguments ?? [])], { stdio: "pipe" });
      const process = new Process(child);
      return [process, await process.ready(program, options.timeout ?? 20_000)];
    } finally {
      if (directory) {
        await rm(directory, { recursive: true, force: true });
      }
    }
  }

  private ready(program: string, timeout: number): Promise<Ready> {
    const { child } = this;
    return new Promise((resolve, reject) => {
      let late = false;
      const limit = setTimeout(() => {
        late = true;
        child.kill("SIGKILL");
      }, timeout);
      let line = "";
      let ready: Ready | undefined;
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        line += text;
        if (line.includes("\n") && !ready) {
          ready = parse(line.slice(0, line.indexOf("\n")));
          if (ready === undefined) {
            child.kill("SIGKILL");
            return;
          }
          clearTimeout(limit);
          this.unref();
          resolve(ready);
        }
      });
      child.on("error", (error) => {
        clearTimeout(limit);
        reject(new EmulatorError(`cannot run ${program}: ${error.message}`));
      });
      // After the streams have ended, so that the reason was read.
      child.on("close", () => {
        clearTimeout(limit);
        const reason = late
          ? `the program was not ready within ${timeout} ms`
          : `${program} printed no address`;
        reject(new EmulatorError(`cannot start the emulator: ${this.written.trim() || reason}`));
      });
    });
  }

  /** Allows this process to end while the program runs. */
  private unref(): void {
    this.child.unref();
    for (const stream of [this.child.stdin, this.child.stdout, this.child.stderr]) {
      (stream as unknown as { unref?: () => void } | null)?.unref?.();
    }
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** Returns the last part of the program's standard error. */
  log(): string {
    return this.written;
  }

  /** Stops the program and waits for its end. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) {
      return;
    }
    const limit = setTimeout(() => this.child.kill("SIGKILL"), STOP_WITHIN);
    await new Promise((resolve) => {
      this.child.ref();
      this.child.once("exit", resolve);
      this.child.stdin?.end();
    });
    clearTimeout(limit);
  }
}

/** Parses the ready line; returns `undefined` if another program printed it. */
function parse(line: string): Ready | undefined {
  try {
    const ready = JSON.parse(line);
    return typeof ready?.url === "string" && Array.isArray(ready.pools) ? ready : undefined;
  } catch {
    return undefined;
  }
}

async function writeSeed(seed: object): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "cognito-emulator-"));
  await writeFile(join(directory, "seed.json"), JSON.stringify(seed));
  return directory;
}
