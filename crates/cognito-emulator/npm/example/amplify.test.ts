import { Amplify } from "aws-amplify";
import {
  confirmSignIn,
  confirmSignUp,
  fetchAuthSession,
  getCurrentUser,
  signIn,
  signOut,
  signUp,
} from "aws-amplify/auth";
import { currentEmulator } from "cognito-emulator";
import { beforeEach, expect, test } from "vitest";

const cognito = currentEmulator(); // reset before each test

beforeEach(async () => {
  Amplify.configure({
    Auth: {
      Cognito: {
        userPoolId: cognito.pool.id,
        userPoolClientId: cognito.pool.client.id,
        userPoolEndpoint: cognito.url,
      },
    },
  });
  await signOut();
});

test("a user signs up and signs in over SRP", async () => {
  const options = { userAttributes: { email: "carol@example.com" } };
  await signUp({ username: "carol", password: "Correct-horse1", options });
  await confirmSignUp({ username: "carol", confirmationCode: await cognito.code("carol") });
  const { isSignedIn } = await signIn({ username: "carol", password: "Correct-horse1" });
  expect(isSignedIn).toBe(true);
  expect((await getCurrentUser()).username).toBe("carol");
});

test("an invited user chooses a password", async () => {
  const password = "Temporary-horse1";
  const email = [{ Name: "email", Value: "dave@example.com" }];
  const dave = { Username: "dave", TemporaryPassword: password, UserAttributes: email };
  await cognito.pool.call("AdminCreateUser", dave);
  const { nextStep } = await signIn({ username: "dave", password });
  expect(nextStep.signInStep).toBe("CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED");
  await confirmSignIn({ challengeResponse: "Correct-horse1" });
  expect((await fetchAuthSession()).tokens?.accessToken.payload.username).toBe("dave");
});

test("an administrator has the group in the tokens", async () => {
  const alice = await cognito.createUser("alice", { groups: ["admins"] });
  await signIn({ username: "alice", password: alice.password });
  const { tokens } = await fetchAuthSession();
  expect(tokens?.idToken?.payload["cognito:groups"]).toEqual(["admins"]);
});
