//! The HTTP client of pools that are given none: the SDK's, and the environment's proxies.

use std::env;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use cognito_tokens::is_loopback;

/// Connects with rustls and honours `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, which
/// the SDK's own default ignores; loopback addresses are reached without a proxy.
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
        let connector = connector(settings, components);
        connectors.push((time_outs, connector.clone()));
        connector
    }
}

fn connector(
    settings: &HttpConnectorSettings,
    components: &RuntimeComponents,
) -> SharedHttpConnector {
    let connect = |proxies: ProxyConfig| {
        let mut builder: ConnectorBuilder =
            Connector::builder().connector_settings(settings.clone()).proxy_config(proxies);
        builder.set_sleep_impl(components.sleep_impl());
        SharedHttpConnector::new(builder.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build())
    };
    let proxied = connect(ProxyConfig::from_env());
    if !PROXY_VARIABLES.iter().any(|name| env::var_os(name).is_some()) {
        return proxied;
    }
    SharedHttpConnector::new(Routes { proxied, direct: connect(ProxyConfig::disabled()) })
}

const PROXY_VARIABLES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// A proxy could read passwords and replace the key set of a server on this machine.
#[derive(Debug)]
struct Routes {
    proxied: SharedHttpConnector,
    direct: SharedHttpConnector,
}

impl HttpConnector for Routes {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let route = if is_loopback(request.uri()) { &self.direct } else { &self.proxied };
        route.call(request)
    }
}

impl fmt::Debug for DefaultHttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DefaultHttpClient")
    }
}
