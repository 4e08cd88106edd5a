//! The most frequent errors of Amazon Cognito.

/// An error with its explanation.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    /// Parts of the error's message, in lower case.
    pub(super) patterns: &'static [&'static str],
    pub(super) meaning: &'static str,
    pub(super) remedy: &'static str,
}

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "redirect_mismatch",
        patterns: &["redirect_mismatch"],
        meaning: "The callback URL of the request is not among the CallbackURLs of the app client. \
                  Amazon Cognito compares it byte by byte: scheme, host, port, path and a slash at \
                  its end.",
        remedy: "Add the URL to the app client as it is sent. `cognito login --browser` sends \
                 http://localhost:8765/callback, or the port of --port.",
    },
    Entry {
        name: "SECRET_HASH",
        patterns: &["secret_hash", "secret hash", "secrethash"],
        meaning: "The app client has a secret, and the request has no hash of it or a wrong one; or \
                  the app client has none, and the request has a hash. The hash covers the user name \
                  as the request sends it, and the id of the app client.",
        remedy: "Set COGNITO_CLIENT_SECRET to the app client's secret, or unset it. A program on \
                 users' machines needs an app client without a secret.",
    },
    Entry {
        name: "missing aud",
        patterns: &["missing a required claim: aud", "missing aud", "audience", "claim: aud"],
        meaning: "Access tokens of Amazon Cognito have no claim `aud` by default; they have \
                  `client_id`. ID tokens have `aud`.",
        remedy: "Let the API compare `client_id`, or request a token for a resource, which has \
                 `aud`. Do not send the ID token in its place.",
    },
    Entry {
        name: "AccessDeniedException",
        patterns: &["is not authorized to perform", "accessdenied"],
        meaning: "The policies of the AWS credentials do not allow the action that the message names.",
        remedy: "Allow the action, such as cognito-idp:ListUsers, on the ARN of the user pool. \
                 docs/iam-permissions.md lists the action of each method.",
    },
    Entry {
        name: "Refresh Token has expired",
        patterns: &["refresh token has expired", "refresh token has been revoked"],
        meaning: "The session is older than the app client's RefreshTokenValidity, or it was revoked.",
        remedy: "Sign in again: `cognito login`.",
    },
    Entry {
        name: "Invalid Refresh Token",
        patterns: &["invalid refresh token"],
        meaning: "The refresh token is of another app client or another user pool, was rotated away, \
                  or is bound to a device whose key was not sent.",
        remedy: "Compare --pool and --client with those of the sign-in, and sign in again.",
    },
    Entry {
        name: "flow not enabled",
        patterns: &["is not enabled for the client", "auth flow not enabled", "flow not enabled"],
        meaning: "The ExplicitAuthFlows of the app client do not list the flow of the request.",
        remedy: "Add ALLOW_USER_SRP_AUTH, and ALLOW_REFRESH_TOKEN_AUTH where refresh tokens do not \
                 rotate; or sign in with `cognito login --browser`.",
    },
    Entry {
        name: "invalid_scope",
        patterns: &["invalid_scope", "offline_access"],
        meaning: "The request has a scope that the app client does not allow. `offline_access` does \
                  not exist: refresh tokens are issued without it.",
        remedy: "Add the scope to the AllowedOAuthScopes of the app client, or leave it out.",
    },
    Entry {
        name: "unauthorized_client",
        patterns: &["unauthorized_client"],
        meaning: "The app client does not allow the OAuth flow `code`, or OAuth flows at all.",
        remedy: "Set AllowedOAuthFlows to `code` and AllowedOAuthFlowsUserPoolClient to true.",
    },
    Entry {
        name: "invalid_grant",
        patterns: &["invalid_grant"],
        meaning: "The authorization code was used before, is older than five minutes, or does not \
                  belong to the callback URL, the app client or the code verifier of the request; or \
                  the refresh token has expired or was revoked.",
        remedy: "Start the sign-in again.",
    },
    Entry {
        name: "Incorrect username or password",
        patterns: &["incorrect username or password"],
        meaning: "The password is wrong, or the user does not exist: where PreventUserExistenceErrors \
                  is ENABLED, the service does not say which.",
        remedy: "An administrator can check whether the user exists: `cognito users get NAME`.",
    },
    Entry {
        name: "Token is not from a supported provider",
        patterns: &["not from a supported provider"],
        meaning: "The identity pool does not list the user pool and the app client of the ID token.",
        remedy: "Add the user pool with the app client to the identity pool's providers.",
    },
    Entry {
        name: "TooManyRequestsException",
        patterns: &["too many requests", "toomanyrequests", "rate exceeded"],
        meaning: "The account sends more requests of a category than its quota allows in a second.",
        remedy: "Send fewer requests per second; `cognito quota` shows the quotas.",
    },
];
