//! Small functions that are recorded as one node.

use crate::real::Real;

/// A function of `N` numbers with `M` results, for numbers of every type.
///
/// Written as an `impl`, because it is called at more than one type, which a closure is not:
///
/// ```
/// use wengert_autodiff::{Function, Real, Tape};
///
/// /// A spring's pull at the place x, with respect to which it is stretched.
/// struct Spring {
///     stiffness: f64,
/// }
/// impl Function<2> for Spring {
///     fn call<R: Real>(&self, [x, rest]: [R; 2]) -> [R; 1] {
///         let stretch = x - rest;
///         [-(stretch * self.stiffness + stretch.powi(3))]
///     }
/// }
///
/// let tape = Tape::new();
/// let (x, rest) = (tape.var(3.0), tape.var(1.0));
/// let [pull] = Spring { stiffness: 2.0 }.fuse([x, rest]);
/// assert_eq!((pull.value(), tape.nodes()), (-12.0, 3));
/// assert_eq!(tape.gradient(pull).wrt_slice(&[x, rest]), [-14.0, 14.0]);
/// ```
///
/// For one result, and no name, [`fuse!`](crate::fuse!) is shorter.
pub trait Function<const N: usize, const M: usize = 1> {
    /// The results at x.
    fn call<R: Real>(&self, x: [R; N]) -> [R; M];

    /// The results at x, each recorded as **one node**, however many operations it takes.
    ///
    /// On a [`Var`](crate::Var), the function is evaluated with `N` tangents in registers (on a
    /// [`DualVec`](crate::DualVec)), and these are the partials of its nodes. So it is on a `DualVec` with at least twice as many
    /// tangents as `N`, whose results then get theirs by the chain rule. On other numbers, this is [`call`](Function::call).
    /// Values are the same to the bit, derivatives are correct to every order, and constants take part as constants.
    ///
    /// It pays for functions of few variables and more operations than these: each operation is done for every
    /// variable, too. For many variables, see [`preaccumulate`](crate::preaccumulate()).
    ///
    /// # Panics
    /// If the elements of x belong to different recordings, or to one that ended.
    #[inline]
    #[track_caller]
    fn fuse<R: Real>(&self, x: [R; N]) -> [R; M]
    where
        Self: Sized,
    {
        R::fuse(self, x)
    }
}

/// An expression of a few numbers, recorded as one node: [`Function::fuse`] in a line.
///
/// First the arguments, an array, then what reads like a closure with one result. A closure of this kind sees nothing of
/// what is around it but what it names, with the type, after a semicolon.
///
/// ```
/// use wengert_autodiff::{Real, Tape, fuse, gradient};
///
/// fn bell<R: Real>(x: &[R], width: f64) -> R {
///     fuse!([x[0], x[1]], |x, mean; width: f64| {
///         let z = (x - mean) / width;
///         (-z * z).exp()
///     })
/// }
/// assert_eq!(bell(&[1.0, 1.0], 2.0), 1.0);
/// assert_eq!(gradient(|x| bell(x, 2.0), &[1.0, 1.0]), [0.0, 0.0]);
///
/// let tape = Tape::new();
/// let x = tape.vars(&[3.0, 1.0]);
/// let y = fuse!([x[0], x[1]], |x, y| (x - y) * (x + y) / 2.0);
/// assert_eq!((y.value(), tape.nodes()), (4.0, 3));
/// assert_eq!(tape.gradient(y).wrt_slice(&x), [3.0, -1.0]);
/// ```
#[macro_export]
macro_rules! fuse {
    ($arguments:expr, |$($x:ident),+ $(; $($data:ident : $Data:ty),+)?| $body:expr) => {{
        struct Given {
            $($($data: $Data),+)?
        }
        impl $crate::Function<{ $crate::rules!(@count $($x)+) }> for Given {
            #[inline]
            fn call<R: $crate::Real>(
                &self,
                [$($x),+]: [R; { $crate::rules!(@count $($x)+) }],
            ) -> [R; 1] {
                $($(let $data = self.$data;)+)?
                [$body]
            }
        }
        let [result] = $crate::Function::fuse(&Given { $($($data),+)? }, $arguments);
        result
    }};
}
