//! Aliases, for callers that have a step.

use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::address::Address;
pub(crate) use crate::state::alias::TakenAlias;
use crate::state::attributes::Attributes;

impl Step<'_> {
    pub(crate) fn verify_address(
        &mut self,
        username: &str,
        address: &Address,
        taken: TakenAlias,
    ) -> Result<(), ServiceError> {
        self.pool.verify_address(username, address, taken)
    }

    pub(crate) fn write_attributes(
        &mut self,
        username: &str,
        attributes: Attributes,
        taken: TakenAlias,
    ) -> Result<(), ServiceError> {
        self.pool.write_attributes(username, attributes, taken)
    }

    pub(crate) fn claim_aliases(
        &mut self,
        username: &str,
        attributes: &Attributes,
        taken: TakenAlias,
    ) -> Result<(), ServiceError> {
        self.pool.claim_aliases(username, attributes, taken)
    }
}
