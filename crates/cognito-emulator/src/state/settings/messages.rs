//! The texts of messages among the settings of a pool.

use crate::state::outbox::{Medium, MessageKind};
use crate::state::settings::PoolSettings;

impl PoolSettings {
    /// Returns the text of an invitation, if the pool has one of its own.
    pub(crate) fn invitation(&self, medium: Medium) -> Option<&str> {
        let template = self.members.admin_create_user_config.invite_message_template.as_ref()?;
        match medium {
            Medium::Email => template.email_message.as_deref(),
            Medium::Sms => template.sms_message.as_deref(),
        }
    }

    /// Returns the subject of e-mails, if the pool has one of its own.
    pub(crate) fn subject(&self, kind: MessageKind) -> Option<&str> {
        match kind {
            MessageKind::AdminCreateUser => {
                let invitation = &self.members.admin_create_user_config.invite_message_template;
                invitation.as_ref()?.email_subject.as_deref()
            }
            MessageKind::Authentication => {
                self.factors.email_mfa_configuration.as_ref()?.subject.as_deref()
            }
            _ => self.members.verification_message_template.email_subject.as_deref(),
        }
    }

    /// Returns the text of messages, if the pool has one of its own.
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
            (_, Medium::Email) => template.email_message.as_deref(),
            (_, Medium::Sms) => template.sms_message.as_deref(),
        }
    }
}
