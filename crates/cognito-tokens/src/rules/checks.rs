//! The checks of a token; [`crate::pipeline`] has their order.

use std::sync::Arc;
use std::time::SystemTime;

use cognito_types::ClientId;

use super::TokenRules;
use crate::claims::{Common, TokenClaims};
use crate::error::VerifyError;
use crate::policy::{Clients, Required};

impl TokenRules {
    /// Checks the length limit of this pool, which may be lower than that of others.
    pub(crate) fn check_length(&self, token: &str) -> Result<(), VerifyError> {
        let limit = self.max_token_bytes;
        if token.len() > limit {
            return Err(VerifyError::TooLong { limit, found: token.len() });
        }
        Ok(())
    }

    pub(super) fn issuer(&self, issuer: &str) -> Result<Arc<str>, VerifyError> {
        if self.issuers.is_empty() {
            return Err(VerifyError::Misconfigured("issuer"));
        }
        let accepted = self.issuers.iter().find(|accepted| &***accepted == issuer);
        accepted.cloned().ok_or(VerifyError::WrongIssuer)
    }

    /// Returns the app client with this id if its tokens are accepted.
    pub(crate) fn client(&self, id: &str) -> Result<ClientId, VerifyError> {
        self.clients.accepted(id)
    }

    /// Checks the claims that need no key: the app client and the times.
    pub(crate) fn check_plausible(
        &self,
        client: &str,
        common: &Common,
        now: SystemTime,
    ) -> Result<(), VerifyError> {
        self.clients.accepted(client)?;
        self.check_times(common, now)
    }

    /// Checks everything else, for a plausible token whose signature is valid.
    pub(crate) fn check_claims<C: TokenClaims>(
        &self,
        claims: &C,
        now: SystemTime,
    ) -> Result<(), VerifyError> {
        let verified = claims.verified();
        self.check_sign_in(verified.common(), now)?;
        let ids = verified.ids();
        if self.revocation.iter().any(|list| list.is_revoked(&ids)) {
            return Err(VerifyError::Revoked);
        }
        self.check_audience(claims)?;
        self.check_rights(claims)?;
        let failed = C::checks(&self.checks).iter().find(|check| !(check.passes)(claims));
        failed.map_or(Ok(()), |check| Err(VerifyError::CheckFailed(check.name)))
    }

    fn check_times(&self, common: &Common, now: SystemTime) -> Result<(), VerifyError> {
        // A time that the clock cannot represent is far away.
        if common.expires_at.checked_add(self.leeway).is_some_and(|end| end <= now) {
            return Err(VerifyError::Expired { expired_at: common.expires_at, now });
        }
        let latest = now.checked_add(self.leeway);
        // A sign-in in the future would pass every limit for its age.
        for valid_from in
            [common.not_before, common.issued_at, common.auth_time].into_iter().flatten()
        {
            if latest.is_some_and(|latest| valid_from > latest) {
                return Err(VerifyError::NotYetValid { valid_from, now });
            }
        }
        Ok(())
    }

    fn check_sign_in(&self, common: &Common, now: SystemTime) -> Result<(), VerifyError> {
        let Some(max_age) = self.max_age else {
            return Ok(());
        };
        let signed_in_at = common.auth_time.ok_or(VerifyError::MissingClaim("auth_time"))?;
        let age = now.duration_since(signed_in_at).unwrap_or_default();
        if age > max_age.saturating_add(self.leeway) {
            return Err(VerifyError::SignInTooOld { max_age, signed_in_at });
        }
        Ok(())
    }

    /// Checks the audience: a service that it does not name must reject the token (RFC 7519,
    /// 4.1.3).
    fn check_audience<C: TokenClaims>(&self, claims: &C) -> Result<(), VerifyError> {
        let unmet =
            self.audience.iter().find(|required| !required.is_met(|name| claims.is_for(name)));
        if let Some(expected) = unmet {
            return Err(VerifyError::WrongAudience { expected: expected.clone() });
        }
        if !self.audience.is_empty() || self.any_audience || claims.bound_to().is_empty() {
            return Ok(());
        }
        // A trigger can set `aud` to the id of the app client, for API Gateway.
        let client = claims.verified().client.as_str();
        let named = matches!(self.clients, Clients::Only(_));
        if named && claims.is_for(client) {
            return Ok(());
        }
        Err(VerifyError::UnexpectedAudience)
    }

    fn check_rights<C: TokenClaims>(&self, claims: &C) -> Result<(), VerifyError> {
        let common = claims.verified().common();
        let unmet = |rules: &[Required], has: &dyn Fn(&str) -> bool| {
            rules.iter().find(|required| !required.is_met(has)).cloned()
        };
        if !self.delegated && !common.actors.is_empty() {
            return Err(VerifyError::Delegated);
        }
        let bearer = claims.bearer();
        if let Some(expected) = self.callers.iter().find(|callers| !callers.accept(bearer)) {
            return Err(VerifyError::WrongCaller { expected: *expected });
        }
        if let Some(expected) = unmet(&self.scopes, &|name| claims.grants(name)) {
            return Err(VerifyError::MissingScope { expected });
        }
        let in_group = |name: &str| common.groups.iter().any(|group| group == name);
        match unmet(&self.groups, &in_group) {
            Some(expected) => Err(VerifyError::MissingGroup { expected }),
            None => Ok(()),
        }
    }
}
