//! What a law found: how many cases, the worst error, and the failures.

pub mod conventions;
pub mod page;

/// What a law found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// How many numbers were judged.
    pub cases: usize,
    /// The largest error among them.
    pub worst: f64,
    /// The failures, in words.
    pub failures: Vec<String>,
}

impl Findings {
    /// Judges one case.
    pub fn case(&mut self, fine: bool, message: impl FnOnce() -> String) {
        self.cases += 1;
        if !fine {
            self.failures.push(message());
        }
    }

    /// Judges one error, which must not exceed `bound`.
    pub fn error(&mut self, error: f64, bound: f64, message: impl FnOnce() -> String) {
        self.worst = self.worst.max(error);
        self.case(error <= bound, || {
            format!("{} (error {error:.3e}, bound {bound:.3e})", message())
        });
    }

    /// Adds what another one found.
    pub fn absorb(&mut self, other: Self) {
        self.cases += other.cases;
        self.worst = self.worst.max(other.worst);
        self.failures.extend(other.failures);
    }

    /// Panics with the first failures, if there are any, and if there was nothing to judge.
    ///
    /// # Panics
    /// See above.
    #[track_caller]
    pub fn assert_clean(&self) {
        const SHOWN: usize = 30;
        assert!(self.cases > 0, "no case was judged");
        let shown: Vec<&str> = self.failures.iter().take(SHOWN).map(String::as_str).collect();
        let (failed, cases) = (self.failures.len(), self.cases);
        assert!(shown.is_empty(), "{failed} of {cases} cases failed:\n{}", shown.join("\n"));
    }
}
