//! Sign-up: new users, the codes that confirm them, and PostConfirmation.

use crate::flows::auth_event;
use crate::flows::context::Context;
use crate::flows::delivery::{self, Outgoing};
use crate::flows::new_user;
use crate::flows::sign_in;
use crate::flows::step::Step;
use crate::flows::trigger;
use crate::flows::triggers::{Confirmation, PostConfirmation, SignUpRequest};
use crate::model::ServiceError;
use crate::state::address::{ATTRIBUTES, Address};
use crate::state::alias::TakenAlias;
use crate::state::attempt::{Attempt, Channel};
use crate::state::attributes::Attributes;
use crate::state::auth_event::EventKind;
use crate::state::challenge::{ChallengeKind, invalid_session};
use crate::state::client::Flow;
use crate::state::code::{SentCode, wrong_code};
use crate::state::limits::Limited;
use crate::state::outbox::MessageKind;
use crate::state::pool::Pool;
use crate::state::user::UserStatus;

/// The rejection of a name that another user has.
pub(crate) const TAKEN: &str = "User already exists";

/// The validity of a code in seconds.
const CODE_SECONDS: u64 = 24 * 3600;

/// A sign-up, before the PreSignUp trigger.
pub(crate) struct SignUp {
    /// The user name in the request.
    pub(crate) given_name: String,
    pub(crate) password: Option<String>,
    pub(crate) event: SignUpRequest,
}

/// A user who has signed up.
pub(crate) struct SignedUp {
    pub(crate) sub: String,
    pub(crate) confirmed: bool,
    /// The destination of the code, if the pool sends one.
    pub(crate) code_address: Option<Address>,
    /// The Session with which a sign-in by USER_AUTH can follow.
    pub(crate) session: Option<String>,
}

/// The next action after the step that creates a user.
enum Next {
    Confirmed(Confirmation),
    Code(Outgoing),
    Nothing,
}

/// Creates a user, and sends a code unless PreSignUp confirms the user.
pub(crate) async fn sign_up(context: &Context, sign_up: SignUp) -> Result<SignedUp, ServiceError> {
    let SignUp { given_name, password, event } = sign_up;
    let (attributes, confirmed) = new_user::judge(context, &event).await?;
    let (signed_up, next) = context.step(|step| {
        // Checked again, because the trigger may have deleted the client.
        step.pool.client(&event.client_id)?;
        new_user::check_free(step.pool, &given_name, &attributes, TAKEN)?;
        register(step, &event, attributes, password.as_deref(), confirmed)
    })?;
    match next {
        Next::Confirmed(event) => drop(context.call_trigger::<PostConfirmation>(event).await?),
        Next::Code(message) => delivery::send(context, message).await?,
        Next::Nothing => {}
    }
    Ok(signed_up)
}

/// A request to confirm a sign-up.
pub(crate) struct CodeOfSignUp {
    pub(crate) client_id: String,
    pub(crate) given_name: String,
    pub(crate) code: String,
    pub(crate) force_alias_creation: bool,
    /// The Session of the sign-up.
    pub(crate) session: Option<String>,
}

/// Confirms a sign-up with its code, and returns the Session of a sign-in that may follow.
pub(crate) async fn confirm(
    context: &Context,
    given: CodeOfSignUp,
) -> Result<Option<String>, ServiceError> {
    let (event, session) = context.step(|step| take_code(step, &given))?;
    context.call_trigger::<PostConfirmation>(event).await?;
    Ok(session)
}

/// Sends the code of a sign-up again, and returns its destination.
pub(crate) async fn resend_code(
    context: &Context,
    client_id: &str,
    given_name: &str,
) -> Result<Address, ServiceError> {
    let (address, message) = context.step(|step| code_again(step, client_id, given_name))?;
    delivery::send_all(context, message).await?;
    address.ok_or_else(|| {
        const MESSAGE: &str = "Cannot resend codes. Auto verification not turned on.";
        ServiceError::not_authorized(MESSAGE)
    })
}

/// Returns the event of PostConfirmation, after a confirmed sign-up or a replaced password.
pub(crate) fn confirmation(step: &Step<'_>, username: &str, forgot_password: bool) -> Confirmation {
    Confirmation {
        username: username.to_owned(),
        client_id: step.caller.client_id(),
        forgot_password,
        attributes: trigger::attributes(step.pool, username),
        client_metadata: step.caller.client_metadata(),
    }
}

fn register(
    step: &mut Step<'_>,
    event: &SignUpRequest,
    attributes: Attributes,
    password: Option<&str>,
    confirmed: bool,
) -> Result<(SignedUp, Next), ServiceError> {
    let SignUpRequest { username, client_id, .. } = event;
    let status = if confirmed { UserStatus::Confirmed } else { UserStatus::Unconfirmed };
    let user = new_user::with_password(step, username.clone(), attributes, password, status)?;
    let sub = user.sub.to_string();
    // At this point only the trigger can have verified an address, and then the alias moves.
    step.pool.add_user(user, TakenAlias::Move)?;
    auth_event::record(step, username, EventKind::SignUp);
    let (code_address, next) = if confirmed {
        (None, Next::Confirmed(confirmation(step, username, false)))
    } else {
        let (address, message) = new_code(step, username, MessageKind::SignUp)?;
        (address, message.map_or(Next::Nothing, Next::Code))
    };
    let kind = if confirmed { ChallengeKind::SignedUp } else { ChallengeKind::SignUp };
    let session = open_session(step, username, client_id, kind)?;
    Ok((SignedUp { sub, confirmed, code_address, session }, next))
}

fn take_code(
    step: &mut Step<'_>,
    given: &CodeOfSignUp,
) -> Result<(Confirmation, Option<String>), ServiceError> {
    let CodeOfSignUp { client_id, given_name, code, force_alias_creation, session } = given;
    let hides_users = step.pool.client(client_id)?.settings.hides_users();
    let now = step.since_epoch();
    let username = step.pool.known_or_flattened(given_name);
    if step.pool.users.get(&username).is_none() {
        if !hides_users {
            return Err(ServiceError::unknown_to_client());
        }
        step.pool.hourly_limits.take(Limited::ConfirmSignUp, &username, now)?;
        return Err(wrong_code());
    }
    if let Some(session) = session {
        check_session(step, session, &username)?;
    }
    confirm_by_code(step, &username, code, TakenAlias::forced(*force_alias_creation))?;
    let event = confirmation(step, &username, false);
    Ok((event, open_session(step, &username, client_id, ChallengeKind::SignedUp)?))
}

fn confirm_by_code(
    step: &mut Step<'_>,
    username: &str,
    code: &str,
    taken: TakenAlias,
) -> Result<(), ServiceError> {
    let (now, moment) = (step.now(), step.since_epoch());
    let pool = &mut *step.pool;
    let user = pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
    user.check_unconfirmed()?;
    pool.hourly_limits.check(Limited::ConfirmSignUp, username, moment)?;
    let address = match SentCode::check(user.extras().confirmation.as_ref(), code, now) {
        Ok(address) => address.clone(),
        Err(refused) => {
            pool.hourly_limits.count(Limited::ConfirmSignUp, username, moment);
            return Err(refused);
        }
    };
    if pool.settings.verifies(address.attribute()) {
        pool.verify_address(username, &address, taken)?;
    }
    let user = pool.user_mut(username)?;
    user.status = UserStatus::Confirmed;
    user.change_extras(|extras| extras.confirmation = None);
    Ok(())
}

/// The address in the response for a new code, if the pool sends codes, and the message.
type CodeAgain = (Option<Address>, Option<Outgoing>);

fn code_again(
    step: &mut Step<'_>,
    client_id: &str,
    given_name: &str,
) -> Result<CodeAgain, ServiceError> {
    let hides_users = step.pool.client(client_id)?.settings.hides_users();
    let now = step.since_epoch();
    let username = step.pool.known_or_flattened(given_name);
    let user = step.pool.users.get(&username);
    if hides_users && user.is_none_or(|user| !user.enabled) {
        // Disabled users are hidden here as well (developer guide).
        step.pool.hourly_limits.take(Limited::ResendCode, &username, now)?;
        return Ok((Some(Address::simulated(&username)), None));
    }
    let status = user.ok_or_else(ServiceError::unknown_to_client)?.status;
    if status != UserStatus::Unconfirmed {
        return Err(ServiceError::invalid_parameter("User is already confirmed."));
    }
    step.pool.hourly_limits.take(Limited::ResendCode, &username, now)?;
    auth_event::record(step, &username, EventKind::ResendCode);
    new_code(step, &username, MessageKind::ResendCode)
}

/// Creates a code that confirms the user.
///
/// A pool that verifies no attribute sends no code. The emulator still puts one into the outbox, so
/// that users can be confirmed without an administrator.
fn new_code(
    step: &mut Step<'_>,
    username: &str,
    kind: MessageKind,
) -> Result<CodeAgain, ServiceError> {
    let Some(address) = code_address(step.pool, username)? else {
        return Ok((None, None));
    };
    let shown = step.pool.settings.verifies(address.attribute()).then(|| address.clone());
    let (sent, message) = delivery::new_code(step, username, address, kind, CODE_SECONDS)?;
    step.pool.user_mut(username)?.change_extras(|extras| extras.confirmation = Some(sent));
    Ok((shown, Some(message)))
}

/// Returns the destination of a sign-up's code: an address that the pool verifies, preferably a
/// phone number.
fn code_address(pool: &Pool, username: &str) -> Result<Option<Address>, ServiceError> {
    let settings = &pool.settings;
    let user = pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
    let mut attributes = ATTRIBUTES;
    attributes.sort_by_key(|attribute| {
        let second = *attribute == "email" && settings.verifies("phone_number");
        (!settings.verifies(attribute), second)
    });
    Ok(attributes.into_iter().find_map(|attribute| user.address(attribute)))
}

/// Creates the Session with which a sign-in by USER_AUTH, or on the pages, can follow a sign-up.
fn open_session(
    step: &mut Step<'_>,
    username: &str,
    client_id: &str,
    kind: ChallengeKind,
) -> Result<Option<String>, ServiceError> {
    let channel = step.caller.channel;
    let is_allowed = step.pool.client(client_id)?.settings.allows(Flow::Choice);
    if !is_allowed && channel == Channel::Api {
        return Ok(None);
    }
    let attempt = step.pool.attempt(username.to_owned(), client_id, None);
    let attempt = Attempt { channel, ..attempt };
    sign_in::open(step, attempt, kind).map(Some)
}

fn check_session(step: &mut Step<'_>, session: &str, username: &str) -> Result<(), ServiceError> {
    let now = step.now();
    let challenge = step.pool.challenge(session, now)?;
    let waits = matches!(challenge.kind, ChallengeKind::SignUp);
    match waits && challenge.attempt.username == username {
        true => Ok(()),
        false => Err(invalid_session()),
    }
}
