//! The texts of messages in the settings of a pool.

use crate::state::outbox::{Medium, MessageKind};
use crate::state::settings::PoolSettings;

impl PoolSettings {
    /// Returns the pool's text of an invitation, if it is set.
    pub(crate) fn invitation(&self, medium: Medium) -> Option<&str> {
        let template = self.members.admin_create_user_config.invite_message_template.as_ref()?;
        match medium {
            Medium::Email => template.email_message.as_deref(),
            Medium::Sms => template.sms_message.as_deref(),
        }
    }

    /// Returns whether a message confirms a sign-up with a link in place of a code. It is not
    /// measured that all other messages have codes; `/confirmUser` only confirms sign-ups.
    pub(crate) fn sends_link(&self, kind: MessageKind, medium: Medium) -> bool {
        let template = &self.members.verification_message_template;
        let confirms = matches!(kind, MessageKind::SignUp | MessageKind::ResendCode);
        let by_link = template.default_email_option == "CONFIRM_WITH_LINK";
        confirms && by_link && medium == Medium::Email
    }

    /// Returns the pool's subject of e-mails, if it is set.
    pub(crate) fn subject(&self, kind: MessageKind) -> Option<&str> {
        let template = &self.members.verification_message_template;
        match kind {
            MessageKind::AdminCreateUser => {
                let invitation = &self.members.admin_create_user_config.invite_message_template;
                invitation.as_ref()?.email_subject.as_deref()
            }
            MessageKind::Authentication => {
                self.factors.email_mfa_configuration.as_ref()?.subject.as_deref()
            }
            kind if self.sends_link(kind, Medium::Email) => {
                template.email_subject_by_link.as_deref()
            }
            _ => template.email_subject.as_deref(),
        }
    }

    /// Returns the pool's text of messages, if it is set.
    pub(crate) fn text(&self, kind: MessageKind, medium: Medium) -> Option<&str> {
        let template = &self.members.verification_message_template;
        match (kind, medium) {
            (MessageKind::AdminCreateUser, medium) => self.invitation(medium),
            (MessageKind::Authentication, Medium::Email) => {
                self.factors.email_mfa_configuration.as_ref()?.message.as_deref()
            }
            (MessageKind::Authentication, Medium::Sms) => {
                self.members.sms_authentication_message.as_deref()
            }
            (kind, medium) if self.sends_link(kind, medium) => {
                template.email_message_by_link.as_deref()
            }
            (_, Medium::Email) => template.email_message.as_deref(),
            (_, Medium::Sms) => template.sms_message.as_deref(),
        }
    }
}
