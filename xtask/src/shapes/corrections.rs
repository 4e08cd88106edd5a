//! Where captures of the service differ from the model that AWS publishes.

use super::model::{Model, Reference};

/// The published pattern of passwords is `[\S]+`; the service names this one, which allows white
/// space between other characters: platform-forms-client#5635.
const PASSWORD_PATTERN: &str = r"^[\S]+.*[\S]+$";

/// The model marks ids of app clients as sensitive, and SignUp keeps them out of its messages;
/// InitiateAuth shows them: boto3#3581.
const SHOWN_CLIENT_ID: &str = "ShownClientIdType";

pub(super) fn apply(model: &mut Model) -> Result<(), String> {
    let password = model.shapes.get_mut("PasswordType").ok_or("PasswordType is gone")?;
    password.pattern = Some(PASSWORD_PATTERN.to_owned());

    let mut shown = model.shape("ClientIdType")?.clone();
    shown.sensitive = false;
    model.shapes.insert(SHOWN_CLIENT_ID.to_owned(), shown);
    let request = model.shapes.get_mut("InitiateAuthRequest").ok_or("InitiateAuth is gone")?;
    let mut members = request.members.iter_mut();
    let client_id = members.find(|(name, _)| name == "ClientId");
    client_id.ok_or("InitiateAuth names no client")?.1 =
        Reference { shape: SHOWN_CLIENT_ID.to_owned() };
    Ok(())
}
