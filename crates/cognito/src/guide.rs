//! Guides, one page for each task. Their examples run as tests, in the package `cognito-guides`.
//!
//! The module exists only in the documentation.

/// Declares a page whose text is a file of `docs`.
///
/// Links to other pages use labels, such as `[sessions][sessions]`. Markdown takes the first
/// definition of a label: here that is in `links.md` and names a module, on a code host it is in
/// the page and names a file.
macro_rules! guide {
    ($(#[$condition:meta])* $name:ident, $file:literal) => {
        $(#[$condition])*
        #[doc = include_str!("guide/links.md")]
        #[doc = include_str!(concat!("../docs/", $file))]
        pub mod $name {}
    };
}

guide!(first_sign_in, "first-sign-in.md");
guide!(
    #[cfg(feature = "managed-login")]
    browser_sign_in,
    "browser-sign-in.md"
);
guide!(registration, "registration.md");
guide!(challenges, "challenges.md");
guide!(mfa, "mfa.md");
guide!(passkeys, "passkeys.md");
guide!(devices, "devices.md");
guide!(sessions, "sessions.md");
guide!(
    #[cfg(feature = "file-store")]
    token_stores,
    "token-stores.md"
);
guide!(
    #[cfg(feature = "fetch")]
    verification,
    "verification.md"
);
guide!(errors, "errors.md");
guide!(
    #[cfg(all(feature = "bulk", feature = "fetch", feature = "m2m"))]
    operation,
    "operation.md"
);
guide!(
    #[cfg(all(feature = "reqwest", feature = "session"))]
    outgoing_requests,
    "outgoing-requests.md"
);
guide!(
    #[cfg(feature = "fetch")]
    many_pools,
    "many-pools.md"
);
guide!(
    #[cfg(feature = "m2m")]
    m2m,
    "m2m.md"
);
guide!(
    #[cfg(all(feature = "axum", feature = "fetch", feature = "m2m", feature = "reqwest"))]
    token_exchange,
    "token-exchange.md"
);
guide!(
    #[cfg(feature = "axum")]
    web_services,
    "web-services.md"
);
guide!(
    #[cfg(all(feature = "api-gateway", feature = "fetch"))]
    api_gateway,
    "api-gateway.md"
);
guide!(own_forms, "own-forms.md");
guide!(administration, "administration.md");
guide!(groups_and_roles, "groups-and-roles.md");
guide!(pools_and_app_clients, "pools-and-app-clients.md");
guide!(identity_providers, "identity-providers.md");
guide!(
    #[cfg(feature = "bulk-redis")]
    bulk_jobs,
    "bulk-jobs.md"
);
guide!(iam_permissions, "iam-permissions.md");
guide!(
    #[cfg(feature = "credentials")]
    identity_pools,
    "identity-pools.md"
);
guide!(
    #[cfg(feature = "blocking")]
    blocking,
    "blocking.md"
);
guide!(program, "program.md");
guide!(testing, "testing.md");
guide!(emulator, "emulator.md");
guide!(managed_login, "managed-login.md");
guide!(test_interface, "test-interface.md");
guide!(python, "python.md");
guide!(node, "node.md");
guide!(java, "java.md");
guide!(go, "go.md");
guide!(ci, "ci.md");
guide!(migrating_to_the_emulator, "migrating-to-the-emulator.md");
guide!(
    #[cfg(all(feature = "reqwest", feature = "session"))]
    migrating_from_pycognito,
    "migrating-from-pycognito.md"
);
guide!(pycognito, "pycognito.md");
guide!(
    #[cfg(feature = "file-store")]
    migrating_from_identity_js,
    "migrating-from-identity-js.md"
);
guide!(
    #[cfg(feature = "aws-config")]
    migrating_from_the_sdk,
    "migrating-from-the-sdk.md"
);
guide!(performance, "performance.md");
