//! The HTTP client of pools that are given none: the SDK's, and the environment's proxies.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// Connects with rustls and honours `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, which
/// the SDK's own default ignores.
///
/// Requests to the service and for key sets both go through it, so that both take the same way.
#[derive(Clone, Default)]
pub(crate) struct DefaultHttpClient {
    /// One for each pair of time-outs, made when first needed.
    connectors: Arc<Mutex<Vec<(TimeOuts, SharedHttpConnector)>>>,
}

/// The time-outs for connecting and for the first byte of an answer.
type TimeOuts = (Option<Duration>, Option<Duration>);

impl HttpClient for DefaultHttpClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let time_outs = (settings.connect_timeout(), settings.read_timeout());
        let mut connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, connector)) = connectors.iter().find(|(of, _)| *of == time_outs) {
            return connector.clone();
        }
        let connector = SharedHttpConnector::new(connect(settings, components));
        connectors.push((time_outs, connector.clone()));
        connector
    }
}

fn connect(settings: &HttpConnectorSettings, components: &RuntimeComponents) -> Connector {
    let mut builder: ConnectorBuilder = Connector::builder()
        .connector_settings(settings.clone())
        .proxy_config(ProxyConfig::from_env());
    builder.set_sleep_impl(components.sleep_impl());
    builder.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build()
}

impl fmt::Debug for DefaultHttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DefaultHttpClient")
    }
}
