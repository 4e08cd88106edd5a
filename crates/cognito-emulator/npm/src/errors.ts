// Errors of the emulator.

/** The emulator cannot be started or used, or its test interface rejected a request. */
export class EmulatorError extends Error {
  override name = "EmulatorError";
}

/** An operation was rejected with an exception of the service. */
export class CognitoError extends EmulatorError {
  override name = "CognitoError";

  constructor(
    readonly operation: string,
    /** The name of the exception, such as `UserNotFoundException`. */
    readonly code: string,
    readonly reason: string,
  ) {
    super(`${operation}: ${code}: ${reason}`);
  }
}
