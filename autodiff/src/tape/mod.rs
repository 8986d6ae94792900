//! Reverse mode: the recording of a computation, and its gradient.
//!
//! - [`store`]: the arena of nodes; [`record`]: the way from a handle to it (`unsafe` code is in these two, and in [`plain`]);
//!   [`wide`]: nodes with many parents;
//! - [`ids`]: numbers that name nodes, never used twice; [`misuse`]: what is said about stale ones;
//! - [`sweep`]: derivatives through the recorded nodes, backward and forward; [`plain`]: backward with machine numbers;
//!   [`gradient`]: their results;
//! - [`pool`]: memory kept between recordings; [`trace`] and [`graphviz`]: looking at a recording.

mod gradient;
mod graphviz;
mod ids;
mod misuse;
mod plain;
mod pool;
pub(crate) mod record;
pub(crate) mod store;
pub(crate) mod sweep;
mod trace;
mod wide;

use core::panic::Location;

pub use gradient::Gradient;
pub(crate) use ids::CONSTANT;
pub(crate) use pool::Scratch;
pub use pool::release_memory;
pub use trace::NonFinite;

use crate::matrix::Matrix;
use crate::number::Number;
use crate::var::Var;
use misuse::End;
use store::Owned;

/// A recording of a computation on [`Var`]s, for reverse mode.
///
/// `Tape::new()` starts a recording on this thread. [`var`](Tape::var) makes independent variables; what is
/// computed from them, in plain Rust code with loops and branches, is recorded;
/// [`gradient`](Tape::gradient) goes through the recording backward.
///
/// ```
/// use wengert_autodiff::Tape;
///
/// let tape = Tape::new();
/// let x = tape.var(3.0);
/// let y = tape.var(2.0);
/// let mut z = x;
/// while z < 20.0 {
///     z *= y;
/// }                                              // z = x y³
/// let gradient = tape.gradient(z);
/// assert_eq!((gradient.wrt(x), gradient.wrt(y)), (8.0, 36.0));
/// ```
///
/// Any number of tapes may be live on a thread, of any types, nested or interleaved; a `Var` knows its own.
/// Variables of different recordings do not mix: to differentiate a derivative, nest the types (`Var<Var<f64>>`).
/// Memory is kept for the next recording of this thread (see [`release_memory`]).
///
/// # Panics
/// Using a `Var` whose recording was cleared, rewound, or dropped, or lives on another thread, panics and
/// says which.
pub struct Tape<T: Number> {
    store: Owned<T>,
}

/// A point of a recording to which [`Tape::rewind`] returns.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    len: usize,
    /// The numbers of the tape, and of the last node before the mark.
    tape: u64,
    last: Option<u64>,
}

impl<T: Number> Tape<T> {
    /// Starts a recording on this thread.
    ///
    /// ```
    /// use wengert_autodiff::Tape;
    /// let tape = Tape::new();
    /// let x = tape.var(2.0);
    /// assert_eq!(tape.gradient(x * x).wrt(x), 4.0);
    /// ```
    #[allow(clippy::new_without_default)] // `default()` would hide that a recording starts.
    pub fn new() -> Self {
        Self { store: Owned::new() }
    }

    /// Starts a recording that also keeps each node's name, value and source line, at some cost, for
    /// [`first_non_finite`](Tape::first_non_finite) and [`graphviz`](Tape::graphviz). (Sums and products of iterators
    /// are called by the standard library, and so show a line of that.)
    ///
    /// ```
    /// use wengert_autodiff::Tape;
    /// let tape = Tape::traced();
    /// let x = tape.var(0.0);
    /// let y = (x * 2.0).sqrt();
    /// let report = tape.first_non_finite().unwrap();
    /// assert_eq!(report.name, "sqrt");
    /// assert!(report.place.file().ends_with(".rs"));
    /// ```
    pub fn traced() -> Self {
        let tape = Self::new();
        tape.store.start_trace();
        tape
    }

    /// Starts a recording of at most `limit` nodes (2³² − 1 otherwise). One node more panics.
    ///
    /// ```should_panic
    /// use wengert_autodiff::Tape;
    /// let tape = Tape::with_limit(2);
    /// let x = tape.var(2.0);
    /// let _ = x * x * x;
    /// ```
    pub fn with_limit(limit: usize) -> Self {
        let tape = Self::new();
        tape.store.set_limit(limit as u64);
        tape
    }

    /// A new independent variable of this recording.
    ///
    /// ```
    /// use wengert_autodiff::Tape;
    /// let tape = Tape::new();
    /// assert_eq!(tape.var(2.0).value(), 2.0);
    /// ```
    #[inline]
    #[track_caller]
    pub fn var(&self, value: T) -> Var<T> {
        self.store.leaf(value, Location::caller())
    }

    /// New independent variables, one for each value.
    ///
    /// ```
    /// use wengert_autodiff::{Tape, rules::dot};
    /// let tape = Tape::new();
    /// let x = tape.vars(&[0.0, 1.0, 2.0, 3.0]);
    /// let y = dot(&x, &x) * 2.0;
    /// assert_eq!(tape.gradient(y).wrt_slice(&x), [0.0, 4.0, 8.0, 12.0]);
    /// ```
    #[track_caller]
    pub fn vars(&self, values: &[T]) -> Vec<Var<T>> {
        let mut vars = Vec::new();
        self.store.extend_leaves(&mut vars, values, Location::caller());
        vars
    }

    /// Like [`vars`](Tape::vars), in memory that is kept between recordings.
    #[track_caller]
    pub(crate) fn with_vars<R>(&self, values: &[T], f: impl FnOnce(&[Var<T>]) -> R) -> R {
        let mut vars = self.store.spare_vars.take();
        vars.clear();
        self.store.extend_leaves(&mut vars, values, Location::caller());
        let result = f(&vars);
        self.store.spare_vars.replace(vars);
        result
    }

    /// The gradient of `y` with respect to everything it was computed from. The recording stays as it is: a
    /// second call gives the same bits. (The gradient of a constant is zero.)
    ///
    /// ```
    /// use wengert_autodiff::Tape;
    /// let tape = Tape::new();
    /// let x = tape.var(0.5);
    /// assert_eq!(tape.gradient(x.recip()).wrt(x), -4.0);
    /// ```
    ///
    /// # Panics
    /// If `y` was recorded elsewhere.
    #[track_caller]
    pub fn gradient(&self, y: Var<T>) -> Gradient<'_, T> {
        self.seeded(core::iter::once((y, T::one())))
    }

    /// The gradient of Σ yₖ: what "backward" of a vector means.
    ///
    /// ```
    /// use wengert_autodiff::Tape;
    /// let tape = Tape::new();
    /// let x = tape.vars(&[0.0, 1.0, 2.0, 3.0]);
    /// let y: Vec<_> = x.iter().map(|&x| x * x).collect();
    /// assert_eq!(tape.gradient_of_sum(&y).wrt_slice(&x), [0.0, 2.0, 4.0, 6.0]);
    /// ```
    ///
    /// # Panics
    /// If a `y` was recorded elsewhere.
    #[track_caller]
    pub fn gradient_of_sum(&self, ys: &[Var<T>]) -> Gradient<'_, T> {
        self.seeded(ys.iter().map(|&y| (y, T::one())))
    }

    /// The gradient of Σ wₖ yₖ, in one sweep: the vector–Jacobian product wᵀJ.
    ///
    /// ```
    /// use wengert_autodiff::Tape;
    /// let tape = Tape::new();
    /// let x = tape.var(3.0);
    /// assert_eq!(tape.pullback(&[x * x, x * 5.0], &[1.0, 10.0]).wrt(x), 56.0);
    /// ```
    ///
    /// # Panics
    /// If the lengths differ, or a `y` was recorded elsewhere.
    #[track_caller]
    pub fn pullback(&self, ys: &[Var<T>], cotangents: &[T]) -> Gradient<'_, T> {
        assert!(
            ys.len() == cotangents.len(),
            "pullback: {} outputs but {} cotangents; pass one for each output",
            ys.len(),
            cotangents.len()
        );
        self.seeded(ys.iter().copied().zip(cotangents.iter().copied()))
    }

    /// The Jacobian of ys with respect to xs, J(i, j) = ∂yᵢ/∂xⱼ: a sweep for each eight rows.
    ///
    /// ```
    /// use wengert_autodiff::Tape;
    /// let tape = Tape::new();
    /// let x = tape.vars(&[2.0, 3.0]);
    /// let j = tape.jacobian(&[x[0] * x[1], x[0] + x[1]], &x);
    /// assert_eq!(j.as_slice(), [3.0, 2.0, 1.0, 1.0]);
    /// ```
    ///
    /// # Panics
    /// If one of the variables was recorded elsewhere.
    #[track_caller]
    pub fn jacobian(&self, ys: &[Var<T>], xs: &[Var<T>]) -> Matrix<T> {
        let mut elements = vec![T::zero(); ys.len() * xs.len()];
        crate::drivers::jacobian_rows(self, xs, ys, &mut elements);
        Matrix::from_vec(ys.len(), xs.len(), elements)
    }

    #[track_caller]
    fn seeded(&self, seeds: impl Iterator<Item = (Var<T>, T)> + Clone) -> Gradient<'_, T> {
        Gradient::sweep(&self.store, seeds)
    }

    /// The index of a variable of this recording; `None` of a constant.
    #[track_caller]
    pub(crate) fn index_of(&self, x: Var<T>, operation: &str) -> Option<usize> {
        gradient::index_of(&self.store, x, operation)
    }

    pub(crate) fn store(&self) -> &store::Store<T> {
        &self.store
    }

    /// Remembers this point of the recording.
    ///
    /// ```
    /// use wengert_autodiff::Tape;
    /// let mut tape = Tape::new();
    /// let x = tape.var(3.0);
    /// let mark = tape.mark();
    /// for k in 1..=3 {
    ///     let y = x * f64::from(k);
    ///     assert_eq!(tape.gradient(y).wrt(x), f64::from(k));
    ///     tape.rewind(mark);
    /// }
    /// assert_eq!(tape.nodes(), 1);
    /// ```
    pub fn mark(&self) -> Mark {
        let len = self.store.len();
        Mark { len, tape: self.store.serial(), last: self.store.id_of_last() }
    }

    /// Forgets what was recorded after the mark. Its handles are stale from now on; those from before go on.
    ///
    /// # Panics
    /// If the mark is of another tape, or of a part that was forgotten meanwhile.
    #[track_caller]
    pub fn rewind(&mut self, mark: Mark) {
        assert!(mark.tape == self.store.serial(), "rewind: the mark is of another tape");
        assert!(
            mark.last.is_none_or(|last| self.store.index_of(last) == Some(mark.len - 1)),
            "rewind: the mark is in a part of the recording that was cleared or rewound; rewind to the latest mark \
             first"
        );
        self.store.truncate(mark.len, End::Rewound);
    }

    /// Forgets everything, and keeps the memory: recording the same again allocates nothing.
    ///
    /// ```
    /// use wengert_autodiff::Tape;
    /// let mut tape = Tape::new();
    /// let x = tape.var(1.0);
    /// tape.clear();
    /// assert_eq!(tape.nodes(), 0);
    /// ```
    pub fn clear(&mut self) {
        self.store.truncate(0, End::Cleared);
    }

    /// How many nodes have been recorded, independent variables included. (One with three to eight parents is kept
    /// as nodes of two, and so counts as one less than it has parents.)
    ///
    /// ```
    /// use wengert_autodiff::Tape;
    /// let tape = Tape::new();
    /// let x = tape.var(1.0);
    /// let _ = x * x + 1.0;
    /// assert_eq!(tape.nodes(), 3);
    /// ```
    pub fn nodes(&self) -> usize {
        self.store.len()
    }

    /// How many bytes the recorded nodes take. For `f64`: 24 for a node with one or two parents, and for each parent
    /// more up to eight; nodes with more take 56, and 16 a parent, or 8 where the parents were recorded one after the
    /// other; a term of a sum takes 4.
    ///
    /// ```
    /// use wengert_autodiff::Tape;
    /// let tape = Tape::new();
    /// let x = tape.var(1.0);
    /// let _ = x * x;
    /// assert_eq!(tape.bytes(), 48);
    /// ```
    pub fn bytes(&self) -> usize {
        self.store.bytes()
    }

    /// The first node of a [`traced`](Tape::traced) recording whose value or one of whose partials is infinite or NaN.
    ///
    /// # Panics
    /// If the recording is not traced.
    ///
    /// ```
    /// use wengert_autodiff::Tape;
    /// let tape = Tape::traced();
    /// let x = tape.var(-1.0);
    /// assert!(tape.first_non_finite().is_none());
    /// let y = x.ln();
    /// assert!(tape.first_non_finite().unwrap().to_string().starts_with("ln at "));
    /// ```
    #[track_caller]
    pub fn first_non_finite(&self) -> Option<NonFinite<T>> {
        trace::first_non_finite(&self.store)
    }

    /// The recording as a graph in the DOT language of Graphviz, with partials at the edges and the adjoints of
    /// `y`; with names, values and source lines, too, if the recording is [`traced`](Tape::traced).
    ///
    /// ```
    /// use wengert_autodiff::Tape;
    /// let tape = Tape::traced();
    /// let x = tape.var(3.0);
    /// let dot = tape.graphviz(x * x);
    /// assert!(dot.contains("mul") && dot.contains("value 9"));
    /// ```
    ///
    /// # Panics
    /// If `y` was recorded elsewhere.
    #[track_caller]
    pub fn graphviz(&self, y: Var<T>) -> String
    where
        T: core::fmt::Display,
    {
        graphviz::draw(&self.store, &self.gradient(y))
    }
}

impl<T: Number> core::fmt::Debug for Tape<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Tape").field("nodes", &self.nodes()).field("bytes", &self.bytes()).finish()
    }
}
