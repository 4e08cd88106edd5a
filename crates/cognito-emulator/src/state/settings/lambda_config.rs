//! The functions of a pool's triggers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::ServiceError;

/// LambdaConfigType.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct LambdaConfig {
    /// The older member for PreTokenGenerationConfig, with the same ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pre_token_generation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pre_token_generation_config: Option<VersionedFunction>,
    #[serde(rename = "KMSKeyID", skip_serializing_if = "Option::is_none")]
    kms_key_id: Option<String>,
    /// The functions of the other triggers.
    #[serde(flatten)]
    functions: BTreeMap<String, Function>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Function {
    Arn(String),
    Versioned(VersionedFunction),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VersionedFunction {
    lambda_version: String,
    lambda_arn: String,
}

impl LambdaConfig {
    /// Returns the ARN of a trigger's function, and the version of its events, if it is given.
    pub(crate) fn function(&self, trigger: &str) -> Option<(&str, Option<&str>)> {
        if trigger == "PreTokenGeneration" {
            return self.pre_token_generation_config.as_ref().map(VersionedFunction::parts);
        }
        match self.functions.get(trigger)? {
            Function::Arn(arn) => Some((arn, None)),
            Function::Versioned(function) => Some(function.parts()),
        }
    }

    /// Sets both members of the PreTokenGeneration trigger to the same function, and rejects
    /// different ones.
    pub(super) fn agree(&mut self) -> Result<(), ServiceError> {
        const DIFFERENT: &str = "PreTokenGeneration and the LambdaArn of PreTokenGenerationConfig \
                                 are not the same.";
        match (&self.pre_token_generation, &self.pre_token_generation_config) {
            (Some(old), Some(new)) if *old != new.lambda_arn => {
                return Err(ServiceError::invalid_parameter(DIFFERENT));
            }
            (Some(old), None) => {
                self.pre_token_generation_config = Some(VersionedFunction {
                    lambda_version: "V1_0".to_owned(),
                    lambda_arn: old.clone(),
                });
            }
            (None, Some(new)) => self.pre_token_generation = Some(new.lambda_arn.clone()),
            _ => {}
        }
        Ok(())
    }
}

impl VersionedFunction {
    fn parts(&self) -> (&str, Option<&str>) {
        (&self.lambda_arn, Some(&self.lambda_version))
    }
}
