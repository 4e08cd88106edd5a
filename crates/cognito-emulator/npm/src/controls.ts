// The clock of the emulator and its injected faults.

import type { Connection, Members } from "./connection.js";

/** The time by which codes and tokens expire. A reset sets it to that of the operating system. */
export class Clock {
  constructor(private readonly connection: Connection) {}

  /** Returns the time that the clock shows. */
  async now(): Promise<Date> {
    return time(await this.connection.json("GET", "/_emulator/clock"));
  }

  /** Moves the clock ahead, by whole seconds. */
  async advance(seconds: number): Promise<Date> {
    if (!Number.isInteger(seconds)) {
      throw new RangeError(`the clock has whole seconds, not ${seconds}`);
    }
    return this.change({ AdvanceSeconds: seconds });
  }

  /** Sets the time. */
  set(moment: Date): Promise<Date> {
    return this.change({ Now: Math.trunc(moment.getTime() / 1000) });
  }

  /** Stops the clock. */
  freeze(): Promise<Date> {
    return this.change({ Frozen: true });
  }

  /** Lets a clock run again that was stopped. */
  resume(): Promise<Date> {
    return this.change({ Frozen: false });
  }

  private async change(members: Members): Promise<Date> {
    return time(await this.connection.json("POST", "/_emulator/clock", members));
  }
}

function time(clock: any): Date {
  return new Date(clock.Now * 1000);
}

/** A fault, by its name in the test interface. */
export type Fault =
  | "Throttled"
  | "InternalError"
  | "Exception"
  | "ConnectionRefused"
  | "ResponseLost"
  | "ResponseTruncated"
  | "Delayed";

/** A fault for a call to come. */
export interface FaultPlan {
  /** The number of the call that fails; 1, the next one, by default. */
  nth?: number;
  /** The name of an `Exception`. */
  name?: string;
  /** The message of an `Exception`. */
  message?: string;
  /** The delay of `Delayed`. */
  milliseconds?: number;
}

/** Faults that are planned for calls to come. A reset removes them. */
export class Faults {
  constructor(private readonly connection: Connection) {}

  /** Plans a fault for a call of an operation. */
  async plan(operation: string, fault: Fault, plan: FaultPlan = {}): Promise<void> {
    await this.connection.json("POST", "/_emulator/faults", {
      Operation: operation,
      Fault: fault,
      Nth: plan.nth,
      Name: plan.name,
      Message: plan.message,
      Milliseconds: plan.milliseconds,
    });
  }

  /** Returns the faults that are still to be injected, as the test interface lists them. */
  planned(): Promise<Members[]> {
    return this.connection.json("GET", "/_emulator/faults");
  }

  /** Removes all planned faults. */
  async clear(): Promise<void> {
    await this.connection.json("DELETE", "/_emulator/faults");
  }
}
