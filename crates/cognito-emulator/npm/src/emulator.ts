// The handle of an emulator.

import { Connection, type Members } from "./connection.js";
import { Clock, Faults } from "./controls.js";
import { type AppClient, type NewUser, Pool, type User } from "./pools.js";
import { Process, type Ready, type StartOptions } from "./process.js";
import * as records from "./records.js";
import type { Message, RequestRecord, Tokens } from "./records.js";

/**
 * Starts an emulator of Amazon Cognito user pools in a separate process, which ends with this
 * process.
 *
 * It starts with the pools of the seed file; by default with the pool `us-east-1_Example01`, whose
 * app client `1example23456789` allows every flow.
 */
export async function start(options: StartOptions = {}): Promise<Emulator> {
  const [process, ready] = await Process.start(options);
  return new Emulator(ready, process);
}

/**
 * Connects to a running emulator, such as one in a container, by its http address. `stop` does not
 * stop it, and `reset` resets it for all clients.
 *
 * @throws EmulatorError if it does not respond, or if its test interface is off.
 */
export async function connect(url: string): Promise<Emulator> {
  const address = url.replace(/\/+$/, "");
  return new Emulator({ url: address, pools: await readPools(new Connection(address)) });
}

async function readPools(connection: Connection): Promise<Ready["pools"]> {
  const pools: any[] = await connection.json("GET", "/_emulator/pools");
  return pools.map(({ Id: id, Clients }) => {
    const clients = Clients.map((client: any) => {
      return { id: client.ClientId, name: client.ClientName, secret: client.ClientSecret };
    });
    return { id, clients };
  });
}

/** An emulator of Amazon Cognito user pools. */
export class Emulator implements AsyncDisposable {
  /** The clock for the expiration of codes and tokens. */
  readonly clock: Clock;
  /** The faults to inject. */
  readonly faults: Faults;

  private readonly connection: Connection;
  private seeded: Pool[] = [];
  private created: Pool[] = [];

  /** @internal */
  constructor(
    /** @internal */
    readonly ready: Ready,
    private readonly process?: Process,
  ) {
    this.connection = new Connection(ready.url);
    this.clock = new Clock(this.connection);
    this.faults = new Faults(this.connection);
    this.seeded = this.handles(ready.pools);
  }

  /** Returns the existing pools. Objects of known pools are reused. */
  private handles(pools: Ready["pools"]): Pool[] {
    const known = new Map(this.seeded.map((pool) => [pool.id, pool]));
    return pools.map(({ id, clients }) => {
      const pool = known.get(id) ?? new Pool(this.connection, id, []);
      const read = clients.map(({ id, name, secret }) => ({ id, name, secret: secret ?? undefined }));
      pool.clients.splice(0, Infinity, ...read);
      return pool;
    });
  }

  /** The address over http. */
  get url(): string {
    return this.ready.url;
  }

  /** The address over https, with `tls`. */
  get httpsUrl(): string | undefined {
    return this.ready.https_url ?? undefined;
  }

  /** The file with the CA certificate for https clients. */
  get ca(): string | undefined {
    return this.ready.ca ?? undefined;
  }

  /** The id of the process, if this process started it. */
  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** The pools of the seed file (or found by `connect`), and those of `createPool`. */
  get pools(): readonly Pool[] {
    return [...this.seeded, ...this.created];
  }

  /** The first pool. */
  get pool(): Pool {
    const [pool] = this.pools;
    if (pool === undefined) {
      throw new RangeError("the seed file has no pool; call createPool");
    }
    return pool;
  }

  /** Returns the environment variables with which AWS SDKs call the emulator. */
  env(): Record<string, string> {
    const region = this.pools[0]?.region ?? "us-east-1";
    return {
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_DEFAULT_REGION: region,
      AWS_REGION: region,
      AWS_ENDPOINT_URL_COGNITO_IDENTITY: this.url,
      AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: this.url,
      // If this variable is true, SDKs send requests to AWS.
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "false",
    };
  }

  /** Resets the emulator to its state after the start, and the clock to the system time. */
  async reset(): Promise<void> {
    await this.connection.json("POST", "/_emulator/reset", {});
    this.created = [];
    this.seeded = this.handles(await readPools(this.connection));
  }

  /**
   * Runs an operation of the API, such as `ListUserPools`.
   *
   * @throws CognitoError if it was rejected.
   */
  call(operation: string, members: Members = {}): Promise<Members> {
    return this.connection.call(operation, members);
  }

  /** Creates a pool (CreateUserPool) with one app client (CreateUserPoolClient). */
  async createPool(members: Members = {}, client: Members = {}): Promise<Pool> {
    const defaults = { PoolName: "tests", AutoVerifiedAttributes: ["email"] };
    const created = await this.call("CreateUserPool", { ...defaults, ...members });
    const pool = new Pool(this.connection, created.UserPool.Id, []);
    await pool.createClient(client);
    this.created.push(pool);
    return pool;
  }

  /** Creates an app client in the first pool. */
  createClient(members: Members = {}): Promise<AppClient> {
    return this.pool.createClient(members);
  }

  /** Creates a confirmed user in the first pool. */
  createUser(username: string, user: NewUser = {}): Promise<User> {
    return this.pool.createUser(username, user);
  }

  /** Issues tokens without a sign-in. The claims replace those of a sign-in. */
  tokens(user: User | string, claims: Members = {}): Promise<Tokens> {
    return this.poolOf(user).tokens(user, claims);
  }

  /** Returns the code of the last message to a user. */
  code(user: User | string): Promise<string> {
    return this.poolOf(user).code(user);
  }

  private poolOf(user: User | string): Pool {
    return typeof user === "string" ? this.pool : user.pool;
  }

  /** Returns all messages that the service would have sent, oldest first. */
  async outbox(): Promise<Message[]> {
    return (await this.connection.json("GET", "/_emulator/outbox")).map(records.message);
  }

  /** Returns the request log of the application, oldest first. */
  async requests(): Promise<RequestRecord[]> {
    return (await this.connection.json("GET", "/_emulator/requests")).map(records.requestRecord);
  }

  /** Returns the program's standard error; with `--log`, it contains all requests. */
  log(): string {
    return this.process?.log() ?? "";
  }

  /** Stops the program, if this process started it. */
  async stop(): Promise<void> {
    await this.process?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
