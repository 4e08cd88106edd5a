import { appendFileSync } from "node:fs";
import { currentEmulator } from "cognito-emulator";
import { expect, test } from "vitest";

const cognito = currentEmulator();

test.each(Array.from({ length: 20 }, (_, number) => number))("state of the seed %i", async () => {
  expect(cognito.pool.id).toBe("eu-west-1_Shop");
  expect((await cognito.pool.call("ListUsers")).Users).toEqual([]);
  await cognito.createUser("alice");
});

test("address", () => appendFileSync(process.env.ADDRESSES, `${cognito.url}\n`));
