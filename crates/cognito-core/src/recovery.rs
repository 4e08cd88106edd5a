//! Recovery of a forgotten password.

use std::future::IntoFuture;

use cognito_types::{BoxFuture, Code, Password};

use crate::app_client::NewPasswordRequest;
use crate::context::{Context, context_setters};
use crate::delivery::CodeDelivery;
use crate::error::Error;
use crate::pool::UserPool;

/// A request for a code to reset the password, which is sent when it is awaited.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct ForgotPassword {
    pool: UserPool,
    username: String,
    context: Context,
}

impl ForgotPassword {
    pub(crate) fn new(pool: UserPool, username: String) -> Self {
        Self { pool, username, context: Context::default() }
    }

    context_setters!(context);
}

impl IntoFuture for ForgotPassword {
    type Output = Result<Option<CodeDelivery>, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { pool, username, context } = self;
        Box::pin(async move { pool.app_client().forgot_password(&username, &context).await })
    }
}

/// A request that sets a new password with the code, which is sent when it is awaited.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct ConfirmForgotPassword {
    pool: UserPool,
    request: NewPasswordRequest,
    context: Context,
}

impl ConfirmForgotPassword {
    pub(crate) fn new(pool: UserPool, username: String, code: Code, password: Password) -> Self {
        let request = NewPasswordRequest { username, code, password };
        Self { pool, request, context: Context::default() }
    }

    context_setters!(context);
}

impl IntoFuture for ConfirmForgotPassword {
    type Output = Result<(), Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { pool, request, context } = self;
        Box::pin(async move { pool.app_client().confirm_forgot_password(&request, &context).await })
    }
}
