//! Conformance of settings: a read returns the written values, and an update preserves all that it
//! does not change.

mod settings;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use cognito::sdk::operation::create_user_pool::builders::CreateUserPoolFluentBuilder;
use cognito::sdk::operation::set_user_pool_mfa_config::builders::SetUserPoolMfaConfigFluentBuilder;
use cognito::sdk::types::*;
use cognito::types::BoxFuture;
use cognito::{Admin, Error, ErrorKind, UserPools};

/// The pools of an account on a server.
pub struct Configured {
    /// The administrator's side.
    pub pools: UserPools,
    /// Settings that the server does not return as written, and operations that it lacks, by the
    /// names of the SDK.
    pub lacks: &'static [&'static str],
    /// The prefix of the names of its pools, and their tag [`MARK`].
    pub mark: String,
    /// The ids of created pools.
    pub created: Arc<Mutex<BTreeSet<String>>>,
    /// True if the server accepts ARNs of resources that do not exist.
    pub accepts_arns: bool,
}

/// The tag that identifies the pools of a run.
pub const MARK: &str = "cognito-conformance";

type Step = fn(&Configured) -> BoxFuture<'_, ()>;

/// The suite. Each step has a separate pool.
pub const STEPS: [(&str, Step); 6] = [
    ("keeps a pool's settings", |target| Box::pin(pool(target))),
    ("switches second factors on and off", |target| Box::pin(second_factors(target))),
    ("keeps an app client's settings", |target| Box::pin(client(target))),
    ("keeps an identity provider's settings", |target| Box::pin(identity_provider(target))),
    ("keeps a resource server's scopes", |target| Box::pin(resource_server(target))),
    ("lists page by page", |target| Box::pin(lists(target))),
];

/// The capabilities that moto 5.2.5 lacks.
pub const MOTO_LACKS: &[&str] = &[
    "alias_attributes",
    "delete_resource_server",
    "get_identity_provider_by_identifier",
    "mfa_configuration",
    "update_resource_server",
    "username_configuration",
];

/// The capabilities that ministack 1.5.33 lacks.
pub const MINISTACK_LACKS: &[&str] =
    &["issuer_configuration", "key_configuration", "refresh_token_rotation"];

/// Returns the names of the fields in which two values differ.
macro_rules! differences {
    ($one:expr, $other:expr; $($field:ident)+) => {{
        let (one, other) = (&$one, &$other);
        let mut names: Vec<&'static str> = Vec::new();
        $(if one.$field != other.$field {
            names.push(stringify!($field));
        })+
        names
    }};
}

/// Returns the result of a request that must succeed.
fn accepted<T>(result: Result<T, Error>) -> T {
    result.unwrap_or_else(|error| panic!("{error:?}: {:?}", error.service_message()))
}

/// Lists every setting of a pool.
macro_rules! of_pool {
    ($one:expr, $other:expr) => {
        differences!($one, $other; name policies deletion_protection lambda_config
            auto_verified_attributes sms_verification_message email_verification_message
            email_verification_subject verification_message_template sms_authentication_message
            user_attribute_update_settings mfa_configuration device_configuration
            email_configuration sms_configuration user_pool_tags admin_create_user_config
            user_pool_add_ons account_recovery_setting user_pool_tier key_configuration
            issuer_configuration acr_configuration alias_attributes username_configuration)
    };
}

/// Lists every setting of an app client.
macro_rules! of_client {
    ($one:expr, $other:expr) => {
        differences!($one, $other; client_name refresh_token_validity access_token_validity
            id_token_validity token_validity_units read_attributes write_attributes
            explicit_auth_flows supported_identity_providers callback_urls logout_urls
            default_redirect_uri allowed_o_auth_flows allowed_o_auth_scopes
            allowed_o_auth_flows_user_pool_client analytics_configuration
            prevent_user_existence_errors enable_token_revocation
            enable_propagate_additional_user_context_data auth_session_validity
            refresh_token_rotation)
    };
}

impl Configured {
    async fn new_pool(&self) -> Admin {
        let marked = |pool: CreateUserPoolFluentBuilder| pool.user_pool_tags(MARK, &self.mark);
        let made = accepted(self.pools.create(format!("{}-settings", self.mark), marked).await);
        self.pools.admin(self.created(made).parse().unwrap())
    }

    /// Stores and returns the id of a new pool.
    fn created(&self, pool: UserPoolType) -> String {
        let id = pool.id.unwrap();
        self.created.lock().unwrap().insert(id.clone());
        id
    }

    /// Returns the settings, without names of an account's resources if the server checks them.
    fn pool_settings(&self) -> UserPoolType {
        let mut settings = settings::pool(&self.mark);
        if !self.accepts_arns {
            settings.lambda_config = None;
            settings.email_configuration = None;
            settings.sms_configuration = None;
            settings.mfa_configuration = Some(UserPoolMfaType::Off);
            settings.auto_verified_attributes = Some(vec![VerifiedAttributeType::Email]);
        }
        settings
    }

    fn client_settings(&self) -> UserPoolClientType {
        let mut settings = settings::client();
        if !self.accepts_arns {
            settings.analytics_configuration = None;
        }
        settings
    }

    fn has(&self, name: &str) -> bool {
        !self.lacks.contains(&name)
    }

    /// Returns the differing settings, without those that the server lacks.
    fn of_kept(&self, mut names: Vec<&'static str>) -> Vec<&'static str> {
        names.retain(|name| self.has(name));
        names
    }
}

async fn pool(target: &Configured) {
    let wanted = target.pool_settings();
    let it = wanted.clone();
    let made = target.pools.create(wanted.name().unwrap(), |pool| {
        pool.set_policies(it.policies)
            .set_deletion_protection(it.deletion_protection)
            .set_lambda_config(it.lambda_config)
            .set_auto_verified_attributes(it.auto_verified_attributes)
            .set_alias_attributes(it.alias_attributes)
            .set_sms_verification_message(it.sms_verification_message)
            .set_email_verification_message(it.email_verification_message)
            .set_email_verification_subject(it.email_verification_subject)
            .set_verification_message_template(it.verification_message_template)
            .set_sms_authentication_message(it.sms_authentication_message)
            .set_mfa_configuration(it.mfa_configuration)
            .set_user_attribute_update_settings(it.user_attribute_update_settings)
            .set_device_configuration(it.device_configuration)
            .set_email_configuration(it.email_configuration)
            .set_sms_configuration(it.sms_configuration)
            .set_user_pool_tags(it.user_pool_tags)
            .set_admin_create_user_config(it.admin_create_user_config)
            .set_user_pool_add_ons(it.user_pool_add_ons)
            .set_username_configuration(it.username_configuration)
            .set_account_recovery_setting(it.account_recovery_setting)
            .set_user_pool_tier(it.user_pool_tier)
            .set_key_configuration(it.key_configuration)
            .set_issuer_configuration(it.issuer_configuration)
            .set_acr_configuration(it.acr_configuration)
    });
    let id = target.created(accepted(made.await));
    let pool = target.pools.admin(id.parse().unwrap()).pool();
    let before = accepted(pool.describe().await);
    let mut given_back = before.clone();
    // The older member of the validity is also returned.
    let invitations = given_back.admin_create_user_config.as_mut();
    invitations.into_iter().for_each(|config| config.unused_account_validity_days = 0);
    assert_eq!(target.of_kept(of_pool!(wanted, given_back)), [""; 0]);

    accepted(pool.update(|pool| pool.sms_authentication_message("other {####}")).await);
    let after = accepted(pool.describe().await);
    assert_eq!(after.sms_authentication_message(), Some("other {####}"));
    assert_eq!(target.of_kept(of_pool!(before, after)), ["sms_authentication_message"]);

    let inactive = DeletionProtectionType::Inactive;
    accepted(pool.update(|pool| pool.deletion_protection(inactive.clone())).await);
    accepted(pool.delete().await);
    assert_eq!(pool.describe().await.unwrap_err().kind(), ErrorKind::NotFound);
}

async fn second_factors(target: &Configured) {
    let admin = target.new_pool().await;
    let pool = admin.pool();
    let app = SoftwareTokenMfaConfigType::builder().enabled(true).build();
    let optional = |call: SetUserPoolMfaConfigFluentBuilder| {
        let call = call.mfa_configuration(UserPoolMfaType::Optional);
        call.software_token_mfa_configuration(app.clone())
    };
    accepted(pool.set_mfa_config(optional).await);
    accepted(pool.update(|pool| pool.mfa_configuration(UserPoolMfaType::On)).await);
    accepted(pool.update(|pool| pool.user_pool_tags("stage", "live")).await);
    let read = accepted(pool.mfa_config().await);
    assert_eq!(read.mfa_configuration(), Some(&UserPoolMfaType::On));
    assert_eq!(read.software_token_mfa_configuration(), Some(&app));
    accepted(pool.update(|pool| pool.mfa_configuration(UserPoolMfaType::Off)).await);
    if target.has("mfa_configuration") {
        let described = accepted(pool.describe().await);
        assert_eq!(described.mfa_configuration(), Some(&UserPoolMfaType::Off));
    }
    accepted(pool.delete().await);
}

async fn client(target: &Configured) {
    let admin = target.new_pool().await;
    let wanted = target.client_settings();
    let it = wanted.clone();
    let made = admin.create_client("all", |client| {
        client
            .generate_secret(true)
            .refresh_token_validity(it.refresh_token_validity)
            .set_access_token_validity(it.access_token_validity)
            .set_id_token_validity(it.id_token_validity)
            .set_token_validity_units(it.token_validity_units)
            .set_read_attributes(it.read_attributes)
            .set_write_attributes(it.write_attributes)
            .set_explicit_auth_flows(it.explicit_auth_flows)
            .set_supported_identity_providers(it.supported_identity_providers)
            .set_callback_urls(it.callback_urls)
            .set_logout_urls(it.logout_urls)
            .set_default_redirect_uri(it.default_redirect_uri)
            .set_allowed_o_auth_flows(it.allowed_o_auth_flows)
            .set_allowed_o_auth_scopes(it.allowed_o_auth_scopes)
            .set_allowed_o_auth_flows_user_pool_client(it.allowed_o_auth_flows_user_pool_client)
            .set_analytics_configuration(it.analytics_configuration)
            .set_prevent_user_existence_errors(it.prevent_user_existence_errors)
            .set_enable_token_revocation(it.enable_token_revocation)
            .set_enable_propagate_additional_user_context_data(
                it.enable_propagate_additional_user_context_data,
            )
            .set_auth_session_validity(it.auth_session_validity)
            .set_refresh_token_rotation(it.refresh_token_rotation)
    });
    let made = accepted(made.await);
    let secret = made.client_secret().expect("no secret was made");
    let client = admin.client(made.client_id().unwrap());
    let before = accepted(client.describe().await);
    assert_eq!(target.of_kept(of_client!(wanted, before)), [""; 0]);

    accepted(client.update(|client| client.callback_urls("https://example.com/more")).await);
    let after = accepted(client.describe().await);
    assert_eq!(after.callback_urls(), ["https://example.com/back", "https://example.com/more"]);
    assert_eq!(target.of_kept(of_client!(before, after)), ["callback_urls"]);
    // `assert_eq!` would print both secrets.
    assert!(after.client_secret() == Some(secret), "the secret has changed");

    accepted(client.delete().await);
    assert_eq!(client.describe().await.unwrap_err().kind(), ErrorKind::NotFound);
    accepted(admin.pool().delete().await);
}

async fn identity_provider(target: &Configured) {
    let admin = target.new_pool().await;
    let details = [
        ("attributes_request_method", "GET"),
        ("attributes_url", "https://idp.example.com/userinfo"),
        ("authorize_scopes", "openid email"),
        ("authorize_url", "https://idp.example.com/authorize"),
        ("client_id", "our-client"),
        ("client_secret", "a-secret-of-the-provider"),
        ("jwks_uri", "https://idp.example.com/jwks"),
        ("oidc_issuer", "https://idp.example.com"),
        ("token_url", "https://idp.example.com/token"),
    ];
    let made = admin.create_identity_provider("Corp", IdentityProviderTypeType::Oidc, |provider| {
        let details = details.map(|(name, value)| (name.to_owned(), value.to_owned()));
        provider
            .set_provider_details(Some(HashMap::from(details)))
            .attribute_mapping("email", "email")
            .attribute_mapping("name", "name")
            .idp_identifiers("example.com")
    });
    accepted(made.await);
    let provider = admin.identity_provider("Corp");
    let before = accepted(provider.describe().await);
    let given = before.provider_details().unwrap();
    for (name, value) in details {
        assert_eq!(given.get(name).map(String::as_str), Some(value), "{name}");
    }
    accepted(provider.update(|provider| provider.attribute_mapping("email", "mail")).await);
    let after = accepted(provider.describe().await);
    assert_eq!(after.attribute_mapping().unwrap()["email"], "mail");
    assert_eq!(after.attribute_mapping().unwrap()["name"], "name");
    let changed = differences!(before, after; provider_name provider_type provider_details
        idp_identifiers acr_mapping attribute_mapping);
    assert_eq!(target.of_kept(changed), ["attribute_mapping"]);

    if target.has("get_identity_provider_by_identifier") {
        let found = accepted(admin.identity_provider_by_identifier("example.com").await);
        assert_eq!(found.provider_name(), Some("Corp"));
    }
    accepted(provider.delete().await);
    assert_eq!(provider.describe().await.unwrap_err().kind(), ErrorKind::NotFound);
    accepted(admin.pool().delete().await);
}

async fn resource_server(target: &Configured) {
    let admin = target.new_pool().await;
    admin
        .create_resource_server("orders", "Orders", [("read", "Read"), ("write", "Write")])
        .await
        .unwrap();
    let server = admin.resource_server("orders");
    let mut name = "Orders";
    if target.has("update_resource_server") {
        name = "All orders";
        accepted(server.update(|server| server.name(name)).await);
    }
    let after = accepted(server.describe().await);
    let scopes: Vec<_> = after.scopes().iter().map(|scope| scope.scope_name()).collect();
    assert_eq!((after.name(), &*scopes), (Some(name), &["read", "write"][..]));
    if target.has("delete_resource_server") {
        accepted(server.delete().await);
        assert_eq!(server.describe().await.unwrap_err().kind(), ErrorKind::NotFound);
    }
    accepted(admin.pool().delete().await);
}

async fn lists(target: &Configured) {
    let admin = target.new_pool().await;
    let mut made = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        let client = admin.create_client(name, |client| client).await.unwrap();
        made.push(client.client_id.unwrap());
    }
    let mut pages = admin.clients().page_size(2).pages();
    let mut listed = Vec::new();
    while let Some(page) = pages.next().await {
        let items = page.unwrap().items;
        assert!(items.len() <= 2);
        listed.extend(items.into_iter().filter_map(|client| client.client_id));
    }
    made.sort();
    listed.sort();
    assert_eq!(listed, made);

    let id = admin.pool_id().as_str();
    let pools = accepted(target.pools.list().await);
    assert!(pools.iter().any(|pool| pool.id() == Some(id)));
    accepted(admin.pool().delete().await);
}
