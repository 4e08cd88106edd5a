//! The settings, and the places where each can be set.

/// A setting of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Setting {
    Pool,
    Client,
    Region,
    Profile,
    EndpointUrl,
    Domain,
    IdentityPool,
    Output,
    TokenStore,
}

impl Setting {
    pub(crate) const ALL: [Self; 9] = [
        Self::Pool,
        Self::Client,
        Self::Region,
        Self::Profile,
        Self::EndpointUrl,
        Self::Domain,
        Self::IdentityPool,
        Self::Output,
        Self::TokenStore,
    ];

    /// Returns the name in files and in the output.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Pool => "pool",
            Self::Client => "client",
            Self::Region => "region",
            Self::Profile => "profile",
            Self::EndpointUrl => "endpoint_url",
            Self::Domain => "domain",
            Self::IdentityPool => "identity_pool",
            Self::Output => "output",
            Self::TokenStore => "token_store",
        }
    }

    /// Returns the option of the command line.
    pub(crate) fn flag(self) -> Option<&'static str> {
        match self {
            Self::Pool => Some("--pool"),
            Self::Client => Some("--client"),
            Self::Region => Some("--region"),
            Self::Profile => Some("--profile"),
            Self::EndpointUrl => Some("--endpoint-url"),
            Self::Domain => Some("--domain"),
            Self::IdentityPool => Some("--identity-pool"),
            Self::Output => Some("--output"),
            // The store of tokens is configured once, not for each command.
            Self::TokenStore => None,
        }
    }

    /// Returns the variables of the environment, in order of precedence.
    pub(crate) fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Pool => &["COGNITO_POOL"],
            Self::Client => &["COGNITO_CLIENT"],
            Self::Region => &["COGNITO_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"],
            Self::Profile => &["COGNITO_PROFILE", "AWS_PROFILE"],
            Self::EndpointUrl => &[
                "COGNITO_ENDPOINT_URL",
                "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
                "AWS_ENDPOINT_URL",
            ],
            Self::Domain => &["COGNITO_DOMAIN"],
            Self::IdentityPool => &["COGNITO_IDENTITY_POOL"],
            Self::Output => &["COGNITO_OUTPUT"],
            Self::TokenStore => &["COGNITO_TOKEN_STORE"],
        }
    }

    /// Returns the setting with a name in files.
    pub(crate) fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| setting.key() == key)
    }
}
