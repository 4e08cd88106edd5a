// Signs in with the Auth category of Amplify, which does not verify tokens.
//
// Usage: amplify_client.mjs PACKAGES ENDPOINT POOL_ID CLIENT_ID USERNAME PASSWORD

import { createRequire } from "node:module";
import { serve } from "./counts.mjs";

const [packages, endpoint, pool, client, username, password] = process.argv.slice(2);
// Amplify reads the name of the device from the browser's user agent.
globalThis.navigator ??= { userAgent: "bench" };

const load = createRequire(`${packages}/`);
const { Amplify, ConsoleLogger } = load("@aws-amplify/core");
ConsoleLogger.LOG_LEVEL = "ERROR";
const auth = load("@aws-amplify/auth");
const { cognitoUserPoolsTokenProvider: tokenProvider } = load("@aws-amplify/auth/cognito");

const kept = new Map();
tokenProvider.setKeyValueStorage({
  getItem: async (name) => kept.get(name) ?? null,
  setItem: async (name, value) => void kept.set(name, value),
  removeItem: async (name) => void kept.delete(name),
  clear: async () => kept.clear(),
});
const Cognito = { userPoolId: pool, userPoolClientId: client, userPoolEndpoint: endpoint };
tokenProvider.setAuthConfig({ Cognito });
Amplify.configure({ Auth: { Cognito } }, { Auth: { tokenProvider } });

await serve(async () => {
  kept.clear(); // Amplify rejects the sign-in of a user who is already signed in.
  const options = { authFlowType: "USER_SRP_AUTH" };
  const { isSignedIn } = await auth.signIn({ username, password, options });
  if (!isSignedIn) {
    throw new Error("not signed in");
  }
});
