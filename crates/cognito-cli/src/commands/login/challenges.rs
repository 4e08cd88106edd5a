//! The challenges of a sign-in, as questions at the terminal.

use cognito::account::Attributes;
use cognito::sign_in::{
    CodeChallenge, CustomChallenge, MfaSetup, NewPassword, Refused, SelectChallenge, SelectMfa,
    SoftwareTokenSetup,
};
use cognito::{Challenge, Session, SignIn, UserPool};

use crate::app::App;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::printable;
use crate::terminal::Terminal;

const NEEDS_PERSON: &str = "run `cognito login` at a terminal, or sign in with --browser";

/// A factor that cannot be used at a terminal.
const PASSKEY: &str = "WEB_AUTHN";

/// Asks the user to respond to challenges until the sign-in is complete or the service ends it.
pub(super) async fn respond(
    mut challenge: Challenge,
    pool: &UserPool,
    app: &App,
) -> Outcome<Session> {
    let terminal = &app.terminal;
    loop {
        let next = match challenge {
            Challenge::SoftwareToken(mfa)
            | Challenge::SmsMfa(mfa)
            | Challenge::EmailOtp(mfa)
            | Challenge::SmsOtp(mfa) => code(mfa, terminal).await?,
            Challenge::SelectMfa(select) => second_factor(select, terminal).await?,
            Challenge::SelectChallenge(select) => first_factor(select, app).await?,
            Challenge::MfaSetup(set_up) => set_up_factor(set_up, pool, terminal).await?,
            Challenge::NewPassword(asked) => new_password(asked, terminal).await?,
            Challenge::Custom(custom) => custom_challenge(custom, terminal).await?,
            Challenge::PasswordSrp(asked) => {
                let password = terminal.ask_secret("Password", NEEDS_PERSON).await?;
                again(asked.respond(password).await, terminal)?
            }
            other if other.kind().takes_text() && other.name() != PASSKEY => {
                let text = terminal.ask_secret(other.question(), NEEDS_PERSON).await?;
                again(other.respond(text.expose_secret()).await, terminal)?
            }
            other => return Err(unsupported(other.name())),
        };
        challenge = match next {
            SignIn::Done(session) => return Ok(session),
            SignIn::Challenge(next) => next,
        };
    }
}

/// Returns a challenge that is still open, and shows why the response was refused.
fn again<C>(response: Result<SignIn, Refused<C>>, terminal: &Terminal) -> Outcome<SignIn>
where
    SignIn: From<C>,
{
    let refused = match response {
        Ok(next) => return Ok(next),
        Err(refused) => refused,
    };
    let failure = Failure::from(refused.error().clone());
    // Without a terminal the same response would be sent again without end.
    if !terminal.is_interactive() {
        return Err(failure);
    }
    let challenge = refused.retry()?;
    terminal.show(failure.to_text(false).trim_end());
    Ok(challenge.into())
}

async fn code(challenge: CodeChallenge, terminal: &Terminal) -> Outcome<SignIn> {
    let question = match (challenge.destination(), challenge.device_name()) {
        (Some(address), _) => format!("Code sent to {}", printable(address)),
        (None, Some(name)) => format!("Code of the authenticator app {}", printable(name)),
        (None, None) => "Code of the authenticator app".to_owned(),
    };
    let code = terminal.ask(&question, NEEDS_PERSON).await?;
    again(challenge.respond(code.trim()).await, terminal)
}

async fn second_factor(select: SelectMfa, terminal: &Terminal) -> Outcome<SignIn> {
    let option = choose("Second factor", &select.options(), terminal).await?;
    again(select.respond(option).await, terminal)
}

async fn first_factor(select: SelectChallenge, app: &App) -> Outcome<SignIn> {
    let terminal = &app.terminal;
    let mut options = select.options().to_vec();
    options.retain(|option| option != PASSKEY);
    // Both options use the same password; with SRP it is not sent.
    if options.iter().any(|option| option == "PASSWORD_SRP") {
        options.retain(|option| option != "PASSWORD");
    }
    let option = choose("First factor", &options, terminal).await?;
    let response = match &*option {
        "PASSWORD_SRP" => {
            select.password(terminal.ask_secret("Password", NEEDS_PERSON).await?).await
        }
        "PASSWORD" => {
            let password = terminal.ask_secret("Password", NEEDS_PERSON).await?;
            select.password_over_the_wire(password).await
        }
        _ => select.respond(&option).await,
    };
    again(response, terminal)
}

/// Asks the user to choose an option by number or name. A single option is chosen without a
/// question.
async fn choose(question: &str, options: &[String], terminal: &Terminal) -> Outcome<String> {
    match options {
        [] => return Err(unsupported(PASSKEY)),
        [only] => return Ok(only.clone()),
        _ => {}
    }
    loop {
        for (number, option) in (1..).zip(options) {
            terminal.show(&format!("  {number}  {}", printable(option)));
        }
        let typed = terminal.ask(question, NEEDS_PERSON).await?;
        let typed = typed.trim();
        let by_number = typed.parse().ok().and_then(|number: usize| number.checked_sub(1));
        let by_number = by_number.and_then(|index| options.get(index));
        let by_name = || options.iter().find(|option| option.eq_ignore_ascii_case(typed));
        if let Some(option) = by_number.or_else(by_name) {
            return Ok(option.clone());
        }
        terminal.show("choose one of these options:");
    }
}

async fn set_up_factor(set_up: MfaSetup, pool: &UserPool, terminal: &Terminal) -> Outcome<SignIn> {
    let option = choose("Second factor to set up", &set_up.options(), terminal).await?;
    if option != "SOFTWARE_TOKEN_MFA" {
        let address = terminal.ask("E-mail address for codes", NEEDS_PERSON).await?;
        return again(set_up.email(address).await, terminal);
    }
    // Only the enum returns the user name.
    let account = Challenge::MfaSetup(set_up);
    let username = account.username().to_owned();
    let Challenge::MfaSetup(set_up) = account else { return Err(unsupported("MFA_SETUP")) };
    let mut app = match set_up.associate_software_token().await {
        Ok(app) => app,
        Err(refused) => return Err(refused.error().clone().into()),
    };
    show_key(&app, pool, &username, terminal);
    loop {
        let code = terminal.ask("First code of the authenticator app", NEEDS_PERSON).await?;
        match app.respond(code.trim()).device_name("cognito").await {
            Ok(next) => return Ok(next),
            Err(refused) => {
                terminal.show(Failure::from(refused.error().clone()).to_text(false).trim_end());
                app = refused.retry()?;
            }
        }
    }
}

/// Shows the key as a QR code, and as text for apps that cannot scan.
fn show_key(app: &SoftwareTokenSetup, pool: &UserPool, username: &str, terminal: &Terminal) {
    let uri = app.otp_auth_uri(pool.id().as_str(), username);
    terminal.show("scan this code with an authenticator app:");
    if let Ok(code) = uri.to_terminal() {
        terminal.draw(code.expose_secret());
    }
    terminal.show(&format!("or type its key: {}", app.secret().expose_secret()));
}

async fn new_password(challenge: NewPassword, terminal: &Terminal) -> Outcome<SignIn> {
    terminal.show("the temporary password has to be replaced");
    let password = loop {
        let password = terminal.ask_secret("New password", NEEDS_PERSON).await?;
        let again = terminal.ask_secret("New password again", NEEDS_PERSON).await?;
        if password.expose_secret() == again.expose_secret() {
            break password;
        }
        terminal.show("the passwords differ; type them again");
    };
    let mut attributes = Attributes::default();
    for name in challenge.required_attributes() {
        let value = terminal.ask(&printable(&name), NEEDS_PERSON).await?;
        attributes.set(name, value.trim());
    }
    again(challenge.respond(password).attributes(attributes).await, terminal)
}

async fn custom_challenge(challenge: CustomChallenge, terminal: &Terminal) -> Outcome<SignIn> {
    for (name, value) in challenge.parameters() {
        terminal.show(&format!("{}: {}", printable(name), printable(value)));
    }
    let text = terminal.ask("Response", NEEDS_PERSON).await?;
    again(challenge.respond(text).await, terminal)
}

fn unsupported(name: &str) -> Failure {
    let message = format!("the challenge {} cannot be responded to at a terminal", printable(name));
    let failure = Failure::new(Exit::Failed, "unsupported_challenge", message);
    failure.hint("sign in with `cognito login --browser`")
}
