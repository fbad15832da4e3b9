//! The limits of guards: the defaults, the configuration's own values, and the stricter ones of the policy
//! file.

use super::name::Guard;
use crate::policy::Ceilings;
use crate::project::{Limit, Limits};

/// A guard whose limit is a share of the managed people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Volume {
    /// The default share.
    share: Limit,
    /// The least limit that a share gives: a share of twelve people would be nobody.
    floor: u64,
    /// The largest limit that a share gives.
    cap: u64,
}

const fn percent(share: u32) -> Limit {
    Limit::BasisPoints(share * 100)
}

impl Volume {
    /// The defaults of a guard. `None` if its limit is not a share.
    pub(crate) const fn of(guard: Guard) -> Option<Self> {
        Some(match guard {
            Guard::Remove => Self {
                share: percent(5),
                floor: 3,
                cap: 50,
            },
            Guard::Create => Self {
                share: percent(10),
                floor: 25,
                cap: u64::MAX,
            },
            Guard::Identity => Self {
                share: percent(5),
                floor: 3,
                cap: u64::MAX,
            },
            Guard::Update => Self {
                share: percent(30),
                floor: 10,
                cap: u64::MAX,
            },
            Guard::Held => Self {
                share: percent(1),
                floor: 3,
                cap: u64::MAX,
            },
            _ => return None,
        })
    }

    /// The limit. A share is kept between the guard's floor and cap, except that a share of 0 is 0. A number
    /// is exact.
    fn allowed(self, said: Option<Limit>, of: u64) -> u64 {
        match said.unwrap_or(self.share) {
            Limit::Count(count) => count,
            Limit::BasisPoints(0) => 0,
            share @ Limit::BasisPoints(_) => share.of(of).min(self.cap).max(self.floor),
        }
    }
}

/// The limit of a guard among `of` managed people: the stricter one of the configuration and the policy file.
pub(crate) fn allowed(ceilings: &Ceilings, guard: Guard, of: u64) -> u64 {
    let Some(volume) = Volume::of(guard) else { return 0 };
    let said = |limits: &Limits| match guard {
        Guard::Remove => limits.remove,
        Guard::Create => limits.create,
        Guard::Identity => limits.identity,
        Guard::Held => limits.held,
        _ => limits.update,
    };
    let config = volume.allowed(said(&ceilings.config), of);
    ceilings
        .policy
        .as_ref()
        .map_or(config, |policy| config.min(volume.allowed(said(policy), of)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remove(limit: Limit) -> Limits {
        Limits {
            remove: Some(limit),
            ..Limits::default()
        }
    }

    #[test]
    fn f050_a_share_has_a_floor_and_a_cap_and_a_number_has_neither() {
        let ceilings = Ceilings::default();
        assert_eq!(
            [0, 12, 80, 400, 20_000].map(|of| allowed(&ceilings, Guard::Remove, of)),
            [3, 3, 4, 20, 50]
        );
        assert_eq!(
            [0, 250, 1_000].map(|of| allowed(&ceilings, Guard::Create, of)),
            [25, 25, 100]
        );
        assert_eq!(
            [0, 1_000].map(|of| allowed(&ceilings, Guard::Identity, of)),
            [3, 50]
        );
        assert_eq!(
            [0, 1_000].map(|of| allowed(&ceilings, Guard::Update, of)),
            [10, 300]
        );
        let said = |limit| Ceilings {
            config: remove(limit),
            policy: None,
        };
        assert_eq!(
            allowed(&said(percent(20)), Guard::Remove, 10_000),
            50,
            "a share keeps the cap"
        );
        assert_eq!(allowed(&said(Limit::Count(500)), Guard::Remove, 10), 500);
        assert_eq!(allowed(&said(percent(0)), Guard::Remove, 10_000), 0);
    }

    #[test]
    fn the_stricter_of_configuration_and_policy_wins() {
        let loose = Ceilings {
            config: remove(Limit::Count(500)),
            policy: Some(Limits::default()),
        };
        assert_eq!(
            allowed(&loose, Guard::Remove, 100),
            5,
            "what a policy leaves out is the default"
        );
        let both = Ceilings {
            config: remove(Limit::Count(500)),
            policy: Some(remove(Limit::Count(200))),
        };
        assert_eq!(allowed(&both, Guard::Remove, 100), 200);
        let strict = Ceilings {
            config: remove(Limit::Count(1)),
            policy: Some(remove(Limit::Count(200))),
        };
        assert_eq!(allowed(&strict, Guard::Remove, 100), 1);
    }
}
