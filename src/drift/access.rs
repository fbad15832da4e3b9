//! Access that somebody took or gave in the directory, of people whose sources do not say `active`.

use super::compare::DriftComparison;
use super::{AppliedResource, Side, What};
use crate::desired::DesiredResource;
use crate::diagnostics::Origin;
use crate::model::well_known::ACTIVE;
use crate::model::{Key, Kind, Live, Value};
use crate::project::Absent;

impl DriftComparison<'_> {
    /// Adds that somebody took the access of a person whose sources do not say `active`, or gave it back.
    pub(super) fn access(&mut self, wanted: &DesiredResource, live: &Live, last: Option<&AppliedResource>) {
        let active = self.sides.catalog.well_known(Kind::User, ACTIVE);
        let is_active = live.attributes.get(active) == Some(&Value::Boolean(true));
        let was_inactive = self.sides.last.is_some_and(|last| last.left_inactive(&live.id));
        if is_active && was_inactive && wanted.get(active).is_none() {
            return self.given_back(&wanted.key, Some(wanted.origin));
        }
        let may_differ = live.kind == Kind::User
            && self.sides.policy.users.absent == Absent::Deactivate
            && live.is_inactive(active)
            && wanted.get(active).is_none();
        let record = self.sides.last.filter(|_| last.is_some());
        if may_differ && record.is_some_and(|record| record.left_active_unsaid(&live.id)) {
            let what = What::Attribute {
                path: ACTIVE.into(),
                last: Some(Some(Value::Boolean(true))),
                desired: None,
                live: Some(Value::Boolean(false)),
            };
            self.add(&wanted.key, Side::Directory, what, Some(wanted.origin));
        }
    }

    /// Adds that somebody gave access to a person whom an apply had deactivated.
    pub(super) fn given_back(&mut self, key: &Key, origin: Option<Origin>) {
        let what = What::Attribute {
            path: ACTIVE.into(),
            last: Some(Some(Value::Boolean(false))),
            desired: None,
            live: Some(Value::Boolean(true)),
        };
        self.add(key, Side::Directory, what, origin);
    }
}
