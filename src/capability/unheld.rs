//! Removes what a service does not hold from what is desired, and warns once for each attribute.

use std::collections::BTreeMap;

use super::whole;
use crate::desired::{Desired, DesiredResource, LostReference, ReferenceRole};
use crate::diagnostics::{Diagnostic, Diagnostics, Origin};
use crate::dialect::{Clearing, Dialect, Groups, Nesting};
use crate::model::{AttributeId, Catalog, Kind};
use crate::whole::form::Writes;

/// Removes what the service does not hold from what is desired, with one warning for each attribute.
pub(crate) fn leave_out(desired: &mut Desired, catalog: &Catalog, dialect: &Dialect) -> Diagnostics {
    let mut warnings = Diagnostics::new();
    leave_out_groups(desired, dialect, &mut warnings);
    if let Writes::Whole(form) = &dialect.writes {
        warnings.append(whole::hold_inactive(desired, catalog, dialect));
        whole::place_leaders(desired, catalog, form);
    }
    leave_out_leaders(desired, dialect, &mut warnings);
    if dialect.membership.nesting == Nesting::Forbidden {
        leave_out_nested(desired, dialect, &mut warnings);
    }
    leave_out_attributes(desired, catalog, dialect, &mut warnings);
    leave_out_lost(desired, catalog, dialect);
    warnings
}

/// Removes the references without a target that the service would not hold with one.
fn leave_out_lost(desired: &mut Desired, catalog: &Catalog, dialect: &Dialect) {
    let is_of_group = |lost: &LostReference| lost.targets.iter().all(|target| target.kind == Kind::Group);
    desired.lost.retain(|lost| match lost.role {
        _ if lost.holder.kind == Kind::Group && dialect.groups == Groups::None => false,
        ReferenceRole::Attribute(attribute) => !dialect.does_not_hold(catalog.attribute(attribute)),
        ReferenceRole::Member => dialect.membership.nesting != Nesting::Forbidden || !is_of_group(lost),
        ReferenceRole::Leader => matches!(dialect.writes, Writes::Whole(_)),
        ReferenceRole::Group => dialect.groups != Groups::None,
    });
}

/// How often something was left out, and the first place.
struct Omission {
    count: usize,
    first: Origin,
}

impl Omission {
    /// Counts a place.
    fn add(omission: &mut Option<Self>, origin: Origin) {
        let omission = omission.get_or_insert(Self {
            count: 0,
            first: origin,
        });
        omission.count += 1;
    }

    /// The words that follow the first place in a message.
    fn elsewhere(&self) -> String {
        if self.count > 1 {
            format!(" and in {} other places", self.count - 1)
        } else {
            String::new()
        }
    }
}

fn leave_out_groups(desired: &mut Desired, dialect: &Dialect, warnings: &mut Diagnostics) {
    if dialect.groups == Groups::None
        && let Some(first) = desired.groups.first()
    {
        let message = format!(
            "{} has no groups: {} declared here and elsewhere are left out",
            dialect.name,
            desired.groups.len()
        );
        warnings.push(Diagnostic::warning("no-groups", first.origin, message));
        let left_out = std::mem::take(&mut desired.groups).len() as u64;
        desired.not_held.insert(Kind::Group.plural().to_owned(), left_out);
    }
}

fn leave_out_leaders(desired: &mut Desired, dialect: &Dialect, warnings: &mut Diagnostics) {
    let Some(first) = desired.leaders.iter().map(|leader| leader.origin).min() else {
        return;
    };
    let left_out = Omission {
        count: desired.leaders.len(),
        first,
    };
    let message = format!(
        "{} does not hold who leads a group, which is left out here{}",
        dialect.name,
        left_out.elsewhere()
    );
    warnings.push(Diagnostic::warning("no-leaders", first, message));
    desired.leaders.clear();
    desired
        .not_held
        .insert("groups.leader".to_owned(), left_out.count as u64);
}

fn leave_out_nested(desired: &mut Desired, dialect: &Dialect, warnings: &mut Diagnostics) {
    let mut left_out = None;
    for members in desired
        .groups
        .iter_mut()
        .filter_map(|group| group.members.as_mut())
    {
        members.retain(|member| {
            let is_group = member.key.kind == Kind::Group;
            if is_group {
                Omission::add(&mut left_out, member.origin);
            }
            !is_group
        });
    }
    if let Some(left_out) = left_out {
        let message = format!(
            "{} takes no group as a member of a group, so this is left out{}",
            dialect.name,
            left_out.elsewhere()
        );
        warnings.push(Diagnostic::warning("no-nesting", left_out.first, message));
        desired
            .not_held
            .insert("groups.members".to_owned(), left_out.count as u64);
    }
}

/// Why an attribute is left out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    CannotBeCleared,
    NotHeld,
}

fn leave_out_attributes(
    desired: &mut Desired,
    catalog: &Catalog,
    dialect: &Dialect,
    warnings: &mut Diagnostics,
) {
    let mut left_out: BTreeMap<(AttributeId, Why), Option<Omission>> = BTreeMap::new();
    for resource in desired.users.iter_mut().chain(&mut desired.groups) {
        leave_out_of(resource, catalog, dialect, |attribute, why, origin| {
            Omission::add(left_out.entry((attribute, why)).or_default(), origin);
        });
    }
    for ((attribute, why), left_out) in left_out {
        let Some(left_out) = left_out else { continue };
        let cannot = match why {
            Why::CannotBeCleared => "cannot clear",
            Why::NotHeld => "does not hold",
        };
        let message = format!(
            "{} {cannot} `{}`, which is left out here{}",
            dialect.name,
            catalog.attribute(attribute).path,
            left_out.elsewhere()
        );
        warnings.push(Diagnostic::warning("not-held", left_out.first, message));
        if why == Why::NotHeld {
            let name = catalog.attribute(attribute).managed_name();
            desired.not_held.insert(name, left_out.count as u64);
        }
    }
}

fn leave_out_of(
    resource: &mut DesiredResource,
    catalog: &Catalog,
    dialect: &Dialect,
    mut tell: impl FnMut(AttributeId, Why, Origin),
) {
    resource.attributes.retain(|asked| {
        let attribute = catalog.attribute(asked.attribute);
        if matches!(&dialect.writes, Writes::Whole(form) if form.implies(attribute)) {
            return false;
        }
        let why = if dialect.does_not_hold(attribute) {
            Why::NotHeld
        } else if dialect.clearing == Clearing::Never && asked.wish.clears() {
            Why::CannotBeCleared
        } else {
            return true;
        };
        tell(asked.attribute, why, asked.origin);
        false
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired::{DesiredAttribute, Wish};
    use crate::diagnostics::Files;
    use crate::model::{Key, Value};

    fn person(catalog: &Catalog, wishes: &[(&str, Wish)]) -> DesiredResource {
        let origin = Origin::start_of(Files::new().add("people.yaml", ""));
        let attributes = wishes.iter().map(|(name, wish)| DesiredAttribute {
            attribute: catalog.find(Kind::User, name).expect("known").id,
            wish: wish.clone(),
            origin,
        });
        DesiredResource {
            key: Key::new(Kind::User, "ada"),
            origin,
            attributes: attributes.collect(),
            members: None,
            empties_members: false,
            has_unread_members: false,
            problem: None,
        }
    }

    #[test]
    fn f130_what_a_service_does_not_hold_is_left_out_and_told_once() {
        let dialect =
            Dialect::parse("name: x\nclearing: never\nnot_held: { users: [addresses] }").expect("a dialect");
        let catalog = dialect.catalog();
        let wishes = [
            ("addresses.work.locality", Wish::Set(Value::text("Ulm"))),
            ("nickName", Wish::Set(Value::text("A"))),
            ("title", Wish::Clear),
        ];
        let users = vec![person(&catalog, &wishes), person(&catalog, &wishes)];
        let mut desired = Desired {
            users,
            ..Desired::default()
        };
        let warnings = leave_out(&mut desired, &catalog, &dialect);
        let said: Vec<String> = warnings.into_vec().into_iter().map(|one| one.message).collect();
        assert_eq!(
            said,
            [
                "x does not hold `addresses.work.locality`, which is left out here and in 1 other places",
                "x cannot clear `title`, which is left out here and in 1 other places",
            ]
        );
        assert!(desired.users.iter().all(|user| user.attributes.len() == 1));
    }
}
