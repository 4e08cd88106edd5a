//! Administration with the AWS credentials of the settings.

pub(crate) mod endpoints;
mod sources;

use cognito::admin::{SdkConfig, UserPools};
use cognito::{Admin, UserPoolId};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::configuration::Setting;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::printable;

/// The AWS profile of a command or a job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Profile {
    #[serde(rename = "profile")]
    name: Option<String>,
    /// True if the profile provides the credentials even if variables contain access keys. Jobs of
    /// earlier versions used the access keys.
    #[serde(default, rename = "profile_is_selected")]
    is_selected: bool,
}

impl Profile {
    /// Returns the profile of the settings.
    ///
    /// As in the AWS CLI, a profile that was selected for this command has precedence over access
    /// keys in variables, and AWS_PROFILE has not.
    pub(crate) fn of(app: &App) -> Self {
        let name = app.settings.get(Setting::Profile).map(str::to_owned);
        Self { name, is_selected: app.settings.is_selected(Setting::Profile) }
    }
}

/// Returns the administration of the user pool of the settings.
pub(crate) async fn admin(app: &App) -> Outcome<Admin> {
    let id = pool_id(app).await?;
    let config = sdk_config(app, Some(id.region())).await?;
    Ok(admin_with(&config, id, app))
}

/// Returns the administration of another user pool, by its id, ARN or name.
pub(crate) async fn admin_of(pool: &str, app: &App) -> Outcome<Admin> {
    let id = match written_id(pool) {
        Some(id) => id.parse().map_err(|_| {
            let message = format!("`{}` is not the id of a user pool", printable(pool));
            Failure::usage(message).hint("an id has the form eu-west-1_Ab12Cd34E")
        })?,
        None => find_by_name(app, pool).await?,
    };
    let id: UserPoolId = id;
    let config = sdk_config(app, Some(id.region())).await?;
    Ok(admin_with(&config, id, app))
}

/// Loads the configuration of the AWS SDK with the profile, the Region and the endpoint of the
/// settings, unless another Region is given.
pub(crate) async fn sdk_config(app: &App, region: Option<&str>) -> Outcome<SdkConfig> {
    let settings = &app.settings;
    let region = match region {
        Some(region) => Some(region),
        None => configured_region(app)?,
    };
    // Requests have the session token of the AWS credentials, and may have passwords of users.
    let endpoint = settings.trusted(Setting::EndpointUrl)?;
    sources::load(&Profile::of(app), region, endpoint).await
}

/// Loads the configuration for other services than user pools, without the endpoint of the settings.
pub(crate) async fn sdk_config_of_others(app: &App, region: &str) -> Outcome<SdkConfig> {
    sources::load(&Profile::of(app), Some(region), None).await
}

/// Returns the administration of the user pool of a job, with its profile and its endpoint.
pub(crate) async fn admin_at(
    id: UserPoolId,
    profile: &Profile,
    endpoint: Option<&str>,
    app: &App,
) -> Outcome<Admin> {
    let config = sources::load(profile, Some(id.region()), endpoint).await?;
    Ok(admin_with(&config, id, app))
}

fn admin_with(config: &SdkConfig, id: UserPoolId, app: &App) -> Admin {
    Admin::new(config, id).allow_plain_http(app.environment.plain_http_hosts())
}

/// Returns the administration of the user pools of a configuration.
pub(crate) fn user_pools(config: &SdkConfig, app: &App) -> UserPools {
    UserPools::new(config).allow_plain_http(app.environment.plain_http_hosts())
}

fn configured_region(app: &App) -> Outcome<Option<&str>> {
    let Some(region) = app.settings.get(Setting::Region) else { return Ok(None) };
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match region.chars().all(is_name) {
        true => Ok(Some(region)),
        false => Err(app.settings.invalid(Setting::Region, "it must have the form eu-west-1")),
    }
}

/// Returns the id of the user pool of the settings, which may be given by its ARN or its name.
pub(crate) async fn pool_id(app: &App) -> Outcome<UserPoolId> {
    let text = app.settings.require(Setting::Pool)?;
    match written_id(text) {
        Some(id) => id.parse().map_err(|_| {
            app.settings.invalid(Setting::Pool, "it must have the form eu-west-1_Ab12Cd34E")
        }),
        None => find_by_name(app, text).await,
    }
}

/// Returns the id if a text is an id or an ARN, or `None` for a name.
fn written_id(text: &str) -> Option<&str> {
    if text.starts_with("arn:") {
        return Some(text.rsplit_once(":userpool/").map_or(text, |(_, id)| id));
    }
    text.parse::<UserPoolId>().is_ok().then_some(text)
}

async fn find_by_name(app: &App, name: &str) -> Outcome<UserPoolId> {
    let config = sdk_config(app, None).await?;
    let Some(region) = config.region().cloned() else {
        let failure = Failure::usage("the Region of the user pool is unknown");
        return Err(failure.hint("pass the id of the user pool, or --region"));
    };
    let mut pools = user_pools(&config, app).list().stream();
    let mut found = Vec::new();
    while let Some(pool) = pools.next().await {
        let pool = pool?;
        if pool.name() == Some(name) {
            found.extend(pool.id().map(str::to_owned));
        }
    }
    let name = printable(name);
    match &*found {
        [id] => id.parse().map_err(|_| {
            Failure::failed("service", "the service has returned an invalid id of the user pool")
        }),
        [] => {
            let message = format!("there is no user pool `{name}` in the Region {region}");
            let failure = Failure::new(Exit::NotFound, "unknown_pool", message);
            Err(failure
                .hint("pass another Region with --region, or another account with --profile"))
        }
        several => {
            let failure = Failure::usage(format!("several user pools have the name `{name}`"));
            Err(failure.hint(format!("pass the id of one of them: {}", several.join(", "))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_are_named_by_id_arn_or_name() {
        let id = "eu-west-1_Ab12Cd34E";
        let arn = format!("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/{id}");
        assert_eq!(written_id(id), Some(id));
        assert_eq!(written_id(&arn), Some(id));
        assert_eq!(written_id("shop"), None);
        assert_eq!(written_id("arn:aws:s3:::x"), Some("arn:aws:s3:::x"));
    }
}
