// Values that the test interface returns.

/** A message that the service would have sent to a user. */
export interface Message {
  poolId: string;
  username: string;
  destination: string;
  medium: "EMAIL" | "SMS";
  /** The occasion, by the name of the CustomMessage trigger, such as `ForgotPassword`. */
  kind: string;
  code: string;
  subject: string | undefined;
  text: string;
}

/** A request that the application sent to the emulator. */
export interface RequestRecord {
  /** The operation, or the method and path of another request. */
  operation: string;
  status: number;
  /** The name of the exception. */
  error: string | undefined;
  requestId: string;
  time: Date;
  milliseconds: number;
}

/** Tokens of a user, signed with the keys of the pool. */
export interface Tokens {
  accessToken: string;
  idToken: string;
  refreshToken: string | undefined;
}

export function message(json: any): Message {
  return {
    poolId: json.PoolId,
    username: json.Username,
    destination: json.Destination,
    medium: json.Medium,
    kind: json.Kind,
    code: json.Code,
    subject: json.Subject ?? undefined,
    text: json.Text,
  };
}

export function requestRecord(json: any): RequestRecord {
  return {
    operation: json.Operation,
    status: json.Status,
    error: json.Error ?? undefined,
    requestId: json.RequestId,
    time: new Date(json.Time * 1000),
    milliseconds: json.Milliseconds,
  };
}

export function tokens(json: any): Tokens {
  return {
    accessToken: json.AccessToken,
    idToken: json.IdToken,
    refreshToken: json.RefreshToken ?? undefined,
  };
}
