// Shared code of the scripts for clients of managed login: an application, a browser, and the steps.
//
// The browser submits the form of the login page like a browser without JavaScript. The tested client acts as
// the application: it builds the URL, exchanges the code and verifies the tokens.

import assert from "node:assert/strict";

import {
  Authenticator,
  addUser,
  call,
  claims,
  endpoint,
  password,
  region,
  skip,
  step,
} from "./steps.mjs";

const scopes = ["openid", "email"];
const callback = "https://app.localhost:8443/callback";
const loggedOut = "https://app.localhost:8443/";

/** Creates an application: a pool, an app client that may use managed login, and the user alice. */
export async function makeApp(withSecret, members = {}) {
  const { UserPool } = await call("CreateUserPool", { PoolName: "interop", MfaConfiguration: "OPTIONAL" });
  await call("CreateIdentityProvider", {
    UserPoolId: UserPool.Id,
    ProviderName: "Google",
    ProviderType: "Google",
    ProviderDetails: { client_id: "a", client_secret: "b", authorize_scopes: "openid email" },
    AttributeMapping: { email: "email" },
  });
  const { UserPoolClient } = await call("CreateUserPoolClient", {
    UserPoolId: UserPool.Id,
    ClientName: "interop",
    GenerateSecret: withSecret,
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ["code"],
    AllowedOAuthScopes: scopes,
    CallbackURLs: [callback],
    LogoutURLs: [loggedOut],
    SupportedIdentityProviders: ["COGNITO", "Google"],
    ...members,
  });
  const domain = `interop-${UserPool.Id.split("_")[1].toLowerCase()}`;
  await call("CreateUserPoolDomain", { UserPoolId: UserPool.Id, Domain: domain });
  const pool = { id: UserPool.Id };
  await addUser(pool, "alice");
  return {
    pool,
    endpoint,
    clientId: UserPoolClient.ClientId,
    clientSecret: UserPoolClient.ClientSecret,
    issuer: `${endpoint}/${UserPool.Id}`,
    // Node does not resolve names below localhost; browsers do.
    domain: new URL(endpoint).host,
    browserDomain: `${domain}.auth.${region}.localhost:${new URL(endpoint).port}`,
    redirectUri: callback,
    logoutUri: loggedOut,
    scopes,
  };
}

/** A browser with the cookies of one host. */
export class Browser {
  cookies = new Map();

  /** Opens a URL and follows redirects until there is a page or a URL of the application. */
  async open(url, init = {}) {
    for (let hop = 0; hop < 10; hop++) {
      if (new URL(url).host !== new URL(endpoint).host) {
        return { location: new URL(url) };
      }
      const response = await this.request(url, init);
      if (response.status !== 302) {
        return { url, status: response.status, html: await response.text() };
      }
      url = new URL(response.headers.get("location"), url).href;
      init = {};
    }
    assert.fail("too many redirects");
  }

  async request(url, { headers, ...init }) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, {
      ...init,
      headers: { ...headers, ...(cookie && { cookie }) },
      redirect: "manual",
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(/; */);
      const [name, value] = pair.split(/=(.*)/s);
      assert(attributes.includes("Secure") && attributes.includes("HttpOnly"), line);
      if (attributes.includes("Max-Age=0") || value === "") this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }

  /** Submits the form of a page that contains these fields, including its hidden fields. */
  async submit(page, fields) {
    const names = Object.keys(fields);
    const forms = [...page.html.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)];
    const form = forms.find(([, , body]) => names.every((name) => body.includes(`name="${name}"`)));
    assert(form, `no form with ${names}: ${page.status} ${page.html}`);
    const action = attribute(form[1], "action");
    const hidden = [...form[2].matchAll(/<input[^>]*type="hidden"[^>]*>/g)];
    const body = new URLSearchParams(
      hidden.map(([input]) => [attribute(input, "name"), attribute(input, "value") ?? ""]),
    );
    names.forEach((name) => body.set(name, fields[name]));
    return this.open(new URL(action, page.url).href, { method: "POST", body });
  }

  /** Signs in on the page and returns the URL of the application to which it redirects. */
  async signIn(url, username = "alice") {
    const { location, html } = await this.submit(await this.open(url), { username, password });
    assert(location, html);
    return location;
  }
}

function attribute(tag, name) {
  const value = tag.match(new RegExp(`${name}="([^"]*)"`))?.[1];
  return value?.replaceAll("&amp;", "&").replaceAll("&#38;", "&").replaceAll("&quot;", '"');
}

/**
 * Runs the steps with a client.
 *
 * `start(app, scopes)` returns the URL to open and the state that the application stores.
 * `finish(app, location, kept)` returns the tokens, or throws. `refresh(app, tokens)`,
 * `userInfo(app, tokens)` and `logoutUrl(app)` may be strings: the reason for which the client does not
 * support them.
 */
export async function run(client, app) {
  const browser = new Browser();
  let tokens;
  const signIn = async () => {
    const { url, kept } = await client.start(app, app.scopes);
    return client.finish(app, await browser.signIn(url), kept);
  };

  await step("sign-in", async () => {
    tokens = await signIn();
    const id = claims(tokens.idToken);
    assert.deepEqual([id.iss, id.aud, id.token_use], [app.issuer, app.clientId, "id"]);
    assert.equal(id["cognito:username"], "alice");
    assert.equal(claims(tokens.accessToken).scope, app.scopes.join(" "));
    const { url } = await client.start(app, app.scopes);
    const { kept } = await client.start(app, app.scopes);
    const { location } = await browser.open(url);
    await assert.rejects(client.finish(app, location, kept), "the response to another request");
  });

  await step("wrong-password", async () => {
    const other = new Browser();
    const { url } = await client.start(app, app.scopes);
    const fields = { username: "alice", password: "Wrong-horse1" };
    const page = await other.submit(await other.open(url), fields);
    assert(page.html?.includes("Incorrect username or password."), page.html);
  });

  await step("second-sign-in", async () => {
    const { url, kept } = await client.start(app, app.scopes);
    const { location } = await browser.open(url);
    const second = await client.finish(app, location, kept);
    assert.equal(claims(second.idToken).sub, claims(tokens.idToken).sub);
    assert.notEqual(claims(second.accessToken).jti, claims(tokens.accessToken).jti);
    await assert.rejects(client.finish(app, location, kept), "the code again");
  });

  await optional("refresh", client.refresh, async () => {
    const refreshed = await client.refresh(app, tokens);
    assert.equal(claims(refreshed.accessToken).scope, app.scopes.join(" "));
    assert.notEqual(refreshed.accessToken, tokens.accessToken);
    await assert.rejects(client.refresh(app, { ...tokens, refreshToken: "bogus" }));
  });

  await optional("user-info", client.userInfo, async () => {
    const info = await client.userInfo(app, tokens);
    assert.deepEqual([info.sub, info.email], [claims(tokens.idToken).sub, "alice@example.com"]);
  });

  await step("mfa", () => signInWithApp(client, app));

  await step("provider", async () => {
    const other = new Browser();
    const { url, kept } = await client.start(app, app.scopes);
    const page = await other.open(`${url}&identity_provider=Google`);
    const { location } = await other.submit(page, { person: "1001" });
    const { idToken } = await client.finish(app, location, kept);
    const { "cognito:username": username, email } = claims(idToken);
    assert.deepEqual([username, email], ["Google_1001", "ann@example.com"]);
  });

  await step("logout", async () => {
    const url = new URL(await (client.logoutUrl ?? logoutUrl)(app));
    assert.equal((await browser.open(url.href)).location.href, app.logoutUri);
    const { url: again } = await client.start(app, app.scopes);
    assert((await browser.open(again)).html?.includes('name="password"'));
  });

  await optional("revoke", client.revoke, async () => {
    tokens = await signIn();
    await client.revoke(app, tokens);
    await assert.rejects(client.refresh(app, tokens));
  });

  await step("wrong-redirect-uri", async () => {
    const other = { ...app, redirectUri: `${app.redirectUri}/` };
    const { url } = await client.start(other, app.scopes);
    const page = await new Browser().open(url);
    assert.equal(page.status, 400);
    assert.equal(new URL(page.url).searchParams.get("error"), "redirect_mismatch");
  });

  await step("wrong-scope", async () => {
    const { url, kept } = await client.start(app, [...app.scopes, "phone"]);
    const { location } = await new Browser().open(url);
    assert.equal(location.searchParams.get("error_description"), "invalid_scope");
    await assert.rejects(client.finish(app, location, kept));
  });
}

/** Runs a step, or reports the reason for which the client does not support it. */
async function optional(name, does, body) {
  if (typeof does === "string") skip(name, does);
  else await step(name, body);
}

/** Signs in a user who has an authenticator app. */
async function signInWithApp(client, app) {
  const authenticator = await addUserWithApp(app, "bob");
  const browser = new Browser();
  const { url, kept } = await client.start(app, app.scopes);
  let page = await browser.submit(await browser.open(url), { username: "bob", password });
  page = await browser.submit(page, { [codeField]: authenticator.wrong() });
  assert(page.html?.includes("Invalid code received for user"), page.html);
  const { location } = await browser.submit(page, { [codeField]: authenticator.codes[1] });
  const tokens = await client.finish(app, location, kept);
  assert.equal(claims(tokens.idToken)["cognito:username"], "bob");
}

/** The field for the code of an authenticator app. */
export const codeField = "SOFTWARE_TOKEN_MFA_CODE";

/** Creates a user with an authenticator app, whose first code is used already. */
export async function addUserWithApp({ pool, clientId }, username) {
  await addUser(pool, username);
  const user = { UserPoolId: pool.id, Username: username };
  const body = JSON.stringify({ ...user, ClientId: clientId });
  const headers = { "Content-Type": "application/json" };
  const issued = await fetch(`${endpoint}/_emulator/tokens`, { method: "POST", headers, body });
  const { AccessToken } = await issued.json();
  const { SecretCode } = await call("AssociateSoftwareToken", { AccessToken });
  const authenticator = new Authenticator(SecretCode);
  await call("VerifySoftwareToken", { AccessToken, UserCode: authenticator.codes[0] });
  const preferred = { Enabled: true, PreferredMfa: true };
  await call("AdminSetUserMFAPreference", { ...user, SoftwareTokenMfaSettings: preferred });
  return authenticator;
}

/** Returns the logout URL as described in the guide of Cognito. */
function logoutUrl(app) {
  const query = new URLSearchParams({ client_id: app.clientId, logout_uri: app.logoutUri });
  return `https://${app.domain}/logout?${query}`;
}
