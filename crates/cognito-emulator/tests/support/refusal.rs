//! Rejections of the emulator's operations, as tests compare them.

use cognito_emulator::EmulatorError;

/// The exception and its message.
pub(crate) type Refusal = (String, String);

/// Returns the rejection of an operation; any other error fails the test.
#[track_caller]
pub(crate) fn of(error: EmulatorError) -> Refusal {
    match error {
        EmulatorError::Refused { name, message } => (name, message),
        other => panic!("{other}"),
    }
}
