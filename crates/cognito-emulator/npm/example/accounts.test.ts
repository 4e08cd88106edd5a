import { currentEmulator } from "cognito-emulator";
import { beforeEach, expect, test } from "vitest";

import { Accounts } from "./accounts.js";

const cognito = currentEmulator(); // reset before each test
let accounts: Accounts;

beforeEach(() => {
  accounts = new Accounts(cognito.pool.id, cognito.pool.client.id);
});

test("a customer registers and signs in", async () => {
  await accounts.register("carol", "Correct-horse1", "carol@example.com");
  await accounts.confirm("carol", await cognito.code("carol"));
  const token = await accounts.signIn("carol", "Correct-horse1");
  expect(await accounts.email(token)).toBe("carol@example.com");
});

test("a wrong password is rejected", async () => {
  await cognito.createUser("alice");
  await expect(accounts.signIn("alice", "Wrong-horse1")).rejects.toThrow(
    "Incorrect username or password",
  );
});

test("administrators are listed", async () => {
  await cognito.createUser("alice", { groups: ["admins"] });
  await cognito.createUser("bob", { groups: ["customers"] });
  expect(await accounts.admins()).toEqual(["alice"]);
});

test("a token needs no sign-in", async () => {
  const alice = await cognito.createUser("alice", { attributes: { email: "alice@shop.example" } });
  const { accessToken } = await cognito.tokens(alice);
  expect(await accounts.email(accessToken)).toBe("alice@shop.example");
});

test("a token expires", async () => {
  await cognito.createUser("alice");
  const token = await accounts.signIn("alice", "Correct-horse1");
  await cognito.clock.advance(2 * 60 * 60);
  await expect(accounts.email(token)).rejects.toThrow("Access Token has expired");
});

test("throttling is retried", async () => {
  await cognito.createUser("alice");
  await cognito.faults.plan("InitiateAuth", "Throttled");
  expect(await accounts.signIn("alice", "Correct-horse1")).toBeTruthy();
  const requests = await cognito.requests();
  const statuses = requests.filter(({ operation }) => operation === "InitiateAuth");
  expect(statuses.map(({ status }) => status)).toEqual([400, 200]);
});
