//! What users read and change of themselves.

use cognito_types::{AccessToken, Code, Password};

use super::retry::once;
use super::{Carrier, attributes, delivery, given_code, metadata, mfa_options};
use super::{read_attributes, sent};
use crate::attributes::Attributes;
use crate::context::ClientMetadata;
use crate::delivery::CodeDelivery;
use crate::error::Error;
use crate::profile::Profile;
use crate::user::User;

impl Carrier {
    /// GetUser.
    pub(crate) async fn get_user(&self, token: &AccessToken) -> Result<User, Error> {
        let call = self.client.get_user().access_token(token.expose_secret());
        let output = sent("GetUser", call.send()).await?;
        Ok(User {
            username: output.username,
            profile: Profile::new(read_attributes(output.user_attributes)),
            mfa_options: mfa_options(output.mfa_options),
            mfa_factors: output.user_mfa_setting_list.unwrap_or_default(),
            preferred_mfa: output.preferred_mfa_setting,
        })
    }

    /// UpdateUserAttributes; an address that must be verified is sent a code.
    pub(crate) async fn update_attributes(
        &self,
        token: &AccessToken,
        changes: &Attributes,
        with: &ClientMetadata,
    ) -> Result<Vec<CodeDelivery>, Error> {
        let call = self.client.update_user_attributes().access_token(token.expose_secret());
        let call = call.set_user_attributes(attributes(changes));
        let call = call.set_client_metadata(metadata(with));
        let call = call.customize().config_override(once());
        let output = sent("UpdateUserAttributes", call.send()).await?;
        let sent_to = output.code_delivery_details_list.unwrap_or_default();
        Ok(sent_to.into_iter().map(delivery).collect())
    }

    /// DeleteUserAttributes.
    pub(crate) async fn delete_attributes(
        &self,
        token: &AccessToken,
        names: Vec<String>,
    ) -> Result<(), Error> {
        let call = self.client.delete_user_attributes().access_token(token.expose_secret());
        let call = call.set_user_attribute_names(Some(names));
        sent("DeleteUserAttributes", call.send()).await.map(drop)
    }

    /// GetUserAttributeVerificationCode.
    pub(crate) async fn send_attribute_code(
        &self,
        token: &AccessToken,
        attribute: &str,
        with: &ClientMetadata,
    ) -> Result<Option<CodeDelivery>, Error> {
        let call = self.client.get_user_attribute_verification_code();
        let call = call.access_token(token.expose_secret()).attribute_name(attribute);
        let call = call.set_client_metadata(metadata(with));
        let call = call.customize().config_override(once());
        let output = sent("GetUserAttributeVerificationCode", call.send()).await?;
        Ok(output.code_delivery_details.map(delivery))
    }

    /// VerifyUserAttribute.
    pub(crate) async fn verify_attribute(
        &self,
        token: &AccessToken,
        attribute: &str,
        code: &Code,
    ) -> Result<(), Error> {
        let call = self.client.verify_user_attribute().access_token(token.expose_secret());
        let call = call.attribute_name(attribute).code(given_code(code)?);
        let call = call.customize().config_override(once());
        sent("VerifyUserAttribute", call.send()).await.map(drop)
    }

    /// ChangePassword; users who have none yet need not give one.
    pub(crate) async fn change_password(
        &self,
        token: &AccessToken,
        previous: Option<&Password>,
        proposed: &Password,
    ) -> Result<(), Error> {
        let previous = previous.map(|password| password.expose_secret().to_owned());
        let call = self.client.change_password().access_token(token.expose_secret());
        let call = call.set_previous_password(previous);
        let call = call.proposed_password(proposed.expose_secret());
        let call = call.customize().config_override(once());
        sent("ChangePassword", call.send()).await.map(drop)
    }

    /// DeleteUser.
    pub(crate) async fn delete_user(&self, token: &AccessToken) -> Result<(), Error> {
        let call = self.client.delete_user().access_token(token.expose_secret());
        let call = call.customize().config_override(once());
        sent("DeleteUser", call.send()).await.map(drop)
    }
}
