// The handles of an emulator.

import { CognitoError, connect, currentEmulator, EmulatorError, secretHash, start } from "cognito-emulator";
import { storageState } from "cognito-emulator/playwright";
import { expect, test } from "vitest";

const emulator = currentEmulator();

function payload(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
}

test("the default pool has fixed ids", () => {
  expect(emulator.pool.id).toBe("us-east-1_Example01");
  expect(emulator.pool.client).toMatchObject({ id: "1example23456789", secret: undefined });
  expect([emulator.httpsUrl, emulator.ca]).toEqual([undefined, undefined]);
});

test("the environment of the worker is that of its emulator", () => {
  expect(process.env).toMatchObject(emulator.env());
  expect(process.env.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER).toBe(emulator.url);
  expect(process.env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS).toBe("false");
  const removed = /^AWS_(ENDPOINT_URL|(DEFAULT_)?PROFILE|(SESSION|SECURITY)_TOKEN)$/;
  expect(Object.keys(process.env).filter((name) => removed.test(name))).toEqual([]);
});

test("a seed replaces the default pool", async () => {
  const client = { ClientId: "a1", ClientName: "web", ClientSecret: "s3cret" };
  const seed = { Pools: [{ Id: "eu-west-1_Shop", Clients: [client] }] };
  await using started = await start({ seed });
  expect(started.pools.map(({ id }) => id)).toEqual(["eu-west-1_Shop"]);
  expect(started.pool.client).toEqual({ id: "a1", name: "web", secret: "s3cret" });
  expect(started.env().AWS_REGION).toBe("eu-west-1");
  expect(secretHash(started.pool.client, "alice")).toHaveLength(44);
});

test("a rejected seed is reported with its entry", async () => {
  const seed = { Pools: [{ Users: [{ Username: "" }] }] };
  await expect(start({ seed })).rejects.toThrow(/cannot start the emulator: .*Pools\[0\]\.Users\[0\]/);
});

test("a missing program and one that is never ready are reported", async () => {
  const missing = start({ program: "/no/such/program" });
  await expect(missing).rejects.toThrow("cannot run /no/such/program");
  for (const other of ["false", "echo"]) {
    const reason = `cannot start the emulator: ${other} printed no address`;
    await expect(start({ program: other })).rejects.toThrow(reason);
  }
  const slow = start({ program: new URL("slow.sh", import.meta.url).pathname, timeout: 200 });
  await expect(slow).rejects.toThrow("the program was not ready within 200 ms");
});

test("a running emulator is used and left running", async () => {
  await emulator.createClient({ ClientName: "web", GenerateSecret: true });
  await emulator.createPool();
  const connected = await connect(`${emulator.url}/`);
  expect(connected.env()).toEqual(emulator.env());
  const clients = (pools: typeof emulator.pools) => pools.map(({ id, clients }) => [id, ...clients].sort());
  expect(clients(connected.pools).sort()).toEqual(clients(emulator.pools).sort());
  const alice = await connected.createUser("alice");
  expect((await connected.tokens(alice)).refreshToken).toBeTruthy();
  await connected.reset();
  expect(connected.pools.map(({ id }) => id)).toEqual([emulator.pool.id]);
  await connected.stop();
  expect(await emulator.clock.now()).toBeInstanceOf(Date);
  await expect(connect("http://127.0.0.1:9")).rejects.toThrow("does not respond");
});

test("users have groups, attributes and a password", async () => {
  const alice = await emulator.createUser("alice", { groups: ["a", "b"], attributes: { name: "Al" } });
  const user = await emulator.pool.call("AdminGetUser", { Username: "alice" });
  expect(user.UserStatus).toBe("CONFIRMED");
  expect(user.UserAttributes).toContainEqual({ Name: "sub", Value: alice.sub });
  expect(user.UserAttributes).toContainEqual({ Name: "name", Value: "Al" });
  const groups = await emulator.pool.call("AdminListGroupsForUser", { Username: "alice" });
  expect(groups.Groups.map((group: any) => group.GroupName).sort()).toEqual(["a", "b"]);
});

test("a reset returns to the seed", async () => {
  await emulator.createUser("alice");
  const second = await emulator.createPool({}, { GenerateSecret: true });
  expect(second.client.secret).toBeTruthy();
  expect(emulator.pools).toContain(second);
  await emulator.createClient({ ClientName: "other" });
  await emulator.reset();
  expect(emulator.pools.map(({ id }) => id)).toEqual(["us-east-1_Example01"]);
  expect(emulator.pool.clients).toHaveLength(1);
  const rejected = await emulator.pool.call("AdminGetUser", { Username: "alice" }).catch((e) => e);
  expect(rejected).toBeInstanceOf(CognitoError);
  expect(rejected.code).toBe("UserNotFoundException");
});

test("a reset keeps the pools of the seed and reads their app clients", async () => {
  const { pool } = emulator;
  const [client] = pool.clients;
  await emulator.createClient({ ClientName: "other" });
  await emulator.reset();
  expect(emulator.pool).toBe(pool);
  expect(pool.clients).toEqual([client]);
});

test("pools without ids in the seed are read by a reset", async () => {
  await using started = await start({ seed: { Pools: [{ Clients: [{}] }] } });
  await started.reset();
  expect(started.pools).toHaveLength(1);
  const alice = await started.createUser("alice");
  expect(payload((await started.tokens(alice)).accessToken).client_id).toBe(started.pool.client.id);
});

test("tokens carry claims", async () => {
  const alice = await emulator.createUser("alice", { groups: ["admins"] });
  const tokens = await emulator.tokens(alice, { "custom:tenant": "t1" });
  expect(payload(tokens.accessToken)["cognito:groups"]).toEqual(["admins"]);
  expect(payload(tokens.idToken)).toMatchObject({ "custom:tenant": "t1", sub: alice.sub });
  expect(payload(tokens.idToken).iss).toBe(await emulator.pool.issuer());
  expect(tokens.refreshToken).toBeTruthy();
  const stranger = await emulator.tokens("nobody", { scope: "orders/read" });
  expect(payload(stranger.accessToken).scope).toBe("orders/read");
  expect(stranger.refreshToken).toBeUndefined();
});

test.each(["UsernameAttributes", "AliasAttributes"])("tokens name the user as a sign-in: %s", async (alias) => {
  const email = "alice@shop.example";
  const pool = await emulator.createPool({ [alias]: ["email"] });
  const name = alias === "UsernameAttributes" ? email : "alice";
  const alice = await pool.createUser(name, { attributes: { email } });
  const { AuthenticationResult } = await emulator.call("InitiateAuth", {
    ClientId: pool.client.id,
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME: email, PASSWORD: alice.password },
  });
  const { username, sub } = payload(AuthenticationResult.AccessToken);
  expect({ username, sub }).toEqual({ username: alice.username, sub: alice.sub });
  for (const user of [alice, email]) {
    const tokens = await pool.tokens(user);
    expect(payload(tokens.accessToken)).toMatchObject({ username, sub });
    expect(payload(tokens.idToken)).toMatchObject({ "cognito:username": username, sub });
  }
  const [stored] = (await storageState(alice, { origin: "http://localhost" })).origins;
  expect(stored?.localStorage[0]?.value).toBe(username);
});

test("codes and messages are read", async () => {
  const alice = await emulator.createUser("alice");
  const ClientId = emulator.pool.client.id;
  await emulator.call("ForgotPassword", { ClientId, Username: "alice" });
  const [sent] = await emulator.outbox();
  expect(sent).toMatchObject({ kind: "ForgotPassword", code: await emulator.code(alice) });
  await expect(emulator.code("bob")).rejects.toThrow(EmulatorError);
});

test("the clock is moved and frozen", async () => {
  const moment = new Date("2031-05-01T00:00:00Z");
  await emulator.clock.freeze();
  expect(await emulator.clock.set(moment)).toEqual(moment);
  await emulator.clock.advance(86_400);
  expect(await emulator.clock.now()).toEqual(new Date("2031-05-02T00:00:00Z"));
  await expect(emulator.clock.advance(0.5)).rejects.toThrow("whole seconds");
  await emulator.clock.resume();
});

test("faults are planned and cleared", async () => {
  await emulator.faults.plan("GetUser", "Exception", { name: "OddException", message: "odd" });
  expect(await emulator.faults.planned()).toHaveLength(1);
  const call = () => emulator.call("GetUser", { AccessToken: "any" });
  await expect(call()).rejects.toThrow("GetUser: OddException: odd");
  expect((await emulator.requests()).map(({ error }) => error)).toEqual(["OddException"]);
  await emulator.faults.plan("GetUser", "Throttled");
  await emulator.faults.clear();
  expect(await emulator.faults.planned()).toEqual([]);
});

test("the log of the program can be read", async () => {
  await using started = await start({ arguments: ["--log"] });
  await started.call("ListUserPools", { MaxResults: 1 });
  await expect.poll(() => started.log()).toContain("ListUserPools 200");
});

test.each(Array.from({ length: 200 }, (_, number) => number))("reset %i", async () => {
  expect((await emulator.pool.call("ListUsers")).Users).toEqual([]);
  await emulator.createUser("alice");
});
