//! A limit: a number, or a share of a total.

use super::section::text;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::yaml::Node;

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

/// Reads a limit.
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
