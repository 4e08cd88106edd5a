//! Kinds of challenges, for applications that keep the kind between two requests.

use super::table::challenge_table;

macro_rules! kinds {
    ($(
        $type:ident $(+ $secret:ident)?: $respond:ident {
            $($(#[$doc:meta])+ $variant:ident[$($name:literal),*] $question:literal;)+
        }
    )+) => {
        /// A kind of challenge: a variant of [`Challenge`](crate::Challenge) without its data.
        ///
        /// A web server uses it to choose the page, and passes the text that the user types to
        /// [`Challenge::respond`](crate::Challenge::respond).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ChallengeKind {
            $($($(#[$doc])+ $variant,)+)+
        }

        impl ChallengeKind {
            /// Returns the kind of the challenge with this name (ChallengeName).
            pub(crate) fn of(name: &str) -> Self {
                match name {
                    $($($($name => Self::$variant,)*)+)+
                    _ => Self::Other,
                }
            }

            /// Returns a prompt for the user, in English.
            pub fn question(self) -> &'static str {
                match self {
                    $($(Self::$variant => $question,)+)+
                }
            }

            /// Returns whether [`Challenge::respond`](crate::Challenge::respond) accepts a text for
            /// it.
            pub fn takes_text(self) -> bool {
                match self {
                    $($(Self::$variant => kinds!(@takes_text $respond),)+)+
                }
            }
        }
    };
    (@takes_text no_text) => { false };
    (@takes_text $respond:ident) => { true };
}

challenge_table!(kinds);
