// Sign-in of users in browsers with Playwright.

import type { Members } from "./connection.js";
import { EmulatorError } from "./errors.js";
import type { User } from "./pools.js";

/** The used members of Playwright's `Locator`. */
export interface LocatorLike {
  fill(value: string): Promise<void>;
  click(): Promise<void>;
  count(): Promise<number>;
  textContent(): Promise<string | null>;
}

/** The used members of Playwright's `Page`, so that this package does not depend on Playwright. */
export interface PageLike {
  locator(selector: string): LocatorLike;
  waitForSelector(selector: string, options?: { timeout?: number }): Promise<unknown>;
  waitForURL(url: (url: URL) => boolean, options?: { timeout?: number }): Promise<void>;
  url(): string;
}

/** A user's name and password. */
export type Credentials = Pick<User, "username" | "password">;

const USERNAME = "#signInFormUsername";
const PASSWORD = 'input[type="password"]';
const CHOICE = 'button[name="ANSWER"][value="PASSWORD"]';
const ERROR = "#loginErrorMessage";
const SUBMIT = 'form button[type="submit"]';

/**
 * Signs a user in on the page of managed login to which the application has redirected the browser,
 * and waits until the browser is back at the application.
 */
export async function signIn(
  page: PageLike,
  user: Credentials,
  options: { timeout?: number } = {},
): Promise<void> {
  await page.waitForSelector(USERNAME, options);
  const login = new URL(page.url());
  await page.locator(USERNAME).fill(user.username);
  if ((await page.locator(PASSWORD).count()) === 0) {
    // Pools with a choice of factors have a separate page for the password.
    await page.locator(SUBMIT).click();
    await page.waitForSelector(`${PASSWORD}, ${CHOICE}`, options);
    if ((await page.locator(CHOICE).count()) > 0) {
      await page.locator(CHOICE).click();
      await page.waitForSelector(PASSWORD, options);
    }
  }
  await page.locator(PASSWORD).fill(user.password);
  await page.locator(SUBMIT).click();
  await Promise.race([
    page.waitForURL((url) => url.origin !== login.origin, options),
    rejection(page, user, options),
  ]);
}

/** Fails when the page shows the reason of a rejected sign-in. */
async function rejection(page: PageLike, user: Credentials, options: object): Promise<void> {
  try {
    await page.waitForSelector(ERROR, options);
  } catch {
    // Either the sign-in succeeded, or the time limit was reached, which `waitForURL` reports.
    return new Promise(() => {});
  }
  const reason = (await page.locator(ERROR).textContent())?.trim();
  throw new EmulatorError(`the sign-in of ${user.username} was rejected: ${reason}`);
}

/** The state of a browser for `browser.newContext({ storageState })`. */
export interface StorageState {
  cookies: never[];
  origins: { origin: string; localStorage: { name: string; value: string }[] }[];
}

/**
 * Returns the state of a browser in which a user is signed in to an application with Amplify or
 * amazon-cognito-identity-js at an origin, such as `http://localhost:3000`. The test interface
 * issues the tokens without a sign-in.
 */
export async function storageState(
  user: User,
  options: { origin: string; claims?: Members },
): Promise<StorageState> {
  const tokens = await user.pool.tokens(user, options.claims);
  const client = `CognitoIdentityServiceProvider.${user.pool.client.id}`;
  const stored = {
    [`${client}.LastAuthUser`]: user.username,
    [`${client}.${user.username}.accessToken`]: tokens.accessToken,
    [`${client}.${user.username}.idToken`]: tokens.idToken,
    [`${client}.${user.username}.refreshToken`]: tokens.refreshToken ?? "",
    [`${client}.${user.username}.clockDrift`]: "0",
  };
  const localStorage = Object.entries(stored).map(([name, value]) => ({ name, value }));
  return { cookies: [], origins: [{ origin: new URL(options.origin).origin, localStorage }] };
}
