//! `cognito aws-credentials`: AWS credentials of the signed-in user, for the AWS CLI and all SDKs.

use clap::Args;
use cognito::identity_pool::{IdentityPoolCredentials, IdentityPoolId};

use crate::app::App;
use crate::configuration::Setting;
use crate::failure::Outcome;
use crate::output::printable_json;
use crate::sessions::Sessions;

const EXAMPLES: &str = "\
Examples:
  cognito aws-credentials --identity-pool eu-west-1:1f0c7a5e-3d2b-4c1a-9e8f-0123456789ab

  In ~/.aws/config, for every program that uses the profile:
    [profile app]
    credential_process = cognito aws-credentials --context app
";

/// Prints AWS credentials of the signed-in user from an identity pool, as a `credential_process`
///
/// The output is the JSON that the AWS CLI and the AWS SDKs read from a `credential_process`. Calls GetId and
/// GetCredentialsForIdentity, which need no AWS credentials.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Id of the identity pool; by default COGNITO_IDENTITY_POOL
    #[arg(long, value_name = "ID")]
    identity_pool: Option<String>,
    /// ARN of one of the user's roles; by default the role that the identity pool chooses
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
}

impl Arguments {
    pub(crate) fn identity_pool(&self) -> Option<String> {
        self.identity_pool.clone()
    }
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome {
    let id = app.settings.require(Setting::IdentityPool)?;
    let id: IdentityPoolId = id.parse().map_err(|_| {
        app.settings.invalid(Setting::IdentityPool, "it must be a Region, a colon and a UUID")
    })?;
    let session = Sessions::of(app).await?.restore().await?.session;
    let mut builder = IdentityPoolCredentials::builder(id)
        .session(session)
        .allow_plain_http(app.environment.plain_http_hosts());
    if let Some(endpoint) = app.settings.get(Setting::EndpointUrl) {
        builder = builder.endpoint(endpoint);
    }
    if let Some(role) = &arguments.role_arn {
        builder = builder.role_arn(role);
    }
    let credentials = builder.build()?.credentials().await?;
    let mut document = Vec::new();
    credentials.write_process_output(&mut document)?;
    app.output.text(&printable_json(&String::from_utf8_lossy(&document)))
}
