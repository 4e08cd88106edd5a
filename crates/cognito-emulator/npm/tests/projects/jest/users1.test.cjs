const { appendFileSync } = require("node:fs");
const { currentEmulator } = require("cognito-emulator");

const cognito = currentEmulator();

test.each(Array.from({ length: 20 }, (_, number) => number))("state of the seed %i", async () => {
  expect((await cognito.pool.call("ListUsers")).Users).toEqual([]);
  await cognito.createUser("alice");
  expect(process.env.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER).toBe(cognito.url);
});

test("address", () => appendFileSync(process.env.ADDRESSES, `${cognito.url}\n`));
