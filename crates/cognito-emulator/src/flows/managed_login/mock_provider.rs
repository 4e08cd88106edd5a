//! The built-in identity provider: its list of users, and their claims.

use serde_json::{Value, json};

use crate::state::members::{Members, object};

/// A user of the provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) subject: String,
    pub(crate) email: String,
    pub(crate) name: String,
    /// Further claims, as JSON.
    pub(crate) claims: String,
}

/// The users of every provider: subject, e-mail address and name.
const PEOPLE: [(&str, &str, &str); 3] = [
    ("1001", "ann@example.com", "Ann Lee"),
    ("1002", "ben@example.com", "Ben Okafor"),
    ("1003", "zoe@example.com", "Zoë García"),
];

/// The reason why the form of a user is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidPerson {
    #[error("The subject is missing.")]
    NoSubject,
    #[error("The claims are not a JSON object.")]
    Claims,
}

/// Returns the listed users.
pub(crate) fn people() -> Vec<Person> {
    let person = |(subject, email, name): (&str, &str, &str)| Person {
        subject: subject.to_owned(),
        email: email.to_owned(),
        name: name.to_owned(),
        claims: String::new(),
    };
    PEOPLE.map(person).into()
}

/// Returns the claims of a user under the names of every provider type, so that any mapping works:
/// the standard claims of OpenID Connect, those of Facebook, Amazon and Apple, and SAML attributes.
pub(crate) fn claims(person: &Person) -> Result<Members, InvalidPerson> {
    let subject = person.subject.as_str();
    if subject.is_empty() {
        return Err(InvalidPerson::NoSubject);
    }
    let mut claims = Members::new();
    let mut put = |names: &[&str], value: Value| {
        claims.extend(names.iter().map(|name| ((*name).to_owned(), value.clone())));
    };
    put(&["id", "user_id"], json!(subject));
    if !person.email.is_empty() {
        put(&["email", &saml("emailaddress"), &saml("upn")], json!(person.email));
        put(&["email_verified"], json!(true));
    }
    if !person.name.is_empty() {
        put(&["name", &saml("name")], json!(person.name));
        let given = person.name.split(' ').next();
        put(&["given_name", "first_name", "firstName", &saml("givenname")], json!(given));
        if let Some((_, family)) = person.name.split_once(' ') {
            put(&["family_name", "last_name", "lastName", &saml("surname")], json!(family));
        }
    }
    let further = match person.claims.trim() {
        "" => Members::new(),
        text => serde_json::from_str(text).ok().and_then(object).ok_or(InvalidPerson::Claims)?,
    };
    claims.extend(further);
    // The subject identifies the user; `sub` among the further claims has no effect.
    claims.insert("sub".to_owned(), subject.into());
    Ok(claims)
}

/// Returns the name of a SAML attribute.
fn saml(name: &str) -> String {
    format!("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_have_the_names_of_every_type_of_provider() {
        let claims = claims(&people()[0]).unwrap();
        for (name, value) in [
            ("sub", "1001"),
            ("id", "1001"),
            ("user_id", "1001"),
            ("email", "ann@example.com"),
            ("given_name", "Ann"),
            ("last_name", "Lee"),
            (
                "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
                "ann@example.com",
            ),
        ] {
            assert_eq!(claims[name], value, "{name}");
        }
    }

    #[test]
    fn further_claims_replace_all_but_the_subject() {
        let further =
            r#"{"email":"b@example.com","sub":"2","groups":["a"],"email_verified":false}"#;
        let person = Person { claims: further.to_owned(), ..people().remove(0) };
        let claims = claims(&person).unwrap();
        assert_eq!((&claims["email"], &claims["sub"]), (&json!("b@example.com"), &json!("1001")));
        assert_eq!(claims["email_verified"], false);
        assert_eq!(claims["groups"], json!(["a"]));
    }

    #[test]
    fn users_without_a_subject_or_with_invalid_claims_are_rejected() {
        let person = |subject: &str, claims: &str| Person {
            subject: subject.to_owned(),
            claims: claims.to_owned(),
            ..Person::default()
        };
        assert_eq!(claims(&person("", "")), Err(InvalidPerson::NoSubject));
        for text in ["[]", "1", "{", "null", "{} {}"] {
            assert_eq!(claims(&person("1", text)), Err(InvalidPerson::Claims), "{text}");
        }
        assert_eq!(claims(&person("1", " ")).unwrap().len(), 3);
    }
}
