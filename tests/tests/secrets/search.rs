//! The search for secrets, in the encodings in which programs leak them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito_tests::planted::Planted;

const SECRET: &str = "Planted \"pass/word+1\u{e9}";

#[test]
fn secret_is_found_in_every_encoding() {
    let mut planted = Planted::default();
    planted.plant("password", SECRET);
    let bytes = SECRET.as_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let spellings = [
        format!("password={SECRET}"),
        serde_json::json!({ "Password": SECRET }).to_string(),
        format!("{SECRET:?}"),
        format!("{bytes:?}"),
        hex.to_uppercase(),
        hex,
        format!("Basic {}", STANDARD.encode(format!("id:{SECRET}"))),
        format!("Basic {}", STANDARD.encode(format!("id1:{SECRET}"))),
        format!("Basic {}", STANDARD.encode(format!("id12:{SECRET}"))),
        "Planted%20%22pass%2Fword%2B1%C3%A9".to_owned(),
    ];
    for text in spellings {
        assert_eq!(planted.kinds_in(text.as_bytes()), ["password"], "{text}");
    }
    assert!(planted.kinds_in(b"Planted password").is_empty());
}

#[test]
fn code_is_found_only_as_a_word() {
    let mut planted = Planted::default();
    planted.plant("code", "123456");
    assert_eq!(planted.kinds_in(b"code=123456,"), ["code"]);
    assert_eq!(planted.kinds_in(b"123456"), ["code"]);
    assert!(planted.kinds_in(b"request 4123456 and id a123456").is_empty());
}

#[test]
fn payload_and_signature_of_a_token_are_secrets_without_the_rest() {
    let mut planted = Planted::default();
    planted.plant("token", "eyJraWQi.eyJzdWIiOiIx.c2lnbmF0dXJl");
    assert_eq!(planted.kinds_in(b"claims: eyJzdWIiOiIx"), ["token"]);
    assert_eq!(planted.kinds_in(b"c2lnbmF0dXJl"), ["token"]);
    assert!(planted.kinds_in(b"eyJraWQi").is_empty(), "the header is no secret");
}

#[test]
#[should_panic(expected = "the log shows the password hunter2hunter2: key=hunter2hunter2")]
fn secret_in_a_log_fails_with_its_line() {
    let mut planted = Planted::default();
    planted.plant("password", "hunter2hunter2");
    planted.assert_absent("the log", "first line\nkey=hunter2hunter2");
}
