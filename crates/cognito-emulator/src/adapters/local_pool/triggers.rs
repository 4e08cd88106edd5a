//! The triggers of a pool, as closures.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::PoolSettings;
use crate::flows::triggers::{
    Confirmation, CustomAuth, CustomChallengeParameters, CustomChallengeResponse, FederatedUser,
    MessageRequest, MessageText, MigratedUser, MigrationRequest, NextStep, SignInAttempt,
    SignInDone, SignUpDecision, SignUpRequest, TokenChanges, TokensToIssue,
};

impl PoolSettings {
    /// Sets the DefineAuthChallenge trigger, which decides the next step in a sign-in with
    /// CUSTOM_AUTH.
    ///
    /// Like all triggers it runs on a separate thread without a lock on the pool, so that it may
    /// call the pool. A closure that owns the [`LocalPool`](crate::LocalPool) it calls keeps the
    /// emulator running: give it a [`Weak`](std::sync::Weak) reference instead.
    ///
    /// A pool without closures calls the functions in its LambdaConfig: see
    /// [`EmulatorBuilder::trigger_url`](crate::EmulatorBuilder::trigger_url).
    ///
    /// ```
    /// use cognito_emulator::{CustomChallengeParameters, NextStep, PoolSettings};
    ///
    /// let settings = PoolSettings::default()
    ///     .define_auth_challenge(|sign_in| match sign_in.session.last() {
    ///         Some(last) if last.correct => NextStep::IssueTokens,
    ///         _ if sign_in.session.len() == 3 => NextStep::Fail,
    ///         _ => NextStep::CustomChallenge,
    ///     })
    ///     .create_auth_challenge(|_| CustomChallengeParameters::default().private("word", "swordfish"))
    ///     .verify_auth_challenge(|given| given.private.get("word") == Some(&given.answer));
    /// # assert!(!format!("{settings:?}").contains("swordfish"));
    /// ```
    pub fn define_auth_challenge(
        mut self,
        trigger: impl Fn(&CustomAuth) -> NextStep + Send + Sync + 'static,
    ) -> Self {
        self.triggers.define_auth_challenge = Some(Arc::new(move |sign_in| Ok(trigger(sign_in))));
        self
    }

    /// Sets the CreateAuthChallenge trigger, which creates a challenge after DefineAuthChallenge
    /// returned [`NextStep::CustomChallenge`].
    pub fn create_auth_challenge(
        mut self,
        trigger: impl Fn(&CustomAuth) -> CustomChallengeParameters + Send + Sync + 'static,
    ) -> Self {
        self.triggers.create_auth_challenge = Some(Arc::new(move |sign_in| Ok(trigger(sign_in))));
        self
    }

    /// Sets the VerifyAuthChallengeResponse trigger, which checks responses to custom challenges.
    pub fn verify_auth_challenge(
        mut self,
        trigger: impl Fn(&CustomChallengeResponse) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.triggers.verify_auth_challenge = Some(Arc::new(move |response| Ok(trigger(response))));
        self
    }

    /// Sets the InboundFederation trigger, which changes the claims of users of identity providers
    /// before the pool maps them to attributes; an `Err` rejects the sign-in.
    ///
    /// The returned claims replace those of the provider, except for the subject. If no claims are
    /// returned, the provider's claims are kept.
    pub fn inbound_federation(
        mut self,
        trigger: impl Fn(&FederatedUser) -> Result<BTreeMap<String, String>, String>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.triggers.inbound_federation = Some(Arc::new(trigger));
        self
    }

    /// Sets the PreSignUp trigger, which decides on sign-ups and on users that administrators
    /// create; an `Err` rejects them.
    pub fn pre_sign_up(
        mut self,
        trigger: impl Fn(&SignUpRequest) -> Result<SignUpDecision, String> + Send + Sync + 'static,
    ) -> Self {
        self.triggers.pre_sign_up = Some(Arc::new(trigger));
        self
    }

    /// Sets the PostConfirmation trigger, which is called after users confirmed a sign-up or reset
    /// a password; an `Err` rejects the request, but the user stays confirmed.
    ///
    /// It runs after the change.
    pub fn post_confirmation(
        mut self,
        trigger: impl Fn(&Confirmation) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.triggers.post_confirmation = Some(Arc::new(trigger));
        self
    }

    /// Sets the PreAuthentication trigger, which decides on sign-ins before the password is
    /// verified; an `Err` rejects them.
    pub fn pre_authentication(
        mut self,
        trigger: impl Fn(&SignInAttempt) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.triggers.pre_authentication = Some(Arc::new(trigger));
        self
    }

    /// Sets the PostAuthentication trigger, which is called for successful sign-ins; an `Err`
    /// rejects them.
    ///
    /// It runs after the sign-in.
    pub fn post_authentication(
        mut self,
        trigger: impl Fn(&SignInDone) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.triggers.post_authentication = Some(Arc::new(trigger));
        self
    }

    /// Sets the PreTokenGeneration trigger, which changes the claims of tokens before they are
    /// signed; see [`TokenChanges`].
    pub fn pre_token_generation(
        mut self,
        trigger: impl Fn(&TokensToIssue) -> Result<TokenChanges, String> + Send + Sync + 'static,
    ) -> Self {
        self.triggers.pre_token_generation = Some(Arc::new(trigger));
        self
    }

    /// Sets the CustomMessage trigger, which returns the text of messages; see [`MessageText`].
    pub fn custom_message(
        mut self,
        trigger: impl Fn(&MessageRequest) -> Result<MessageText, String> + Send + Sync + 'static,
    ) -> Self {
        self.triggers.custom_message = Some(Arc::new(trigger));
        self
    }

    /// Sets the UserMigration trigger, which imports unknown users when they sign in with a plain
    /// password or have forgotten it; see [`MigratedUser`]. `None` and `Err` import no user.
    pub fn user_migration(
        mut self,
        trigger: impl Fn(&MigrationRequest) -> Result<Option<MigratedUser>, String>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.triggers.user_migration = Some(Arc::new(trigger));
        self
    }
}
