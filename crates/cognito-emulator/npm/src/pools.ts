// User pools, app clients and users of the emulator.

import { createHmac } from "node:crypto";

import type { Connection, Members } from "./connection.js";
import { CognitoError } from "./errors.js";
import * as records from "./records.js";
import type { Message, Tokens } from "./records.js";

/** The default password of new users. */
export const DEFAULT_PASSWORD = "Correct-horse1";

const FLOWS = [
  "ALLOW_ADMIN_USER_PASSWORD_AUTH",
  "ALLOW_CUSTOM_AUTH",
  "ALLOW_REFRESH_TOKEN_AUTH",
  "ALLOW_USER_AUTH",
  "ALLOW_USER_PASSWORD_AUTH",
  "ALLOW_USER_SRP_AUTH",
];

/** An app client of a pool. */
export interface AppClient {
  id: string;
  name: string;
  secret: string | undefined;
}

/** A confirmed user of a pool. */
export interface User {
  pool: Pool;
  /** The user name; in a pool with `UsernameAttributes` the service chooses it (the `sub`). */
  username: string;
  password: string;
  sub: string;
}

/** Settings of a new user. */
export interface NewUser {
  password?: string;
  /** Groups, which are created if they are missing. */
  groups?: readonly string[];
  /** Attributes; by default a verified address, `<username>@example.com`. */
  attributes?: Readonly<Record<string, string>>;
}

/** A user pool. */
export class Pool {
  readonly clients: AppClient[];

  constructor(
    private readonly connection: Connection,
    readonly id: string,
    clients: readonly AppClient[],
  ) {
    this.clients = [...clients];
  }

  /** The first app client. */
  get client(): AppClient {
    const [client] = this.clients;
    if (client === undefined) {
      throw new RangeError(`pool ${this.id} has no app client; call createClient`);
    }
    return client;
  }

  /** The Region in the id of the pool. */
  get region(): string {
    return this.id.slice(0, this.id.indexOf("_"));
  }

  /** The URL of the key set that verifies tokens. */
  get jwksUrl(): string {
    return `${this.connection.url}/${this.id}/.well-known/jwks.json`;
  }

  /** Returns the issuer (`iss`) of the pool's tokens. */
  async issuer(): Promise<string> {
    const path = `/${this.id}/.well-known/openid-configuration`;
    return (await this.connection.json("GET", path)).issuer;
  }

  /** Runs an operation of the API on this pool, such as `AdminGetUser`. */
  call(operation: string, members: Members = {}): Promise<Members> {
    return this.connection.call(operation, { UserPoolId: this.id, ...members });
  }

  /** Creates an app client (CreateUserPoolClient), which allows every flow by default. */
  async createClient(members: Members = {}): Promise<AppClient> {
    const defaults = { ClientName: "tests", ExplicitAuthFlows: FLOWS };
    const created = await this.call("CreateUserPoolClient", { ...defaults, ...members });
    const { ClientId: id, ClientName: name, ClientSecret: secret } = created.UserPoolClient;
    const client = { id, name, secret };
    this.clients.push(client);
    return client;
  }

  /** Creates a confirmed user. */
  async createUser(username: string, user: NewUser = {}): Promise<User> {
    const { password = DEFAULT_PASSWORD, groups = [], attributes = {} } = user;
    const email = username.includes("@") ? username : `${username}@example.com`;
    const all = { email, email_verified: "true", ...attributes };
    const UserAttributes = Object.entries(all).map(([Name, Value]) => ({ Name, Value }));
    const Username = username;
    const request = { Username, UserAttributes, MessageAction: "SUPPRESS" };
    const created = (await this.call("AdminCreateUser", request)).User;
    await this.call("AdminSetUserPassword", { Username, Password: password, Permanent: true });
    for (const GroupName of groups) {
      await this.createGroup(GroupName);
      await this.call("AdminAddUserToGroup", { Username, GroupName });
    }
    const sub = created.Attributes.find((attribute: any) => attribute.Name === "sub").Value;
    return { pool: this, username: created.Username, password, sub };
  }

  private async createGroup(GroupName: string): Promise<void> {
    try {
      await this.call("CreateGroup", { GroupName });
    } catch (error) {
      if (!(error instanceof CognitoError && error.code === "GroupExistsException")) {
        throw error;
      }
    }
  }

  /**
   * Issues tokens without a sign-in. The claims replace those of a sign-in. The user need not
   * exist, but the pool rejects access tokens of unknown users.
   */
  async tokens(user: User | string, claims: Members = {}): Promise<Tokens> {
    const name = nameOf(user);
    const issued = await this.connection.json("POST", "/_emulator/tokens", {
      UserPoolId: this.id,
      ClientId: this.client.id,
      Claims: { username: name, "cognito:username": name, ...claims },
    });
    return records.tokens(issued);
  }

  /** Returns the last message to a user, by name or alias. */
  async message(user: User | string): Promise<Message> {
    const query = new URLSearchParams({ UserPoolId: this.id, Username: nameOf(user) });
    return records.message(await this.connection.json("GET", `/_emulator/code?${query}`));
  }

  /** Returns the code of the last message to a user. */
  async code(user: User | string): Promise<string> {
    return (await this.message(user)).code;
  }
}

/** Returns the SECRET_HASH of a user name, for a client with a secret. */
export function secretHash(client: AppClient, username: string): string {
  if (client.secret === undefined) {
    throw new TypeError(`app client ${client.id} has no secret`);
  }
  return createHmac("sha256", client.secret).update(username + client.id).digest("base64");
}

function nameOf(user: User | string): string {
  return typeof user === "string" ? user : user.username;
}
