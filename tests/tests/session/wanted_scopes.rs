//! Token requests with scopes: a session returns its token only if it has them.

use cognito::http::LazySession;
use cognito::session::{API_SCOPE, TokenErrorKind, TokenRequest, TokenSource};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::{Fixture, PASSWORD};

#[tokio::test]
async fn a_session_returns_only_a_token_with_the_wanted_scopes() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("alice").await;
    let own = session.access_token().await.unwrap();
    let lazy = LazySession::with_password(fixture.pool.clone(), "alice", PASSWORD);
    let lazy = lazy.with_session(session.clone());
    let sources: [&dyn TokenSource; 2] = [&session, &lazy];
    for source in sources {
        for scopes in [&[][..], &[API_SCOPE]] {
            let want = TokenRequest::access().with_scopes(scopes.iter().copied());
            let token = source.token(&want).await.unwrap();
            assert_eq!(token.expose_secret(), own.expose_secret());
        }
        for scopes in [&["orders/write"][..], &[API_SCOPE, "orders/write"], &["aws.cognito"]] {
            let want = TokenRequest::access().with_scopes(scopes.iter().copied());
            let error = source.token(&want).await.unwrap_err();
            assert_eq!(error.kind(), TokenErrorKind::Configuration, "{scopes:?}");
        }
        let want = TokenRequest::id().with_scopes([API_SCOPE]);
        let error = source.token(&want).await.unwrap_err();
        assert_eq!(error.kind(), TokenErrorKind::Configuration, "ID tokens have no scopes");
        source.token(&TokenRequest::id()).await.unwrap();
    }
}
