// The clock of the emulator and its injected faults.

import type { Connection, Members } from "./connection.js";

/** The clock for the expiration of codes and tokens. A reset sets it to the system time. */
export class Clock {
  constructor(private readonly connection: Connection) {}

  /** Returns the current time of the clock. */
  async now(): Promise<Date> {
    return time(await this.connection.json("GET", "/_emulator/clock"));
  }

  /** Moves the clock ahead by whole seconds. */
  async advance(seconds: number): Promise<Date> {
    if (!Number.isInteger(seconds)) {
      throw new RangeError(`the clock moves by whole seconds, not by ${seconds}`);
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

  /** Lets a stopped clock run again. */
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

/** The settings of a planned fault. */
export interface FaultPlan {
  /** The number of the call that fails; by default 1, which is the next call. */
  nth?: number;
  /** The name of an `Exception`. */
  name?: string;
  /** The message of an `Exception`. */
  message?: string;
  /** The delay of `Delayed`. */
  milliseconds?: number;
}

/** Planned faults of future calls. A reset removes them. */
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

  /** Returns the planned faults in the format of the test interface. */
  planned(): Promise<Members[]> {
    return this.connection.json("GET", "/_emulator/faults");
  }

  /** Removes all planned faults. */
  async clear(): Promise<void> {
    await this.connection.json("DELETE", "/_emulator/faults");
  }
}
