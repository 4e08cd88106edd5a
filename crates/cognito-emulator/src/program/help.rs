//! The texts after the options in the output of `--help`.

/// The requests that are served in addition to the API.
pub(super) const REQUESTS: &str = "\
Requests in addition to the API:
  GET  /<pool id>/.well-known/jwks.json             keys that verify tokens
  GET  /<pool id>/.well-known/openid-configuration  OpenID Connect discovery
  GET  /oauth2/authorize, GET and POST /login       managed login, for browsers
  GET  /oauth2/userInfo, /logout, POST /oauth2/revoke
  POST /oauth2/token                                the token endpoint of OAuth 2.0

Test interface, for tests in every language:
  GET    /_emulator/code?UserPoolId=ID&Username=NAME  the last code that was sent to a user
  GET    /_emulator/credentials?AccessKeyId=ID        the role and identity of AWS credentials
  GET    /_emulator/outbox                            all messages that the service would send
  GET    /_emulator/requests                          the log of requests
  GET    /_emulator/quotas                            requests by quota category, monthly active users
  GET    /_emulator/clock                             the time of the test clock
  POST   /_emulator/clock        {\"AdvanceSeconds\": 3600}, {\"Now\": 1709164800}, {\"Frozen\": true}
  POST   /_emulator/faults       {\"Operation\": \"GetUser\", \"Nth\": 2, \"Fault\": \"Throttled\"}
  POST   /_emulator/rotate-keys  new signing keys; the old ones stay valid for a day
  POST   /_emulator/tokens       {\"UserPoolId\": ID, \"ClientId\": ID,
                                  \"Username\": NAME, \"Claims\": {}}
  POST   /_emulator/reset        restore the state of the seed file
  GET    /_emulator/pools        the pools with their app clients and secrets
  GET    /_emulator/health       the version; available without the test interface
  GET    /_emulator/tls          the TLS address, and the certificate to trust
  outbox, requests and faults: GET lists the entries, DELETE removes them.

Faults: Throttled, InternalError, ConnectionRefused, ResponseLost, ResponseTruncated,
  Delayed (with Milliseconds), Exception (with Name and Message).

A seed file, in TOML or as JSON with the same members:
  [[Pools]]
  Id = \"us-east-1_Example01\"
  [[Pools.Clients]]
  ClientId = \"1example23456789\"
  [[Pools.Groups]]
  GroupName = \"admins\"
  [[Pools.Users]]
  Username = \"alice\"
  Password = \"Correct-horse1\"
  Groups = [\"admins\"]
  Attributes = { email = \"alice@example.com\", email_verified = true }
  Entries can have all members of CreateUserPool, CreateUserPoolClient and CreateGroup. Pools can
  also have ResourceServers, IdentityProviders and Domains, with the members of their operations;
  the file can also have IdentityPools.";

/// Examples of commands, and the exit codes.
pub(super) const EXAMPLES: &str = "\
Examples:
  cognito-emulator serve --port 9229 --seed-file seed.toml --log
  cognito-emulator serve --ready-json --exit-with-stdin   for programs that start it
  cognito-emulator health --url http://127.0.0.1:9229 --wait 10
  eval \"$(cognito-emulator env --url http://127.0.0.1:9229)\"
  cognito-emulator codes alice@example.com                at the http address that `env` exports
  cognito-emulator reset                                  at the same address
  aws cognito-idp describe-user-pool --user-pool-id ID | cognito-emulator import --from-json -

Exit codes:
  0  success
  1  failure: the server cannot start, no emulator responds, no code was sent, a file is invalid
  2  the command line is invalid";

/// The variables of `env`.
pub(super) const ENVIRONMENT: &str = "\
Variables:
  AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER, AWS_ENDPOINT_URL_COGNITO_IDENTITY
  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY  any values; signatures are not verified
  AWS_REGION, AWS_DEFAULT_REGION            the Region of the first pool, or that of --region
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS       false
  NO_PROXY, no_proxy                        the existing hosts and the emulator's host
  NODE_EXTRA_CA_CERTS                       with --ca: trusted in addition to the system's certificates
  SSL_CERT_FILE, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE
                                            with --ca: trusted instead of them
AWS_PROFILE, AWS_DEFAULT_PROFILE, AWS_SESSION_TOKEN and AWS_SECURITY_TOKEN are removed;
--syntax dotenv cannot remove variables.

Examples:
  eval \"$(cognito-emulator env --url http://127.0.0.1:9229)\"
  cognito-emulator env --url http://127.0.0.1:9229 --syntax dotenv >> \"$GITHUB_ENV\"";

/// The files that `import` accepts.
pub(super) const IMPORT: &str = "\
--from-json accepts the output of these commands and detects the kind from the content:
  describe-user-pool, get-user-pool-mfa-config, describe-user-pool-client, describe-resource-server,
  list-resource-servers, describe-identity-provider, describe-user-pool-domain, list-groups, list-users
Ids and client secrets are kept, and pools and app clients have the order of the files. Warnings on
standard error list what a seed file cannot contain, such as trigger functions.

Examples:
  aws cognito-idp describe-user-pool --user-pool-id ID > pool.json
  aws cognito-idp describe-user-pool-client --user-pool-id ID --client-id ID > web.json
  cognito-emulator import --from-json pool.json web.json --output seed.json
  cognito-emulator import --from-cognito-local .cognito --output seed.json
  cognito-emulator import --from-json pool.json web.json --output seed.json --force   replaces the file";
