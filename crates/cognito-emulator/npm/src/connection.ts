// Requests to the emulator.

import { request } from "node:http";

import { CognitoError, EmulatorError } from "./errors.js";

/** A JSON object. */
export type Members = Record<string, any>;

const SERVICE = "AWSCognitoIdentityProviderService";
const TIMEOUT = 30_000;

interface Reply {
  status: number;
  body: any;
}

/**
 * Sends requests to one address. It uses `node:http`, because tests mock `fetch` and use fake
 * timers.
 */
export class Connection {
  constructor(readonly url: string) {}

  /** Runs an operation of the API. */
  async call(operation: string, members: Members = {}): Promise<Members> {
    const headers = {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": `${SERVICE}.${operation}`,
    };
    const { status, body } = await this.send("POST", "/", members, headers);
    if (status >= 300) {
      const code = String(body.__type ?? status).split("#").pop() ?? "";
      throw new CognitoError(operation, code, String(body.message ?? ""));
    }
    return body;
  }

  /** Sends a request to the test interface, or fetches another document. */
  async json(method: "GET" | "POST" | "DELETE", path: string, members?: Members): Promise<any> {
    const { status, body } = await this.send(method, path, members, {});
    if (status >= 300) {
      throw new EmulatorError(body.message ?? `${method} ${path}: HTTP status ${status}`);
    }
    return body;
  }

  private send(
    method: string,
    path: string,
    members: Members | undefined,
    headers: Record<string, string>,
  ): Promise<Reply> {
    const text = members === undefined ? "" : JSON.stringify(members);
    const length = { "Content-Length": Buffer.byteLength(text) };
    const options = { method, headers: { ...headers, ...length }, agent: false, timeout: TIMEOUT };
    return new Promise((resolve, reject) => {
      const failed = (error: Error) =>
        reject(new EmulatorError(`the emulator at ${this.url} does not respond: ${error.message}`));
      const sent = request(new URL(path, this.url), options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", failed);
        response.on("end", () => {
          try {
            const body = JSON.parse(Buffer.concat(chunks).toString() || "{}");
            resolve({ status: response.statusCode ?? 0, body });
          } catch (error) {
            failed(error as Error);
          }
        });
      });
      sent.on("timeout", () => sent.destroy(new Error("timeout")));
      sent.on("error", failed).end(text);
    });
  }
}
