//! Changes that take something away are made in waves of 1, then 5, then the rest. A wave begins when every
//! change of the wave before is done and was read back. So a harmful plan or service harms a single
//! resource at first. A change that the directory refused, or took and did not do, harms nobody, and the next
//! one takes its place.
//! Pure: this counts, and sends nothing.

/// How large the first waves are.
const SIZES: [usize; 2] = [1, 5];

/// How far the waves have come.
#[derive(Debug, Default)]
pub(super) struct Waves {
    started: usize,
    done: usize,
    /// Why no further wave begins.
    ended: Option<String>,
}

impl Waves {
    /// Whether a change may start.
    pub(super) fn may_start(&self) -> bool {
        let mut before = 0;
        for size in SIZES {
            if self.started < before + size {
                break;
            }
            before += size;
        }
        self.ended.is_none() && self.done >= before
    }

    pub(super) fn start(&mut self) {
        self.started += 1;
    }

    /// Notes that a change was done and read back.
    pub(super) fn succeed(&mut self) {
        self.done += 1;
    }

    /// Notes that a change was not done, and that nothing of it was written. The next one takes its place.
    pub(super) fn refuse(&mut self) {
        self.started -= 1;
    }

    /// Notes that a change was not done, and that something else may have been. No further wave begins.
    pub(super) fn fail(&mut self, name: &str) {
        let reason = format!("{name} did not come out as it should, and nothing more is taken away");
        self.ended.get_or_insert(reason);
    }

    /// Why no further wave begins, if none does.
    pub(super) fn ended(&self) -> Option<&str> {
        self.ended.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts as many as may start.
    fn fill(waves: &mut Waves, most: usize) -> usize {
        (0..most)
            .take_while(|_| waves.may_start().then(|| waves.start()).is_some())
            .count()
    }

    #[test]
    fn f104_one_goes_first_then_five_then_the_rest() {
        let mut waves = Waves::default();
        assert_eq!(fill(&mut waves, 100), 1);
        waves.succeed();
        assert_eq!(fill(&mut waves, 100), 5);
        for _ in 0..4 {
            waves.succeed();
            assert_eq!(fill(&mut waves, 100), 0, "the wave is not over");
        }
        waves.succeed();
        assert_eq!(fill(&mut waves, 100), 100);
    }

    #[test]
    fn f104_no_wave_follows_one_that_failed() {
        for done in [0, 1, 3, 6, 50] {
            let mut waves = Waves::default();
            for _ in 0..done {
                assert!(waves.may_start());
                waves.start();
                waves.succeed();
            }
            waves.start();
            waves.fail("user:ada");
            waves.fail("user:bob");
            assert!(!waves.may_start());
            assert!(
                waves
                    .ended()
                    .is_some_and(|reason| reason.starts_with("user:ada "))
            );
        }
    }

    #[test]
    fn f104_the_next_one_takes_the_place_of_one_that_was_refused() {
        let mut waves = Waves::default();
        for _ in 0..9 {
            assert_eq!(fill(&mut waves, 100), 1);
            waves.refuse();
        }
        assert_eq!(fill(&mut waves, 100), 1);
        waves.succeed();
        assert_eq!(fill(&mut waves, 100), 5);
        for _ in 0..5 {
            waves.refuse();
        }
        assert_eq!(fill(&mut waves, 100), 5, "refusals do not make a wave smaller");
    }

    #[test]
    fn f104_refusals_alone_end_no_wave() {
        let mut waves = Waves::default();
        for _ in 0..100 {
            assert_eq!(fill(&mut waves, 100), 1);
            waves.refuse();
        }
        assert_eq!(fill(&mut waves, 100), 1, "and no wave grows by them");
    }
}
