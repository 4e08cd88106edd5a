//! Kinds of challenges, for programs that keep one between two requests.

use super::table::challenge_table;

macro_rules! kinds {
    ($(
        $type:ident $(+ $secret:ident)?: $respond:ident {
            $($(#[$doc:meta])+ $variant:ident[$($name:literal),*] $question:literal;)+
        }
    )+) => {
        /// A kind of challenge: a variant of [`Challenge`](crate::Challenge) without its data.
        ///
        /// A web server chooses the page by it and sends the text that the user types to
        /// [`Challenge::respond`](crate::Challenge::respond).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ChallengeKind {
            $($($(#[$doc])+ $variant,)+)+
        }

        impl ChallengeKind {
            /// Returns the kind of a challenge by the service's name of it.
            pub(crate) fn of(name: &str) -> Self {
                match name {
                    $($($($name => Self::$variant,)*)+)+
                    _ => Self::Other,
                }
            }

            /// Returns a question to ask the user, in English.
            pub fn question(self) -> &'static str {
                match self {
                    $($(Self::$variant => $question,)+)+
                }
            }

            /// Returns whether [`Challenge::respond`](crate::Challenge::respond) can respond to it.
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
