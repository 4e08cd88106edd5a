//! Attributes of the signed-in user.

use cognito_types::{AccessToken, Code, Password};
use serde::{Deserialize, Serialize};

use super::mfa::{WireMfaOption, mfa_options};
use super::wire::{
    AttributeList, Delivered, Delivery, Nothing, ReadAttributes, TokenRequest, metadata,
};
use super::{AppClient, given_code, unreadable};
use crate::attributes::Attributes;
use crate::context::{ClientMetadata, Context};
use crate::delivery::CodeDelivery;
use crate::error::Error;
use crate::profile::Profile;
use crate::transport::Operation;
use crate::user::User;

impl AppClient {
    /// Sends GetUser.
    pub(crate) async fn get_user(&self, token: &AccessToken) -> Result<User, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Output {
            username: Option<String>,
            #[serde(default)]
            user_attributes: ReadAttributes,
            #[serde(rename = "MFAOptions")]
            mfa_options: Option<Vec<WireMfaOption>>,
            #[serde(rename = "UserMFASettingList")]
            user_mfa_setting_list: Option<Vec<String>>,
            preferred_mfa_setting: Option<String>,
        }
        let input = TokenRequest { access_token: token.expose_secret() };
        let output: Output = self.transport.call(Operation::GetUser, &input).await?;
        Ok(User {
            username: output.username.ok_or_else(unreadable)?,
            profile: Profile::new(output.user_attributes.0),
            mfa_options: mfa_options(output.mfa_options),
            mfa_factors: output.user_mfa_setting_list.unwrap_or_default(),
            preferred_mfa: output.preferred_mfa_setting,
        })
    }

    /// Sends UpdateUserAttributes; the service sends a code to each new address that must be
    /// verified.
    pub(crate) async fn update_attributes(
        &self,
        token: &AccessToken,
        changes: &Attributes,
        context: &Context,
    ) -> Result<Vec<CodeDelivery>, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input<'a> {
            access_token: &'a str,
            user_attributes: AttributeList<'a>,
            #[serde(skip_serializing_if = "Option::is_none")]
            client_metadata: Option<&'a ClientMetadata>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Output {
            code_delivery_details_list: Option<Vec<Delivery>>,
        }
        let input = Input {
            access_token: token.expose_secret(),
            user_attributes: AttributeList(changes),
            client_metadata: metadata(&context.metadata),
        };
        let transport = self.transport.within(context.timeout);
        let output: Output = transport.call(Operation::UpdateUserAttributes, &input).await?;
        let sent_to = output.code_delivery_details_list.unwrap_or_default();
        Ok(sent_to.into_iter().map(Into::into).collect())
    }

    /// Sends DeleteUserAttributes.
    pub(crate) async fn delete_attributes(
        &self,
        token: &AccessToken,
        names: Vec<String>,
    ) -> Result<(), Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input<'a> {
            access_token: &'a str,
            user_attribute_names: Vec<String>,
        }
        let input = Input { access_token: token.expose_secret(), user_attribute_names: names };
        let Nothing {} = self.transport.call(Operation::DeleteUserAttributes, &input).await?;
        Ok(())
    }

    /// Sends GetUserAttributeVerificationCode.
    pub(crate) async fn send_attribute_code(
        &self,
        token: &AccessToken,
        attribute: &str,
        context: &Context,
    ) -> Result<Option<CodeDelivery>, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input<'a> {
            access_token: &'a str,
            attribute_name: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            client_metadata: Option<&'a ClientMetadata>,
        }
        let input = Input {
            access_token: token.expose_secret(),
            attribute_name: attribute,
            client_metadata: metadata(&context.metadata),
        };
        let operation = Operation::GetUserAttributeVerificationCode;
        let transport = self.transport.within(context.timeout);
        let output: Delivered = transport.call(operation, &input).await?;
        Ok(output.delivery())
    }

    /// Sends VerifyUserAttribute.
    pub(crate) async fn verify_attribute(
        &self,
        token: &AccessToken,
        attribute: &str,
        code: &Code,
    ) -> Result<(), Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input<'a> {
            access_token: &'a str,
            attribute_name: &'a str,
            code: &'a str,
        }
        let input = Input {
            access_token: token.expose_secret(),
            attribute_name: attribute,
            code: given_code(code)?,
        };
        let Nothing {} = self.transport.call(Operation::VerifyUserAttribute, &input).await?;
        Ok(())
    }

    /// Sends ChangePassword; users without a password omit the previous one.
    pub(crate) async fn change_password(
        &self,
        token: &AccessToken,
        previous: Option<&Password>,
        proposed: &Password,
    ) -> Result<(), Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input<'a> {
            access_token: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            previous_password: Option<&'a str>,
            proposed_password: &'a str,
        }
        let input = Input {
            access_token: token.expose_secret(),
            previous_password: previous.map(Password::expose_secret),
            proposed_password: proposed.expose_secret(),
        };
        let Nothing {} = self.transport.call(Operation::ChangePassword, &input).await?;
        Ok(())
    }

    /// Sends DeleteUser.
    pub(crate) async fn delete_user(&self, token: &AccessToken) -> Result<(), Error> {
        let input = TokenRequest { access_token: token.expose_secret() };
        let Nothing {} = self.transport.call(Operation::DeleteUser, &input).await?;
        Ok(())
    }
}
