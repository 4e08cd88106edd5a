// An application: accounts of customers in a user pool, by the AWS SDK for JavaScript.

import {
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  GetUserCommand,
  InitiateAuthCommand,
  paginateListUsersInGroup,
  SignUpCommand,
} from "@aws-sdk/client-cognito-identity-provider";

export class Accounts {
  readonly #client = new CognitoIdentityProviderClient({});

  constructor(
    private readonly poolId: string,
    private readonly clientId: string,
  ) {}

  async register(username: string, password: string, email: string): Promise<void> {
    await this.#client.send(
      new SignUpCommand({
        ClientId: this.clientId,
        Username: username,
        Password: password,
        UserAttributes: [{ Name: "email", Value: email }],
      }),
    );
  }

  async confirm(username: string, code: string): Promise<void> {
    const confirmation = { ClientId: this.clientId, Username: username, ConfirmationCode: code };
    await this.#client.send(new ConfirmSignUpCommand(confirmation));
  }

  /** Returns the access token. */
  async signIn(username: string, password: string): Promise<string | undefined> {
    const response = await this.#client.send(
      new InitiateAuthCommand({
        ClientId: this.clientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: username, PASSWORD: password },
      }),
    );
    return response.AuthenticationResult?.AccessToken;
  }

  /** Returns the address of a signed-in customer. */
  async email(accessToken: string | undefined): Promise<string | undefined> {
    const user = await this.#client.send(new GetUserCommand({ AccessToken: accessToken }));
    return user.UserAttributes?.find(({ Name }) => Name === "email")?.Value;
  }

  /** Returns the user names of the administrators. */
  async admins(): Promise<(string | undefined)[]> {
    const group = { UserPoolId: this.poolId, GroupName: "admins" };
    const names = [];
    for await (const page of paginateListUsersInGroup({ client: this.#client }, group)) {
      names.push(...(page.Users ?? []).map((user) => user.Username));
    }
    return names;
  }
}
