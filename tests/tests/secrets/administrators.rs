//! Secrets in administration: of users, app clients, identity providers and imports.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;
use cognito::Admin;
use cognito::admin::Filter;
use cognito::sdk::types::IdentityProviderTypeType::{Facebook, Oidc};
use cognito_tests::fixture::admin_config;

use crate::users::{ADDRESS, METADATA};
use crate::witness::Witness;

const TEMPORARY: &str = "Planted-temporary1";
const OF_PROVIDER: &str = "planted-of-provider";
const OF_CLIENT: &str = "planted_of_client_0123456789";
pub(crate) const AWS_SECRET: &str = "planted-aws-secret-access-key";
pub(crate) const AWS_TOKEN: &str = "planted-aws-session-token";

/// Returns an SDK configuration with secret AWS credentials.
pub(crate) fn config() -> SdkConfig {
    let token = Some(AWS_TOKEN.to_owned());
    let credentials = Credentials::new("AKIAEXAMPLE", AWS_SECRET, token, None, "test");
    let provider = SharedCredentialsProvider::new(credentials);
    admin_config().into_builder().credentials_provider(provider).build()
}

/// Runs successful and rejected operations with secrets of users and settings.
pub(crate) async fn administer(admin: &Admin, client: &str, witness: &mut Witness) {
    for (kind, secret) in [
        ("temporary password", TEMPORARY),
        ("secret of a provider", OF_PROVIDER),
        ("added client secret", OF_CLIENT),
        ("AWS secret", AWS_SECRET),
        ("AWS session token", AWS_TOKEN),
    ] {
        witness.plant(kind, secret);
    }
    witness.see("administrator", admin);
    administer_users(admin, witness).await;
    create_providers(admin, witness).await;
    add_client_secrets(admin, client, witness).await;
    let role = "arn:aws:iam::123456789012:role/import-log";
    let job = admin.create_import_job("night", role, |job| job).await.unwrap();
    witness.plant("address of an import", job.pre_signed_url().unwrap());
    // The job is a type of the AWS SDK, whose `Debug` prints the address.
    admin.import_jobs().await.unwrap();
}

async fn administer_users(admin: &Admin, witness: &mut Witness) {
    let user = |name| admin.create_user(name).temporary_password(TEMPORARY);
    let created = user("carol").attribute("email", ADDRESS).suppress_invitation();
    witness.see("creation of a user", &created);
    witness.see("created user", &created.await.unwrap());
    let exists = user("carol").client_metadata("key", METADATA).await.unwrap_err();
    witness.see_error("user who exists", &exists);
    let unknown = admin.user("nobody").set_password(TEMPORARY).await.unwrap_err();
    witness.see_error("unknown user", &unknown);
    let filter = Filter::email().equals(ADDRESS);
    witness.see("users", &admin.users().filter(filter).await.unwrap());
    drop(admin.user("alice").devices().await.unwrap());
}

async fn create_providers(admin: &Admin, witness: &mut Witness) {
    let details = [
        ("attributes_request_method", "GET"),
        ("authorize_scopes", "openid"),
        ("client_id", "ours"),
        ("client_secret", OF_PROVIDER),
        ("oidc_issuer", "https://idp.example.com"),
    ];
    for (name, kind) in [("Corp", Oidc), ("Google", Facebook)] {
        let details = details.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let call = admin.create_identity_provider(name, kind, |call| {
            call.set_provider_details(Some(details.into()))
        });
        match call.await {
            Ok(_) => assert_eq!(name, "Corp"),
            Err(error) => witness.see_error("refused provider", &error),
        }
    }
    admin.identity_provider("Corp").update(|call| call).await.unwrap();
}

async fn add_client_secrets(admin: &Admin, client: &str, witness: &mut Witness) {
    let client = admin.client(client);
    let added = client.add_secret_value(OF_CLIENT).await.unwrap();
    witness.see("added client secret", &added);
    client.describe().await.unwrap();
    client.delete_secret(added.id()).await.unwrap();
    let made = client.add_secret().await.unwrap();
    witness.plant("made client secret", made.value().unwrap().expose_secret());
    witness.see("made client secret", &made);
}
