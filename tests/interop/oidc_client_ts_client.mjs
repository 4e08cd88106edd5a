// Signs in with managed login and oidc-client-ts, in a page.

import { runInPage } from "./page.mjs";

const script = `
import { UserManager, WebStorageStateStore } from "oidc-client-ts";

const { issuer, clientId, domain, redirectUri, logoutUri, scopes } = window.settings;
const userManager = (more = {}) => new UserManager({
  authority: issuer,
  client_id: clientId,
  redirect_uri: redirectUri,
  response_type: "code",
  scope: scopes.join(" "),
  userStore: new WebStorageStateStore({ store: window.localStorage }),
  ...more,
});
const tokens = ({ id_token, access_token, refresh_token }) =>
  ({ idToken: id_token, accessToken: access_token, refreshToken: refresh_token });

window.app = {
  signIn: (scopes, redirect_uri) =>
    userManager({ scope: scopes.join(" "), redirect_uri }).signinRedirect(),
  finish: async () => tokens(await userManager().signinCallback()),
  refresh: async () => tokens(await userManager().signinSilent()),
  userInfo: async () => {
    const user = await userManager().getUser();
    const { userinfo_endpoint } = await (await fetch(issuer + "/.well-known/openid-configuration")).json();
    const headers = { Authorization: "Bearer " + user.access_token };
    return (await fetch(userinfo_endpoint, { headers })).json();
  },
  revoke: () => userManager().revokeTokens(["refresh_token"]),
  // As described in the console of Cognito, whose logout endpoint does not follow OpenID Connect.
  signOut: async () => {
    await userManager().removeUser();
    const query = new URLSearchParams({ client_id: clientId, logout_uri: logoutUri });
    window.location.href = "https://" + domain + "/logout?" + query;
  },
};
`;

await runInPage(script);
