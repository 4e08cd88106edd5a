// Signs in with managed login and Amplify's signInWithRedirect, in a page.

import { runInPage } from "./page.mjs";

const script = `
import { Amplify } from "aws-amplify";
import "aws-amplify/auth/enable-oauth-listener";
import { fetchAuthSession, signInWithRedirect, signOut } from "aws-amplify/auth";
import { Hub } from "aws-amplify/utils";

const { pool, clientId, browserDomain, endpoint, redirectUri, logoutUri, scopes } = window.settings;
const configure = (scopes, redirectUri) => Amplify.configure({
  Auth: {
    Cognito: {
      userPoolId: pool.id,
      userPoolClientId: clientId,
      userPoolEndpoint: endpoint,
      loginWith: {
        oauth: {
          domain: browserDomain,
          scopes,
          redirectSignIn: [redirectUri],
          redirectSignOut: [logoutUri],
          responseType: "code",
        },
      },
    },
  },
});

// The result of the redirect to this page.
const redirected = new Promise((resolve, reject) => {
  Hub.listen("auth", ({ payload }) => {
    if (payload.event === "signInWithRedirect") resolve();
    if (payload.event === "signInWithRedirect_failure") reject(payload.data.error);
  });
});
redirected.catch(() => {});
configure(scopes, redirectUri);

const tokens = async (options) => {
  const { tokens } = await fetchAuthSession(options);
  return { idToken: tokens.idToken.toString(), accessToken: tokens.accessToken.toString() };
};

window.app = {
  signIn: (scopes, redirectUri) => (configure(scopes, redirectUri), signInWithRedirect()),
  finish: async () => {
    await redirected;
    return tokens();
  },
  refresh: () => tokens({ forceRefresh: true }),
  signOut: () => signOut(),
};
`;

await runInPage(script, {
  "user-info": "Amplify gets attributes with GetUser, which needs aws.cognito.signin.user.admin",
  revoke: "Amplify only revokes tokens when it signs out",
});
