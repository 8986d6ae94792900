//! The macro that reads rows of the rule table.

/// Declares functions by rows of value and derivative, for every number type at once.
///
/// The library's own table is written with it; yours looks the same. A row names the method, its
/// arguments (after a semicolon, plain parameters, with the samples that tests use), after `->` the
/// result if the derivative uses it, and the rule's type. Then:
///
/// - `value`: the function on machine numbers, generic over `F: `[`Primitive`](crate::Primitive);
/// - `partials`: one derivative for each argument, generic over `R: `[`Number`](crate::Number), so
///   that it can be differentiated again;
/// - `smooth`: whether all derivatives exist near the arguments (here plain `f64`);
/// - optionally `series`: the recurrence of the Taylor coefficients, `|[x, …], value| …`.
///
/// The rows become methods of a trait that every [`Number`](crate::Number) implements.
///
/// ```
/// use wengert_autodiff::{derivative, derivatives, gradient};
///
/// wengert_autodiff::rules! {
///     /// Functions of our own.
///     pub trait OurFunctions;
///
///     /// The Gaussian bell, exp(−x²).
///     bell(x) -> y = Bell {
///         value: (-x * x).exp(),
///         partials: [R::lit(-2.0) * x * y],
///         smooth: true,
///     }
/// }
/// assert_eq!(derivative(|x| x.bell(), 0.0), 0.0);
/// // f″ = (4x² − 2) exp(−x²)
/// assert_eq!(derivatives::<2>(|x| x.bell(), 0.0)[2], -2.0);
/// assert_eq!(gradient(|x| x[0].bell() * x[1], &[0.0, 3.0]), [0.0, 1.0]);
/// ```
#[macro_export]
macro_rules! rules {
    (
        $(#[$family_doc:meta])*
        $vis:vis trait $Family:ident;
        $(
            $(#[$doc:meta])*
            $name:ident($first:ident $(, $other:ident)* $(; $p:ident : $P:ident in $samples:expr)?) $(-> $y:ident)? = $Rule:ident {
                value: $value:expr,
                partials: [$($partial:expr),+ $(,)?],
                smooth: $smooth:expr,
                $(series: $series:expr,)?
            }
        )+
    ) => {
        $(#[$family_doc])*
        $vis trait $Family: Sized {
            $(
                $(#[$doc])*
                #[inline]
                #[track_caller]
                fn $name(self $(, $other: impl Into<Self>)* $(, $p: $P)?) -> Self
                where
                    Self: $crate::Number,
                {
                    $crate::Number::apply($Rule { $($p)? }, [self $(, $other.into())*])
                }
            )+

            /// Calls the visitor for each rule of this family.
            fn visit_rules(visitor: &mut impl $crate::RuleVisitor) {
                $( $crate::rules!(@visit visitor $Rule $($p in $samples)?); )+
            }
        }

        impl<N: $crate::Number> $Family for N {}

        $(
            #[doc = concat!("The rule of [`", stringify!($name), "`](", stringify!($Family), "::", stringify!($name), ").")]
            #[derive(Clone, Copy, Debug)]
            $vis struct $Rule {
                $(
                    /// The parameter of the function.
                    pub $p: $P
                )?
            }

            impl $crate::Rule<{ $crate::rules!(@count $first $($other)*) }> for $Rule {
                const NAME: &'static str = stringify!($name);
                const USES_VALUE: bool = $crate::rules!(@count $($y)?) != 0;

                #[inline]
                fn value<F: $crate::Primitive>(self, [$first $(, $other)*]: [F; { $crate::rules!(@count $first $($other)*) }]) -> F {
                    $(let $p = self.$p;)?
                    $value
                }

                // (Loops over arrays vectorise only if nothing in them is called.)
                #[inline(always)]
                #[allow(unused)]
                fn partial<R: $crate::Number>(self, argument: usize, [$first $(, $other)*]: [R; { $crate::rules!(@count $first $($other)*) }], value: R) -> R {
                    $(let $p = self.$p;)?
                    $(let $y = value;)?
                    let mut current = 0;
                    $(
                        if argument == current {
                            return $partial;
                        }
                        current += 1;
                    )+
                    unreachable!("{} has {current} arguments", stringify!($name))
                }

                #[inline]
                #[allow(unused)]
                fn smooth(self, [$first $(, $other)*]: [f64; { $crate::rules!(@count $first $($other)*) }]) -> bool {
                    $(let $p = self.$p;)?
                    $smooth
                }

                $crate::rules!(@series [$($series)?] [$first $($other)*] [$($p)?]);
            }
        )+
    };
    (@series [] $arguments:tt $parameter:tt) => {};
    (@series [$series:expr] [$($argument:ident)+] [$($p:ident)?]) => {
        #[inline]
        #[allow(unused)]
        fn series<T: $crate::Number, const N: usize>(
            self,
            x: [$crate::Taylor<T, N>; { $crate::rules!(@count $($argument)+) }],
            value: T,
        ) -> $crate::Taylor<T, N> {
            // (A function to which the closure is passed tells it the types of its arguments.)
            fn call<X, T, Y>(series: impl FnOnce(X, T) -> Y, x: X, value: T) -> Y {
                series(x, value)
            }
            $(let $p = self.$p;)?
            call($series, x, value)
        }
    };
    (@visit $visitor:ident $Rule:ident) => { $visitor.visit($Rule {}) };
    (@visit $visitor:ident $Rule:ident $p:ident in $samples:expr) => {
        for $p in $samples {
            $visitor.visit($Rule { $p });
        }
    };
    (@count) => { 0 };
    (@count $head:ident $($tail:ident)*) => { 1 + $crate::rules!(@count $($tail)*) };
}

/// One family of the library's table: the rows, and the same names as inherent methods, so that
/// `x.sin()` on a concrete type needs no import, and stays unambiguous beside `num_traits::Float`.
macro_rules! family {
    (
        $(#[$family_doc:meta])*
        $vis:vis trait $Family:ident;
        $(
            $(#[$doc:meta])*
            $name:ident($first:ident $(, $other:ident)* $(; $p:ident : $P:ident in $samples:expr)?) $(-> $y:ident)? = $Rule:ident { $($body:tt)* }
        )+
    ) => {
        $crate::rules! {
            $(#[$family_doc])*
            $vis trait $Family;
            $(
                $(#[$doc])*
                $name($first $(, $other)* $(; $p : $P in $samples)?) $(-> $y)? = $Rule { $($body)* }
            )+
        }

        family!(@inherent [T: $crate::Number, const N: usize] $crate::dual::DualVec<T, N>; $Family; $( $name($($other),*) ($($p: $P)?); )+);
        family!(@inherent [T: $crate::Number, const N: usize] $crate::taylor::Taylor<T, N>; $Family; $( $name($($other),*) ($($p: $P)?); )+);
        family!(@inherent [T: $crate::Number] $crate::var::Var<T>; $Family; $( $name($($other),*) ($($p: $P)?); )+);
    };
    (@inherent [$($generics:tt)*] $Type:ty; $Family:ident; $( $name:ident($($other:ident),*) ($($p:ident : $P:ident)?); )+) => {
        impl<$($generics)*> $Type {
            $(
                #[doc = concat!("See [`", stringify!($Family), "::", stringify!($name), "`](crate::rules::", stringify!($Family), "::", stringify!($name), ").")]
                #[inline]
                #[track_caller]
                pub fn $name(self $(, $other: impl Into<Self>)* $(, $p: $P)?) -> Self {
                    $Family::$name(self $(, $other)* $(, $p)?)
                }
            )+
        }
    };
}
pub(crate) use family;
