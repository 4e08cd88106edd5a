// Amazon Cognito user pools for tests, without AWS.

export type { Members } from "./connection.js";
export { Clock, type Fault, type FaultPlan, Faults } from "./controls.js";
export { connect, Emulator, start } from "./emulator.js";
export { CognitoError, EmulatorError } from "./errors.js";
export { type AppClient, DEFAULT_PASSWORD, type NewUser, Pool, type User, secretHash } from "./pools.js";
export type { Ready, StartOptions } from "./process.js";
export { findProgram } from "./program.js";
export type { Message, RequestRecord, Tokens } from "./records.js";
export { currentEmulator } from "./worker.js";
