//! The content and form fields of each page, independent of HTML.

use crate::flows::managed_login::mock_provider::Person;
use crate::flows::sign_in::parameters::Parameters;
use crate::model::ServiceError;

/// The prefix of the fields of attributes, as in the responses to NEW_PASSWORD_REQUIRED.
pub(crate) const ATTRIBUTE: &str = "userAttributes.";

/// A page.
pub(crate) struct Page {
    pub(crate) frame: Frame,
    pub(crate) view: View,
}

/// The common part of all pages.
pub(crate) struct Frame {
    /// The name of the app client.
    pub(crate) client_name: String,
    /// The path to which the forms of a sign-in are sent.
    pub(crate) sign_in_path: &'static str,
    /// The query of the authorization request, which forms and links repeat.
    pub(crate) query: String,
    pub(crate) csrf: String,
    pub(crate) message: Message,
}

/// A message above the form.
#[derive(Default)]
pub(crate) enum Message {
    #[default]
    None,
    /// The reason why a form was rejected.
    Error(String),
    /// A message of success.
    Notice(String),
}

impl From<ServiceError> for Message {
    fn from(error: ServiceError) -> Self {
        Self::Error(error.message.into_owned())
    }
}

/// The specific part of a page.
pub(crate) enum View {
    Login(LoginView),
    /// The result of a confirmation link.
    Linked,
    /// A sign-in that cannot continue.
    Ended,
    Code(CodeView),
    FactorChoice(FactorChoiceView),
    NewPassword(NewPasswordView),
    AddPasskey(AddPasskeyView),
    Passkey(PasskeyView),
    Password(ChallengeView),
    SetUpChoice(SetUpChoiceView),
    SetUpApp(SetUpAppView),
    /// The form for a forgotten password, with a user name.
    ForgotPassword(String),
    ConfirmForgotPassword(NewPasswordForCodeView),
    SignUp(SignUpView),
    Confirm(ConfirmView),
    MockProvider(MockProviderView),
}

/// The login page.
pub(crate) struct LoginView {
    /// True if users of the pool itself can sign in.
    pub(crate) has_form: bool,
    /// True if the form has a password field; otherwise the user selects the first factor on the
    /// next page.
    pub(crate) has_password: bool,
    pub(crate) has_sign_up: bool,
    pub(crate) has_recovery: bool,
    pub(crate) username: String,
    /// The user with a session in the browser, who can continue without a password.
    pub(crate) signed_in_as: Option<String>,
    pub(crate) providers: Vec<ProviderLink>,
}

/// A link to an identity provider.
pub(crate) struct ProviderLink {
    pub(crate) label: String,
    /// The query of the authorization request.
    pub(crate) query: String,
}

/// The page of the built-in identity provider.
pub(crate) struct MockProviderView {
    pub(crate) provider: String,
    pub(crate) state: String,
    pub(crate) people: Vec<Person>,
    /// The user in the form.
    pub(crate) typed: Person,
}

/// A challenge, identified by its Session.
pub(crate) struct ChallengeView {
    pub(crate) session: String,
    pub(crate) username: String,
}

/// A form for a code of an app, or for a code that was sent.
pub(crate) struct CodeView {
    pub(crate) challenge: ChallengeView,
    /// The name of the field.
    pub(crate) field: String,
    /// The masked address of the code; `None` for the code of an app.
    pub(crate) sent_to: Option<String>,
}

/// A choice of factors, by the names of their challenges.
pub(crate) struct FactorChoiceView {
    pub(crate) challenge: ChallengeView,
    pub(crate) factors: Vec<&'static str>,
}

/// The creation of a passkey.
pub(crate) struct AddPasskeyView {
    pub(crate) username: String,
    /// PublicKeyCredentialCreationOptionsJSON.
    pub(crate) options: String,
}

/// The use of a passkey.
pub(crate) struct PasskeyView {
    pub(crate) challenge: ChallengeView,
    /// PublicKeyCredentialRequestOptionsJSON.
    pub(crate) options: String,
}

/// A new password in place of a temporary one.
pub(crate) struct NewPasswordView {
    pub(crate) challenge: ChallengeView,
    pub(crate) rules: Vec<String>,
    /// The attributes that the user still lacks.
    pub(crate) missing: Vec<AttributeField>,
}

/// A choice of the MFA factor to set up.
pub(crate) struct SetUpChoiceView {
    pub(crate) challenge: ChallengeView,
    pub(crate) has_app: bool,
    pub(crate) has_email: bool,
    pub(crate) email: String,
}

/// The set-up of an authenticator app.
pub(crate) struct SetUpAppView {
    pub(crate) challenge: ChallengeView,
    /// The key in base32.
    pub(crate) secret: String,
    /// The key URI for the QR code.
    pub(crate) uri: String,
}

/// A code, and a new password for it.
pub(crate) struct NewPasswordForCodeView {
    pub(crate) username: String,
    /// The masked address of the code, if it was just sent.
    pub(crate) sent_to: Option<String>,
    pub(crate) rules: Vec<String>,
}

/// The form of a sign-up.
pub(crate) struct SignUpView {
    pub(crate) username: String,
    /// The attributes that serve as user names.
    pub(crate) named_by: Vec<&'static str>,
    pub(crate) needs_password: bool,
    pub(crate) rules: Vec<String>,
    pub(crate) required: Vec<AttributeField>,
    pub(crate) optional: Vec<AttributeField>,
}

/// The code of a sign-up.
pub(crate) struct ConfirmView {
    pub(crate) username: String,
    /// The Session of the sign-up, if it was in this browser.
    pub(crate) session: Option<String>,
    /// The masked address of the code, if it was just sent.
    pub(crate) sent_to: Option<String>,
}

/// A field for an attribute.
pub(crate) struct AttributeField {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl Frame {
    pub(crate) fn error(&self) -> Option<&str> {
        match &self.message {
            Message::Error(text) => Some(text),
            Message::None | Message::Notice(_) => None,
        }
    }

    pub(crate) fn notice(&self) -> Option<&str> {
        match &self.message {
            Message::Notice(text) => Some(text),
            Message::None | Message::Error(_) => None,
        }
    }
}

impl View {
    /// Returns the heading of the page.
    pub(crate) fn title(&self) -> &'static str {
        match self {
            Self::Login(_) => "Sign in",
            Self::Linked => "Confirm your account",
            Self::Ended => "The sign-in has ended",
            Self::Code(view) if view.sent_to.is_none() => "Enter the code of your app",
            Self::Code(_) => "Enter your code",
            Self::FactorChoice(_) => "Choose how to sign in",
            Self::NewPassword(_) => "Choose a new password",
            Self::AddPasskey(_) => "Add a passkey",
            Self::Passkey(_) => "Sign in with a passkey",
            Self::Password(_) => "Enter your password",
            Self::SetUpChoice(_) => "Set up a second factor",
            Self::SetUpApp(_) => "Set up an authenticator app",
            Self::ForgotPassword(_) => "Forgot your password?",
            Self::ConfirmForgotPassword(_) => "Choose a new password",
            Self::SignUp(_) => "Sign up",
            Self::Confirm(_) => "Confirm your account",
            Self::MockProvider(_) => "Mock identity provider",
        }
    }
}

impl SignUpView {
    /// Returns the label of the user name field.
    pub(crate) fn name_label(&self) -> &'static str {
        match *self.named_by {
            ["email"] => "E-mail address",
            ["phone_number"] => "Phone number",
            [] => "Username",
            _ => "E-mail address or phone number",
        }
    }
}

impl AttributeField {
    /// Returns the label of the field, such as `Given name` for `given_name`.
    pub(crate) fn label(&self) -> String {
        match self.name.as_str() {
            "email" => "E-mail address".to_owned(),
            "birthdate" => "Date of birth".to_owned(),
            "zoneinfo" => "Time zone".to_owned(),
            name => {
                let words = name.trim_start_matches("custom:").replace('_', " ");
                let mut letters = words.chars();
                let first = letters.next().map(char::to_uppercase).into_iter().flatten();
                first.chain(letters).collect()
            }
        }
    }

    /// Returns the type of the input element.
    pub(crate) fn input_type(&self) -> &'static str {
        match self.name.as_str() {
            "email" => "email",
            "phone_number" => "tel",
            "birthdate" => "date",
            "profile" | "picture" | "website" => "url",
            _ => "text",
        }
    }

    /// Returns the value of `autocomplete` (HTML, autofill).
    pub(crate) fn autocomplete(&self) -> &'static str {
        match self.name.as_str() {
            "email" => "email",
            "phone_number" => "tel",
            "name" => "name",
            "given_name" => "given-name",
            "family_name" => "family-name",
            "middle_name" => "additional-name",
            "nickname" => "nickname",
            "birthdate" => "bday",
            "website" => "url",
            "address" => "street-address",
            "locale" => "language",
            _ => "off",
        }
    }

    /// Returns a hint about the format of the value, where the service validates it.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        (self.name == "phone_number").then_some("With the country code, such as +4915112345678.")
    }
}

/// Returns the label of an identity provider.
pub(super) fn provider_label(name: &str) -> String {
    let shown = match name {
        "LoginWithAmazon" => "Amazon",
        "SignInWithApple" => "Apple",
        name => name,
    };
    format!("Continue with {shown}")
}

/// Returns the fields of required attributes, with the values in the form.
pub(super) fn attribute_fields<'a>(
    names: impl IntoIterator<Item = &'a str>,
    typed: &Parameters,
) -> Vec<AttributeField> {
    let value = |name: &str| typed.get(&format!("{ATTRIBUTE}{name}")).unwrap_or_default();
    let field =
        |name: &str| AttributeField { name: name.to_owned(), value: value(name).to_owned() };
    names.into_iter().map(field).collect()
}
