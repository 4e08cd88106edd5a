//! The response of a Lambda authorizer.

use std::fmt;

use serde::Serialize;

/// The response of a Lambda authorizer: an IAM policy, or a simple response for HTTP APIs.
///
/// Serialize it as the function's result. If it allows the request, its context has the claims of
/// the token, which [`ApiGateway`](crate::ApiGateway) reads in the function behind it.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub struct AuthorizerResponse(Form);

#[derive(Clone, Serialize)]
#[serde(untagged)]
enum Form {
    #[serde(rename_all = "camelCase")]
    Policy { principal_id: String, policy_document: Document, context: Context },
    #[serde(rename_all = "camelCase")]
    Simple { is_authorized: bool, context: Context },
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    version: &'static str,
    statement: [Statement; 1],
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    action: &'static str,
    effect: &'static str,
    resource: String,
}

/// The context: one text with all claims, because API Gateway does not pass on lists and objects.
#[derive(Clone, Default, Serialize)]
struct Context {
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<String>,
}

/// The verdict on a request.
pub(super) enum Verdict {
    Allow { principal: String, payload: String },
    Deny,
}

impl AuthorizerResponse {
    pub(super) fn simple(verdict: Verdict) -> Self {
        let (is_authorized, claims) = match verdict {
            Verdict::Allow { payload, .. } => (true, Some(payload)),
            Verdict::Deny => (false, None),
        };
        Self(Form::Simple { is_authorized, context: Context { claims } })
    }

    pub(super) fn policy(verdict: Verdict, resource: String) -> Self {
        // The principal of a denial only appears in logs.
        let (effect, principal_id, claims) = match verdict {
            Verdict::Allow { principal, payload } => (ALLOW, principal, Some(payload)),
            Verdict::Deny => ("Deny", "denied".to_owned(), None),
        };
        let statement = [Statement { action: "execute-api:Invoke", effect, resource }];
        let policy_document = Document { version: "2012-10-17", statement };
        Self(Form::Policy { principal_id, policy_document, context: Context { claims } })
    }

    /// Returns whether the request is allowed.
    pub fn is_allowed(&self) -> bool {
        match &self.0 {
            Form::Policy { policy_document, .. } => {
                policy_document.statement.iter().all(|statement| statement.effect == ALLOW)
            }
            Form::Simple { is_authorized, .. } => *is_authorized,
        }
    }
}

const ALLOW: &str = "Allow";

impl fmt::Debug for AuthorizerResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizerResponse")
            .field("is_allowed", &self.is_allowed())
            .finish_non_exhaustive()
    }
}
