//! Sources of AWS credentials and of the Region.

use std::error::Error as _;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{self, ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region};
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{
    ProvideCredentials, Result as Loaded, SharedCredentialsProvider, future,
};
use aws_types::os_shim_internal::{Env, Fs};
use cognito::admin::SdkConfig;

use super::{Profile, endpoints};
use crate::failure::Outcome;

/// Loads the configuration of a profile.
///
/// A selected profile provides the credentials. Otherwise they come from the sources of the AWS SDK
/// in its order: variables, the profile, a web identity, and the machine.
pub(super) async fn load(
    profile: &Profile,
    region: Option<&str>,
    endpoint: Option<&str>,
) -> Outcome<SdkConfig> {
    let name = profile.name.as_deref();
    let loader = aws_config::defaults(BehaviorVersion::v2026_01_12());
    let loader = match region {
        Some(region) => loader.region(Region::new(region.to_owned())),
        None => loader.region(region_of(name)),
    };
    let loader = endpoint.into_iter().fold(loader, ConfigLoader::endpoint_url);
    let loader = name.into_iter().fold(loader, ConfigLoader::profile_name);
    let config = loader.load().await;
    endpoints::check(&config)?;
    Ok(match name.filter(|_| profile.is_selected) {
        Some(name) => {
            let credentials = NamedProfile::new(name, config.region().cloned());
            let credentials = SharedCredentialsProvider::new(credentials);
            config.into_builder().credentials_provider(credentials).build()
        }
        None => config,
    })
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
    name: String,
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
            name: name.to_owned(),
            profile: profile.profile_name(name).build(),
            machine: machine.or_else("Ec2InstanceMetadata", imds),
        }
    }

    async fn load(&self) -> Loaded {
        if self.is_missing().await {
            let reason = format!("profile `{}` was not defined", self.name);
            return Err(CredentialsError::invalid_configuration(reason));
        }
        match self.profile.provide_credentials().await {
            // Only a profile without credentials has no cause here: one that needs another profile
            // which does not exist has, and must not get the credentials of the machine.
            Err(error @ CredentialsError::CredentialsNotLoaded(_)) => match error.source() {
                Some(_) => Err(CredentialsError::invalid_configuration(error)),
                None => self.machine.provide_credentials().await,
            },
            loaded => loaded,
        }
    }

    /// Returns whether the files of the AWS CLI do not contain the profile. For files that are
    /// missing or empty, the AWS SDK does not look for its name.
    async fn is_missing(&self) -> bool {
        let name = Some(self.name.clone().into());
        let profiles = profile::load(&Fs::real(), &Env::real(), &Default::default(), name).await;
        // The provider of the profile returns the error of a file that cannot be read.
        profiles.is_ok_and(|profiles| profiles.get_profile(&self.name).is_none())
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
