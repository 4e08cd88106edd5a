// Signs in with amazon-cognito-identity-js, which does not verify tokens.
//
// Usage: identity_js_client.mjs PACKAGES ENDPOINT POOL_ID CLIENT_ID USERNAME PASSWORD

import { createRequire } from "node:module";
import { serve } from "./counts.mjs";

const [packages, endpoint, UserPoolId, ClientId, Username, Password] = process.argv.slice(2);
const { AuthenticationDetails, CognitoUser, CognitoUserPool } = createRequire(`${packages}/`)(
  "amazon-cognito-identity-js",
);

const kept = new Map();
const Storage = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, value) => void kept.set(name, String(value)),
  removeItem: (name) => void kept.delete(name),
  clear: () => kept.clear(),
};
const Pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint, Storage });

await serve(
  () =>
    new Promise((onSuccess, onFailure) => {
      const user = new CognitoUser({ Username, Pool, Storage });
      const details = new AuthenticationDetails({ Username, Password });
      user.authenticateUser(details, { onSuccess, onFailure });
    }),
);
