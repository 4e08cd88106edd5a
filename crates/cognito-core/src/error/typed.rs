//! Distinguishes refused values that a user typed from values that the application chose.

/// The operations that send user input: names, passwords, codes, attributes.
const OPERATIONS: [&str; 16] = [
    "AdminCreateUser",
    "AdminInitiateAuth",
    "AdminRespondToAuthChallenge",
    "AdminSetUserPassword",
    "AdminUpdateUserAttributes",
    "ChangePassword",
    "ConfirmForgotPassword",
    "ConfirmSignUp",
    "ForgotPassword",
    "InitiateAuth",
    "ResendConfirmationCode",
    "RespondToAuthChallenge",
    "SignUp",
    "UpdateUserAttributes",
    "VerifySoftwareToken",
    "VerifyUserAttribute",
];

/// Parts of messages about values that only the application or the pool's settings decide.
///
/// The service does not document its messages. These come from its documentation, its clients and
/// bug reports. An unknown message counts as one about a typed value.
const APPLICATION: [&str; 18] = [
    "does not exist in the schema",
    "Type for attribute",
    "Attribute cannot be updated",
    "Attributes must have a name",
    "not configured",
    "configured for preferred username alias",
    "not enabled",
    "not supported",
    "not available",
    "not permitted",
    "Cannot reset password",
    "does not have delivery config",
    "has not been verified",
    "Invalid device key",
    "Invalid session",
    "client secret",
    "Only one MFA method",
    "Either an access token or a session",
];

/// Parameters that a user fills in, in capitals and without underscores.
const TYPED_PARAMETERS: [&str; 10] = [
    "USERNAME",
    "PASSWORD",
    "NEWPASSWORD",
    "PROPOSEDPASSWORD",
    "PREVIOUSPASSWORD",
    "ANSWER",
    "EMAIL",
    "CONFIRMATIONCODE",
    "CODE",
    "USERCODE",
];

/// Returns whether an InvalidParameterException is about a value that a user typed.
pub(super) fn refuses_typed_value(operation: &str, message: &str) -> bool {
    if !OPERATIONS.contains(&operation) {
        return false;
    }
    if let Some((_, name)) = message.split_once("Missing required parameter ") {
        return is_typed(name);
    }
    let mut constrained = message.split("' at '").skip(1).peekable();
    if message.contains("validation error") && constrained.peek().is_some() {
        let member = |rest: &str| rest.split('\'').next().unwrap_or_default().to_owned();
        return constrained.all(|rest| is_typed(&member(rest)));
    }
    !APPLICATION.iter().any(|part| message.contains(part))
}

/// Returns whether a member of a request, such as `username` or `userAttributes.1.member.value`,
/// or a parameter, such as `SMS_MFA_CODE`, holds input of a user.
fn is_typed(name: &str) -> bool {
    let name: String = name.chars().filter(|c| !"_.' ".contains(*c)).collect();
    let name = name.to_ascii_uppercase();
    TYPED_PARAMETERS.contains(&name.as_str())
        || name.ends_with("CODE")
        || (name.starts_with("USERATTRIBUTES") && name.ends_with("VALUE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_from_the_user_are_distinguished_from_settings() {
        let constraint = |member: &str| {
            format!(
                "1 validation error detected: Value 'x y' at '{member}' failed to satisfy \
                 constraint: Member must satisfy regular expression pattern: [\\p{{L}}]+"
            )
        };
        for (operation, message) in [
            ("SignUp", "Invalid email address format.".to_owned()),
            ("SignUp", "Username should be an email.".to_owned()),
            (
                "SignUp",
                "Attributes did not conform to the schema: name: The attribute is required"
                    .to_owned(),
            ),
            (
                "SignUp",
                "Username cannot be of email format, since user pool is configured for email \
                 alias."
                    .to_owned(),
            ),
            ("UpdateUserAttributes", "Invalid phone number format.".to_owned()),
            ("InitiateAuth", "Missing required parameter USERNAME".to_owned()),
            ("RespondToAuthChallenge", "Missing required parameter SMS_MFA_CODE".to_owned()),
            ("InitiateAuth", constraint("username")),
            ("ConfirmSignUp", constraint("confirmationCode")),
            ("VerifySoftwareToken", constraint("userCode")),
            ("SignUp", constraint("userAttributes.1.member.value")),
        ] {
            assert!(refuses_typed_value(operation, &message), "{operation}: {message}");
        }
        for (operation, message) in [
            ("InitiateAuth", "Missing required parameter SRP_A".to_owned()),
            ("ChangePassword", "Missing required parameter OldPassword".to_owned()),
            (
                "SignUp",
                "Attributes did not conform to the schema: custom:x: Attribute does not exist in \
                 the schema."
                    .to_owned(),
            ),
            ("UpdateUserAttributes", "user.custom:x: Attribute cannot be updated.".to_owned()),
            (
                "InitiateAuth",
                "Custom auth lambda trigger is not configured for the user pool.".to_owned(),
            ),
            ("SignUp", constraint("clientId")),
            ("SignUp", constraint("userAttributes.1.member.name")),
            ("CreateGroup", constraint("groupName")),
            ("ListUsers", "Error while parsing filter.".to_owned()),
        ] {
            assert!(!refuses_typed_value(operation, &message), "{operation}: {message}");
        }
    }
}
