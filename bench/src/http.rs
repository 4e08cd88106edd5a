//! The cost of tokens on requests: outgoing requests through the middleware, incoming ones through the layer.

use std::convert::Infallible;
use std::future::ready;
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use axum::Router;
use axum::routing::get;
use cognito_http::{BearerAuth, CachedTokens, Origins, VerifyLayer};
use cognito_tokens::{Clients, KeySet, TokenRules, Verifier, VerifierBuilder};
use cognito_types::{Clock, TokenSet};
use core_affinity::CoreId;
use http::{Extensions, Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tower::util::BoxCloneService;
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::Result;
use crate::measure::Contender;

const LOOPBACK: &str = "a request over loopback, client and server on a core each";

/// Tokens and keys that another implementation has generated.
const TOKENS: &str = include_str!("../../tests/data/jwt.json");

type Incoming = BoxCloneService<Request<()>, Response<()>, Infallible>;

pub(crate) fn contenders(cores: &[CoreId]) -> Result<Vec<Contender>> {
    let runtime = Rc::new(Builder::new_current_thread().enable_all().build()?);
    let tokens = Tokens::read()?;
    Ok(vec![
        middleware(&runtime, &tokens)?.wanted_at_most(0.01, LOOPBACK),
        loopback(&runtime, cores)?,
        incoming(&runtime, &tokens, "a service without verification", open()),
        incoming(&runtime, &tokens, "the same, each token verified", {
            guarded(tokens.verifier().build())
        }),
        incoming(&runtime, &tokens, "the same with the cache of verified tokens", {
            let size = NonZeroUsize::new(10_000).ok_or("the cache has no size")?;
            guarded(tokens.verifier().cache(size).build())
        }),
    ])
}

/// One access token and its verifier.
struct Tokens {
    token: String,
    rules: TokenRules,
    keys: KeySet,
    now: u64,
}

impl Tokens {
    fn read() -> Result<Self> {
        let document: Value = serde_json::from_str(TOKENS)?;
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or("no text");
        let rules = TokenRules::new(
            &text(&document["pool_id"])?.parse()?,
            Clients::only(text(&document["client_id"])?),
        );
        Ok(Self {
            token: text(&document["vectors"][0]["token"])?,
            rules,
            keys: KeySet::from_json(&document["jwks"].to_string())?,
            now: document["now"].as_u64().ok_or("no time")?,
        })
    }

    fn verifier(&self) -> VerifierBuilder {
        let clock = Arc::new(Then(self.now));
        Verifier::offline(self.rules.clone(), self.keys.clone()).clock(clock)
    }
}

/// A clock that stands at the time of the token.
#[derive(Debug)]
struct Then(u64);

impl Clock for Then {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

/// The last middleware of a chain, which sends no request.
struct End;

#[async_trait]
impl Middleware for End {
    async fn handle(
        &self,
        request: reqwest::Request,
        _: &mut Extensions,
        _: Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        // The request lives until its response exists, as with a real client.
        drop(request);
        Ok(Response::new("").into())
    }
}

/// Measures the time that the middleware adds to a request. No request is sent.
fn middleware(runtime: &Rc<Runtime>, tokens: &Tokens) -> Result<Contender> {
    let token = tokens.token.clone();
    let source = CachedTokens::new(move |_| {
        let lifetime = Duration::from_secs(3600);
        ready(Ok(TokenSet::new(token.clone(), SystemTime::now(), lifetime)))
    });
    let auth = BearerAuth::new(source, Origins::only(["https://api.example.com"])?);
    let client = reqwest::Client::new();
    let without = ClientBuilder::new(client.clone()).with(End).build();
    let with = ClientBuilder::new(client).with(auth).with(End).build();
    let runtime = Rc::clone(runtime);
    Ok(Contender::timed("BearerAuth with a warm token: a request's time with less that without", {
        move |times| {
            let url = "https://api.example.com/orders?page=1";
            let (with, without) =
                (send(&runtime, &with, url, times)?, send(&runtime, &without, url, times)?);
            Ok(with.saturating_sub(without))
        }
    }))
}

/// Measures a request over loopback. The server has a separate thread and core, as a real server would.
fn loopback(runtime: &Rc<Runtime>, cores: &[CoreId]) -> Result<Contender> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let url = format!("http://{}/", listener.local_addr()?);
    let other = *cores.first().ok_or("there is no core")?;
    let server = Builder::new_current_thread().enable_all().build()?;
    thread::spawn(move || {
        core_affinity::set_for_current(other);
        server.block_on(async {
            let router: Router = Router::new().route("/", get(async || ""));
            axum::serve(TcpListener::from_std(listener)?, router).await
        })
    });
    let client = ClientBuilder::new(reqwest::Client::new()).build();
    let runtime = Rc::clone(runtime);
    Ok(Contender::timed(LOOPBACK, move |times| send(&runtime, &client, &url, times)))
}

fn send(
    runtime: &Runtime,
    client: &ClientWithMiddleware,
    url: &str,
    times: u32,
) -> Result<Duration> {
    runtime.block_on(async {
        let start = Instant::now();
        for _ in 0..times {
            let response = client.get(url).send().await?;
            std::hint::black_box(response.bytes().await?);
        }
        Ok(start.elapsed())
    })
}

fn open() -> Incoming {
    BoxCloneService::new(service_fn(async |_: Request<()>| Ok(Response::new(()))))
}

fn guarded(verifier: Verifier) -> Incoming {
    BoxCloneService::new(VerifyLayer::access_tokens(verifier).layer(open()))
}

fn incoming(
    runtime: &Rc<Runtime>,
    tokens: &Tokens,
    name: &'static str,
    mut service: Incoming,
) -> Contender {
    let (runtime, header) = (Rc::clone(runtime), format!("Bearer {}", tokens.token));
    Contender::timed(name, move |times| {
        runtime.block_on(async {
            let start = Instant::now();
            for _ in 0..times {
                let request = Request::get("/").header("authorization", &header).body(())?;
                let response = service.ready().await?.call(request).await?;
                if response.status() != 200 {
                    return Err("a valid token was rejected".into());
                }
            }
            Ok(start.elapsed())
        })
    })
}
