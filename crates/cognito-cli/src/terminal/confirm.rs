//! Confirmation of commands that destroy data irreversibly.

use super::Terminal;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{counted, printable};

/// The resources that a command is about to destroy.
#[derive(Debug)]
pub(crate) struct Destruction<'a> {
    /// Completes "This …": `deletes the user alice`.
    pub(crate) action: &'a str,
    pub(crate) account: Option<&'a str>,
    pub(crate) region: &'a str,
    pub(crate) pool_id: &'a str,
    pub(crate) pool_name: &'a str,
    /// The estimated number of users of the service.
    pub(crate) users: Option<i64>,
}

impl Terminal {
    /// Asks the user to type the name of the user pool. Scripts confirm with `--yes`.
    pub(crate) async fn confirm(&self, destruction: &Destruction<'_>) -> Outcome {
        self.require_confirmation()?;
        if self.yes {
            return Ok(());
        }
        self.warn(&destruction.description());
        let typed = self.ask("Name of the user pool, to confirm", "pass --yes").await?;
        if typed == destruction.pool_name {
            return Ok(());
        }
        Err(not_confirmed("the typed name is not the name of the user pool; nothing was changed"))
    }
}

impl Terminal {
    /// Returns whether `--yes` has confirmed everything.
    pub(crate) fn is_confirmed(&self) -> bool {
        self.yes
    }

    /// Fails unless a change is confirmed by `--yes` or the user can be asked.
    pub(crate) fn require_confirmation(&self) -> Outcome {
        if self.yes || self.is_interactive {
            return Ok(());
        }
        let message = "the change is not confirmed: the input is not interactive";
        Err(Failure::no_input(message).hint("pass --yes"))
    }

    /// Asks the user to confirm a change that deletes no resource of the service. Scripts confirm
    /// with `--yes`.
    pub(crate) async fn agree(&self, question: &str) -> Outcome {
        self.require_confirmation()?;
        if self.yes {
            return Ok(());
        }
        let typed = self.ask(&format!("{question} [y/N]"), "pass --yes").await?;
        match &*typed.trim().to_lowercase() {
            "y" | "yes" => Ok(()),
            _ => Err(not_confirmed("nothing was changed")),
        }
    }
}

impl Destruction<'_> {
    fn description(&self) -> String {
        let account = self.account.map(|id| format!(", account {id}")).unwrap_or_default();
        let users = self
            .users
            .map(|users| format!(", about {}", counted(users, "user")))
            .unwrap_or_default();
        format!(
            "this {}: pool {} ({}), Region {}{account}{users}",
            printable(self.action),
            printable(self.pool_name),
            self.pool_id,
            self.region
        )
    }
}

fn not_confirmed(message: &str) -> Failure {
    Failure::new(Exit::Refused, "not_confirmed", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destruction() -> Destruction<'static> {
        Destruction {
            action: "deletes the user alice",
            account: Some("123456789012"),
            region: "eu-west-1",
            pool_id: "eu-west-1_Ab12Cd34E",
            pool_name: "shop",
            users: Some(7),
        }
    }

    #[test]
    fn description_names_all_that_could_be_mistaken() {
        let expected = "this deletes the user alice: pool shop (eu-west-1_Ab12Cd34E), \
                        Region eu-west-1, account 123456789012, about 7 users";
        assert_eq!(destruction().description(), expected);
    }

    #[tokio::test]
    async fn nothing_is_destroyed_without_a_person_or_yes() {
        let failure = Terminal::absent(false).confirm(&destruction()).await.unwrap_err();
        assert_eq!(failure.exit(), Exit::Usage);
        Terminal::absent(true).confirm(&destruction()).await.unwrap();
        let failure = Terminal::absent(false).agree("Continue?").await.unwrap_err();
        assert_eq!(failure.exit(), Exit::Usage);
        let text =
            "error: the change is not confirmed: the input is not interactive\nhint: pass --yes\n";
        assert_eq!(failure.to_text(false), text);
        Terminal::absent(true).agree("Continue?").await.unwrap();
    }
}
