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
    /// Decides the next step in a sign-in with CUSTOM_AUTH.
    ///
    /// Like all triggers it runs on a thread of its own while the pool is free, so that it may call
    /// the pool. A closure that owns the [`LocalPool`](crate::LocalPool) it calls keeps the emulator
    /// running: let it own a [`Weak`](std::sync::Weak) reference.
    ///
    /// A pool without closures calls the functions that its LambdaConfig names: see
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

    /// Makes a challenge where DefineAuthChallenge wants a custom one.
    pub fn create_auth_challenge(
        mut self,
        trigger: impl Fn(&CustomAuth) -> CustomChallengeParameters + Send + Sync + 'static,
    ) -> Self {
        self.triggers.create_auth_challenge = Some(Arc::new(move |sign_in| Ok(trigger(sign_in))));
        self
    }

    /// Sets the check of responses to custom challenges.
    pub fn verify_auth_challenge(
        mut self,
        trigger: impl Fn(&CustomChallengeResponse) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.triggers.verify_auth_challenge = Some(Arc::new(move |response| Ok(trigger(response))));
        self
    }

    /// Changes the claims of users of identity providers before the pool maps them to attributes; an
    /// `Err` refuses the sign-in.
    ///
    /// The returned claims replace those of the provider, except for the subject; if none are returned,
    /// all of the provider's stay.
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

    /// Decides on sign-ups and on users that administrators make; an `Err` refuses them.
    pub fn pre_sign_up(
        mut self,
        trigger: impl Fn(&SignUpRequest) -> Result<SignUpDecision, String> + Send + Sync + 'static,
    ) -> Self {
        self.triggers.pre_sign_up = Some(Arc::new(trigger));
        self
    }

    /// Is told of users who confirmed a sign-up or replaced a forgotten password; an `Err` refuses
    /// the request, but the user stays confirmed.
    ///
    /// It runs when the operation is done.
    pub fn post_confirmation(
        mut self,
        trigger: impl Fn(&Confirmation) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.triggers.post_confirmation = Some(Arc::new(trigger));
        self
    }

    /// Decides on sign-ins before the password is looked at; an `Err` refuses them.
    pub fn pre_authentication(
        mut self,
        trigger: impl Fn(&SignInAttempt) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.triggers.pre_authentication = Some(Arc::new(trigger));
        self
    }

    /// Receives sign-ins; an `Err` rejects them.
    ///
    /// It runs when the operation is done.
    pub fn post_authentication(
        mut self,
        trigger: impl Fn(&SignInDone) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.triggers.post_authentication = Some(Arc::new(trigger));
        self
    }

    /// Changes the claims of tokens before they are signed; see [`TokenChanges`].
    pub fn pre_token_generation(
        mut self,
        trigger: impl Fn(&TokensToIssue) -> Result<TokenChanges, String> + Send + Sync + 'static,
    ) -> Self {
        self.triggers.pre_token_generation = Some(Arc::new(trigger));
        self
    }

    /// Writes the messages that the pool sends; see [`MessageText`].
    pub fn custom_message(
        mut self,
        trigger: impl Fn(&MessageRequest) -> Result<MessageText, String> + Send + Sync + 'static,
    ) -> Self {
        self.triggers.custom_message = Some(Arc::new(trigger));
        self
    }

    /// Brings in users whom the pool does not know, when they sign in with a password in the clear
    /// or have forgotten it; see [`MigratedUser`]. `None` and `Err` bring in no user.
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
