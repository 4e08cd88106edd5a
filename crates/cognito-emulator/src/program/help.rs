//! The texts after the options in the output of `--help`.

/// The requests that are served beside those of the API.
pub(super) const REQUESTS: &str = "\
Requests beside those of the API:
  GET  /<pool id>/.well-known/jwks.json             keys that verify tokens
  GET  /<pool id>/.well-known/openid-configuration  addresses of the keys and of the next
  GET  /oauth2/authorize, GET and POST /login       managed login, for browsers
  GET  /oauth2/userInfo, /logout, POST /oauth2/revoke
  POST /oauth2/token                                tokens for codes, refresh tokens and programs

Test interface, for tests in every language:
  GET    /_emulator/code?UserPoolId=ID&Username=NAME  the last code that was sent to a user
  GET    /_emulator/outbox                            all messages that would have been sent
  GET    /_emulator/requests                          the log of requests
  GET    /_emulator/quotas                            requests by quota category, monthly active users
  GET    /_emulator/clock
  POST   /_emulator/clock        {\"AdvanceSeconds\": 3600}, {\"Now\": 1709164800}, {\"Frozen\": true}
  POST   /_emulator/faults       {\"Operation\": \"GetUser\", \"Nth\": 2, \"Fault\": \"Throttled\"}
  POST   /_emulator/rotate-keys  new signing keys; the old ones verify for a day
  POST   /_emulator/tokens       {\"UserPoolId\": ID, \"ClientId\": ID, \"Username\": NAME, \"Claims\": {}}
  POST   /_emulator/reset        back to the seed file
  GET    /_emulator/tls          address over TLS, and the certificate to trust for it
  GET lists and DELETE clears outbox, requests and faults.

Faults: Throttled, InternalError, ConnectionRefused, ResponseLost, ResponseTruncated,
  Delayed (with Milliseconds), Exception (with Name and Message).

A seed file:
  { \"Pools\": [{ \"Id\": \"us-east-1_Example01\",
      \"Clients\": [{ \"ClientId\": \"1example23456789\" }],
      \"Groups\": [{ \"GroupName\": \"admins\" }],
      \"Users\": [{ \"Username\": \"alice\", \"Password\": \"Correct-horse1\",
        \"Attributes\": { \"email\": \"alice@example.com\" }, \"Groups\": [\"admins\"] }] }] }
  Entries may have all members of CreateUserPool, CreateUserPoolClient and CreateGroup.";
