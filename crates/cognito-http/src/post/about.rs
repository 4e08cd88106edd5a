//! The part of a request that a refusal is about, from its description.

/// The reason of a refusal by a trigger.
pub(crate) const TRIGGER: &str = "a trigger of the pool failed or rejects it";

/// The part of a request that a refusal is about.
///
/// The service does not document its descriptions, so the compared words are a guess: the names of
/// the parameters (RFC 8693, 2.1), and the messages of the API about triggers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// The description is missing or names no part.
    Unknown,
    /// The user's token, in a token exchange.
    Subject,
    /// The token of the service that acts for the user.
    Actor,
    /// Another parameter.
    Parameter,
    /// A trigger of the pool, which failed or rejects the request.
    Trigger,
}

impl About {
    pub(crate) fn described(description: &str) -> Self {
        let description = description.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| description.contains(word));
        // A trigger's message may name any part.
        if has(&["failed with error", "failed due to error", "lambda"]) {
            return Self::Trigger;
        }
        match (has(&["subject"]), has(&["actor"])) {
            _ if has(&["token_type", "tokentype"]) => Self::Parameter,
            (true, false) => Self::Subject,
            (false, true) => Self::Actor,
            (false, false) if has(&["audience", "resource", "scope"]) => Self::Parameter,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_name_the_part_that_is_refused() {
        for (description, about) in [
            ("", About::Unknown),
            ("Bad request", About::Unknown),
            ("subject_token or actor_token is not valid", About::Unknown),
            ("Invalid subject token", About::Subject),
            ("The subject_token has expired", About::Subject),
            ("Invalid actor token", About::Actor),
            ("subject_token_type is not supported: x", About::Parameter),
            ("Value at 'audiences' failed to satisfy constraint", About::Parameter),
            ("PreTokenGeneration failed with error no such subject.", About::Trigger),
            ("PreTokenGeneration invocation failed due to error timeout.", About::Trigger),
            ("Invalid lambda function output : Invalid JSON", About::Trigger),
        ] {
            assert_eq!(About::described(description), about, "{description}");
        }
    }
}
