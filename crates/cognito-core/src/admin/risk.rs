//! Threat protection of the pool or one of its app clients: the reaction to risky sign-ins.

use aws_sdk_cognitoidentityprovider::operation::set_risk_configuration::builders::SetRiskConfigurationFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::RiskConfigurationType;
use cognito_types::ClientId;

use super::Admin;
use super::read_modify_write::unless_raced;
use super::sdk_client::sent;
use crate::app_client::unreadable;
use crate::error::Error;
use crate::transport::Operation;

pub(super) async fn describe(
    admin: &Admin,
    client: Option<&ClientId>,
) -> Result<RiskConfigurationType, Error> {
    let call = admin.sdk().describe_risk_configuration().user_pool_id(admin.id());
    let call = call.set_client_id(client.map(ClientId::to_string));
    let output =
        sent(admin.limits(), Operation::DescribeRiskConfiguration, || call.clone().send()).await?;
    output.risk_configuration.ok_or_else(unreadable)
}

pub(super) async fn set<F>(
    admin: &Admin,
    client: Option<&ClientId>,
    change: F,
) -> Result<RiskConfigurationType, Error>
where
    F: Fn(SetRiskConfigurationFluentBuilder) -> SetRiskConfigurationFluentBuilder + Send + Sync,
{
    let attempt = || async {
        let was = describe(admin, client).await?;
        let call = admin
            .sdk()
            .set_risk_configuration()
            .set_compromised_credentials_risk_configuration(
                was.compromised_credentials_risk_configuration,
            )
            .set_account_takeover_risk_configuration(was.account_takeover_risk_configuration)
            .set_risk_exception_configuration(was.risk_exception_configuration);
        let call = change(call).user_pool_id(admin.id());
        let call = call.set_client_id(client.map(ClientId::to_string));
        let output =
            sent(admin.limits(), Operation::SetRiskConfiguration, || call.clone().send()).await?;
        output.risk_configuration.ok_or_else(unreadable)
    };
    unless_raced(attempt).await
}
