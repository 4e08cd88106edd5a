//! Sources of AWS credentials and of the Region.

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region};
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result as Loaded, future};
use cognito::admin::SdkConfig;

/// Loads the configuration with the credentials of variables, or else of a profile.
pub(super) async fn load(
    profile: Option<&str>,
    region: Option<&str>,
    endpoint: Option<&str>,
) -> SdkConfig {
    let loader = loader(profile, region, endpoint);
    match profile {
        Some(profile) => loader.profile_name(profile).load().await,
        None => loader.load().await,
    }
}

/// Loads the configuration with the credentials of a profile.
pub(super) async fn load_of_profile(
    profile: &str,
    region: Option<&str>,
    endpoint: Option<&str>,
) -> SdkConfig {
    let loader = loader(Some(profile), region, endpoint).profile_name(profile);
    let region = match region {
        Some(region) => Some(Region::new(region.to_owned())),
        None => region_of(Some(profile)).region().await,
    };
    loader.credentials_provider(NamedProfile::new(profile, region)).load().await
}

fn loader(profile: Option<&str>, region: Option<&str>, endpoint: Option<&str>) -> ConfigLoader {
    let loader = aws_config::defaults(BehaviorVersion::v2026_01_12());
    let loader = match region {
        Some(region) => loader.region(Region::new(region.to_owned())),
        None => loader.region(region_of(profile)),
    };
    match endpoint {
        Some(endpoint) => loader.endpoint_url(endpoint),
        None => loader,
    }
}

/// Returns the sources of the Region without variables: the settings contain those, and the AWS SDK
/// takes an empty one for the name of a Region.
fn region_of(profile: Option<&str>) -> RegionProviderChain {
    let mut builder = ProfileFileRegionProvider::builder();
    if let Some(profile) = profile {
        builder = builder.profile_name(profile);
    }
    RegionProviderChain::first_try(builder.build()).or_else(ImdsRegionProvider::builder().build())
}

/// The credentials of a profile, or of the machine for a profile without credentials.
#[derive(Debug)]
struct NamedProfile {
    profile: ProfileFileCredentialsProvider,
    machine: CredentialsProviderChain,
}

impl NamedProfile {
    fn new(name: &str, region: Option<Region>) -> Self {
        let config = ProviderConfig::without_region().with_region(region);
        let profile = ProfileFileCredentialsProvider::builder().configure(&config);
        let ecs = EcsCredentialsProvider::builder().configure(&config).build();
        let imds = ImdsCredentialsProvider::builder().configure(&config).build();
        let machine = CredentialsProviderChain::first_try("EcsContainer", ecs);
        Self {
            profile: profile.profile_name(name).build(),
            machine: machine.or_else("Ec2InstanceMetadata", imds),
        }
    }

    async fn load(&self) -> Loaded {
        match self.profile.provide_credentials().await {
            // The type of this cause is private to the AWS SDK.
            Err(error) if is_of_missing_profile(&error) => {
                Err(CredentialsError::invalid_configuration(error))
            }
            Err(CredentialsError::CredentialsNotLoaded(_)) => {
                self.machine.provide_credentials().await
            }
            loaded => loaded,
        }
    }
}

impl ProvideCredentials for NamedProfile {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.load())
    }
}

fn is_of_missing_profile(error: &CredentialsError) -> bool {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.map(ToString::to_string).any(|text| text.contains("was not defined"))
}
