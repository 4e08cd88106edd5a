// Verifies a token with aws-jwt-verify.
//
// Usage: aws_jwt_verify.mjs PACKAGES POOL_ID CLIENT_ID JWKS TOKEN

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [packages, userPoolId, clientId, jwks, token] = process.argv.slice(2);
const { CognitoJwtVerifier } = createRequire(`${packages}/`)("aws-jwt-verify");
const verifier = CognitoJwtVerifier.create({ userPoolId, clientId, tokenUse: "access" });
verifier.cacheJwks(JSON.parse(jwks));
verifier.verifySync(token);
console.log("ready");
// This does not use counts.mjs, because a promise for each job would be measured too.
for await (const line of createInterface({ input: process.stdin })) {
  const start = process.hrtime.bigint();
  for (let done = 0; done < Number(line); done++) {
    verifier.verifySync(token);
  }
  console.log(Number(process.hrtime.bigint() - start) / 1e9);
}
