//! `limits:`: how much a plan may change.

use super::group_limits::{GroupLimit, group_limits};
use super::section::{Section, text};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::yaml::Node;

/// How much a plan may change. Each limit is `None` if it is not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Removals: people and groups that are deleted or deactivated, and people who lose their last group.
    pub remove: Option<Limit>,
    /// New people.
    pub create: Option<Limit>,
    /// Changed people.
    pub update: Option<Limit>,
    /// People whose name, address, identifier, activity or roles change.
    pub identity: Option<Limit>,
    /// People and groups that are held because of a problem of their own.
    pub held: Option<Limit>,
    /// Members who leave groups, by patterns of the groups' names. Of several that fit, the stricter holds.
    pub groups: Vec<GroupLimit>,
}

/// A number, or a share of a total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// `25`
    Count(u64),
    /// A share such as `5%` or `0.5%`, in hundredths of a percent.
    BasisPoints(u32),
}

impl Limit {
    /// The largest number of changes among `total` resources. A share is rounded down.
    pub(crate) fn of(self, total: u64) -> u64 {
        match self {
            Self::Count(count) => count,
            Self::BasisPoints(share) => {
                u64::try_from(u128::from(total) * u128::from(share) / 10_000).unwrap_or(u64::MAX)
            }
        }
    }
}

pub(super) fn limits(node: Option<Node<'_>>, diagnostics: &mut Diagnostics) -> Limits {
    let Some(mut section) = node.and_then(|node| Section::open(node, "`limits`", diagnostics)) else {
        return Limits::default();
    };
    let groups = group_limits(section.take("groups"), diagnostics);
    let mut take = |key| section.take(key).and_then(|node| limit(&node, key, diagnostics));
    let limits = Limits {
        remove: take("remove"),
        create: take("create"),
        update: take("update"),
        identity: take("identity"),
        held: take("held"),
        groups,
    };
    section.finish(diagnostics);
    limits
}

pub(super) fn limit(node: &Node<'_>, key: &str, diagnostics: &mut Diagnostics) -> Option<Limit> {
    let written = text(node, &format!("`{key}`"), diagnostics)?;
    let found = match written.strip_suffix('%') {
        Some(share) => basis_points(share.trim_end()).map(Limit::BasisPoints),
        None => written
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| written.parse().ok())
            .flatten()
            .map(Limit::Count),
    };
    if found.is_none() {
        let problem = Diagnostic::error(
            "not-a-limit",
            node.origin,
            format!("`{key}` takes a number or a share, not `{written}`"),
        );
        diagnostics
            .push(problem.hint("write a whole number as `25`, or a share from `0%` to `100%` as `5%`"));
    }
    found
}

fn basis_points(share: &str) -> Option<u32> {
    let (whole, fraction) = share.split_once('.').unwrap_or((share, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 2 {
        return None;
    }
    let hundredths: u32 = format!("{fraction:0<2}").parse().ok()?;
    let points = whole
        .parse::<u32>()
        .ok()?
        .checked_mul(100)?
        .checked_add(hundredths)?;
    (points <= 10_000).then_some(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_exactly_and_rounded_down() {
        assert_eq!(
            (basis_points("5"), basis_points("0.5"), basis_points("100")),
            (Some(500), Some(50), Some(10_000))
        );
        assert_eq!(
            (
                basis_points("101"),
                basis_points("5.555"),
                basis_points("-5"),
                basis_points("")
            ),
            (None, None, None, None)
        );
        assert_eq!((Limit::BasisPoints(500).of(199), Limit::Count(3).of(0)), (9, 3));
    }
}
