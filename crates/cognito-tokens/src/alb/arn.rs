//! The ARN that names a load balancer.

use std::str::FromStr;

use cognito_types::Region;

/// The ARN of an Application Load Balancer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadBalancerArn(String, Region);

impl LoadBalancerArn {
    /// Returns where the load balancers of the Region publish their keys.
    pub(super) fn key_address(&self) -> String {
        let Self(_, region) = self;
        if region.as_str().starts_with("us-gov-") {
            return format!("https://s3-{region}.amazonaws.com/aws-elb-public-keys-prod-{region}");
        }
        // The guide names only the commercial partition and GovCloud. For others, the partition's
        // domain is assumed.
        format!("https://public-keys.auth.elb.{region}.{}", region.partition_suffix())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LoadBalancerArn {
    type Err = InvalidLoadBalancerArn;

    fn from_str(arn: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = arn.split(':').collect();
        match *parts {
            ["arn", partition, "elasticloadbalancing", region, account, resource]
                if partition.starts_with("aws")
                    && !account.is_empty()
                    && resource.starts_with("loadbalancer/app/") =>
            {
                let region = region.parse().map_err(|_| InvalidLoadBalancerArn)?;
                Ok(Self(arn.to_owned(), region))
            }
            _ => Err(InvalidLoadBalancerArn),
        }
    }
}

/// The error for a text that is not the ARN of an Application Load Balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an ARN like arn:aws:elasticloadbalancing:eu-west-1:1111:loadbalancer/app/x/y")]
pub struct InvalidLoadBalancerArn;
