// The protocol between benchmarks and scripts: run a job, then repeat it for each count and print the seconds.

import { createInterface } from "node:readline";

/** Runs a job once and prints `ready`; then reads a count from each line, runs the job that often, and prints the seconds. */
export async function serve(job) {
  await job();
  console.log("ready");
  for await (const line of createInterface({ input: process.stdin })) {
    const start = process.hrtime.bigint();
    for (let done = 0; done < Number(line); done++) {
      await job();
    }
    console.log(Number(process.hrtime.bigint() - start) / 1e9);
  }
}
