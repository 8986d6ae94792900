//! The result of a backward sweep.

use super::misuse;
use super::store::Store;
use super::sweep;
use crate::number::Number;
use crate::pages;
use crate::var::Var;

/// The adjoints of a recording: the derivatives of one result with respect to every variable.
///
/// ```
/// use wengert_autodiff::Tape;
/// let tape = Tape::new();
/// let x = tape.var(3.0);
/// let square = x * x;
/// let gradient = tape.gradient(square * 2.0);
/// assert_eq!((gradient.wrt(x), gradient.wrt(square)), (12.0, 2.0));
/// ```
pub struct Gradient<'t, T: Number> {
    store: &'t Store<T>,
    adjoints: Vec<T>,
}

/// The index of a variable of the recording; `None` of a constant.
#[track_caller]
pub(super) fn index_of<T: Number>(store: &Store<T>, x: Var<T>, operation: &str) -> Option<usize> {
    if x.is_constant() {
        return None;
    }
    match store.index_of(x.id()) {
        Some(index) => Some(index),
        None => {
            x.assert_live(operation);
            misuse::mixed(operation)
        }
    }
}

impl<'t, T: Number> Gradient<'t, T> {
    #[inline]
    #[track_caller]
    pub(super) fn sweep(
        store: &'t Store<T>,
        seeds: impl Iterator<Item = (Var<T>, T)> + Clone,
    ) -> Self {
        let mut adjoints = store.spare_adjoints.borrow_mut().pop().unwrap_or_default();
        adjoints.clear();
        // Of nodes after the last seed, nothing depends.
        for (y, _) in seeds.clone() {
            let len = index_of(store, y, "gradient").map_or(0, |index| index + 1);
            let more = len.saturating_sub(adjoints.len());
            pages::reserve(&mut adjoints, more);
            adjoints.resize(adjoints.len() + more, T::zero());
        }
        sweep::backward::<T, 1>(store, adjoints.as_chunks_mut().0, |adjoints| {
            for (y, seed) in seeds.clone() {
                if let Some(index) = store.index_of(y.id()) {
                    adjoints[index][0] += seed;
                }
            }
        });
        Self { store, adjoints }
    }

    /// The derivative with respect to `x`: an independent variable, or anything else that was recorded. Zero if
    /// the result does not depend on it.
    ///
    /// # Panics
    /// If `x` belongs to another recording.
    #[track_caller]
    pub fn wrt(&self, x: Var<T>) -> T {
        index_of(self.store, x, "wrt")
            .and_then(|index| self.adjoints.get(index).copied())
            .unwrap_or_else(T::zero)
    }

    /// The derivatives with respect to each of the variables.
    ///
    /// ```
    /// use wengert_autodiff::Tape;
    /// let tape = Tape::new();
    /// let x = tape.vars(&[2.0, 5.0]);
    /// assert_eq!(tape.gradient(x[0] * x[1]).wrt_slice(&x), [5.0, 2.0]);
    /// ```
    ///
    /// # Panics
    /// If one belongs to another recording.
    #[track_caller]
    pub fn wrt_slice(&self, xs: &[Var<T>]) -> Vec<T> {
        let mut derivatives = vec![T::zero(); xs.len()];
        self.wrt_into(xs, &mut derivatives);
        derivatives
    }

    /// The derivatives with respect to each of the variables, written into `derivatives`.
    ///
    /// ```
    /// use wengert_autodiff::Tape;
    /// let tape = Tape::new();
    /// let x = tape.vars(&[2.0, 5.0]);
    /// let mut derivatives = [0.0; 2];
    /// tape.gradient(x[0] * x[1]).wrt_into(&x, &mut derivatives);
    /// assert_eq!(derivatives, [5.0, 2.0]);
    /// ```
    ///
    /// # Panics
    /// If the lengths differ, or a variable belongs to another recording.
    #[track_caller]
    pub fn wrt_into(&self, xs: &[Var<T>], derivatives: &mut [T]) {
        assert!(
            xs.len() == derivatives.len(),
            "wrt_into: {} variables but room for {} derivatives; pass a buffer of equal length",
            xs.len(),
            derivatives.len()
        );
        for (derivative, &x) in derivatives.iter_mut().zip(xs) {
            *derivative = self.wrt(x);
        }
    }

    /// The derivatives with respect to the first variables of the recording.
    pub(crate) fn wrt_first(&self, derivatives: &mut [T]) {
        let known = self.adjoints.len().min(derivatives.len());
        derivatives[..known].copy_from_slice(&self.adjoints[..known]);
        derivatives[known..].fill(T::zero());
    }

    /// All adjoints up to the last node that the result depends on.
    pub(super) fn adjoints(&self) -> &[T] {
        &self.adjoints
    }
}

impl<T: Number> Drop for Gradient<'_, T> {
    fn drop(&mut self) {
        self.store.spare_adjoints.borrow_mut().push(core::mem::take(&mut self.adjoints));
    }
}

impl<T: Number> core::fmt::Debug for Gradient<'_, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Gradient").field("adjoints", &self.adjoints.len()).finish_non_exhaustive()
    }
}
