//! The table of all challenges, from which the enums and their methods are generated.
//!
//! To add a challenge, add a module with its type, a struct with the field `open`, and a row here;
//! the compiler names missing parts. A group of rows belongs to one type and names the method that
//! responds with a text, or `no_text`. A row has the variant, the service's names of the challenge,
//! and the prompt for the user. `+ secret` names a field that is saved with the challenge.

/// Invokes another macro with the table.
macro_rules! challenge_table {
    ($generate:ident) => {
        $generate! {
            CodeChallenge: respond {
                /// SOFTWARE_TOKEN_MFA: a code of the user's authenticator app.
                SoftwareToken["SOFTWARE_TOKEN_MFA"] "code of your authenticator app";
                /// SMS_MFA: a code by text message as the second factor.
                SmsMfa["SMS_MFA"] "code that was sent to your phone";
                /// EMAIL_OTP: a code by e-mail, as the first factor or the second.
                EmailOtp["EMAIL_OTP"] "code that was sent to your e-mail address";
                /// SMS_OTP: a code by text message as the first factor.
                SmsOtp["SMS_OTP"] "code that was sent to your phone";
            }
            PasswordSrp: respond {
                /// PASSWORD_SRP: a password, which is proven over SRP and not sent.
                PasswordSrp["PASSWORD_SRP"] "password";
            }
            PasswordChallenge: respond_over_the_wire {
                /// PASSWORD, or ADMIN_NO_SRP_AUTH: a password, which is sent.
                Password["PASSWORD", "ADMIN_NO_SRP_AUTH"] "password";
            }
            PasskeyChallenge: respond_json {
                /// WEB_AUTHN: a passkey.
                Passkey["WEB_AUTHN"] "passkey";
            }
            SelectChallenge: respond {
                /// SELECT_CHALLENGE: a choice of the first factor.
                SelectChallenge["SELECT_CHALLENGE"] "how to sign in";
            }
            SelectMfa: respond {
                /// SELECT_MFA_TYPE: a choice of the second factor.
                SelectMfa["SELECT_MFA_TYPE"] "which second factor to use";
            }
            NewPassword: respond {
                /// NEW_PASSWORD_REQUIRED: a new password, which replaces a temporary one.
                NewPassword["NEW_PASSWORD_REQUIRED"] "new password";
            }
            MfaSetup: no_text {
                /// MFA_SETUP: a second factor must be set up first.
                MfaSetup["MFA_SETUP"] "which second factor to set up";
            }
            SoftwareTokenSetup + secret: respond {
                /// MFA_SETUP after the key of an authenticator app was requested. Only a resumed
                /// sign-in starts with it.
                SoftwareTokenSetup[] "first code of your authenticator app";
            }
            CustomChallenge: respond {
                /// CUSTOM_CHALLENGE: defined by the pool's triggers.
                Custom["CUSTOM_CHALLENGE"] "response";
            }
            OtherChallenge: no_text {
                /// A challenge that this library does not know.
                Other[] "response";
            }
        }
    };
}

pub(super) use challenge_table;
