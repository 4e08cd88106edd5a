// The protocol of benchmarked scripts: a job, then counts, each with the seconds it took.

import { createInterface } from "node:readline";

/** Does a job once and prints `ready`; then reads a count a line, and prints the seconds. */
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
