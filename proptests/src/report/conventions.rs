//! The conventions at difficult points, each with the test that holds every mode to it.

/// One convention.
#[derive(Clone, Copy, Debug)]
pub struct Convention {
    /// The function and the point.
    pub place: &'static str,
    /// What holds there.
    pub convention: &'static str,
    /// The test in `tests/difficult_points.rs`.
    pub test: &'static str,
}

const fn row(place: &'static str, convention: &'static str, test: &'static str) -> Convention {
    Convention { place, convention, test }
}

/// All conventions about numbers.
pub const CONVENTIONS: &[Convention] = &[
    row("√x at 0", "+∞", "row_01_sqrt_at_zero"),
    row(
        "√x at 0, where its tangent or adjoint is zero",
        "0: an exact zero absorbs an infinity",
        "row_02_sqrt_at_zero_with_nothing_to_carry",
    ),
    row("‖x‖ at 0", "0 in every direction", "row_03_norm_at_zero"),
    row("hypot(0, 0)", "(0, 0), which absorbs an infinite adjoint", "row_04_hypot_at_zero"),
    row(
        "hypot of huge, tiny or vanishing arguments",
        "x/h and y/h; √(t⁴) is t² to all orders",
        "row_05_hypot_of_extreme_arguments",
    ),
    row("standard deviation of equal numbers", "0", "row_07_deviation_of_equal_numbers"),
    row(
        "variance of n numbers with correction n",
        "NaN for each of them",
        "row_08_variance_without_freedom",
    ),
    row("|x| at ±0", "0, whatever the sign", "row_09_abs_at_zero"),
    row("relu at ±0", "0", "row_10_relu_at_zero"),
    row("clamp at a bound", "1 in the closed interval, 0 outside", "row_11_clamp_at_a_bound"),
    row("max and min of equal numbers", "½ and ½", "row_12_max_and_min_of_equal_numbers"),
    row(
        "max and min with NaN",
        "1 for the argument that is the value",
        "row_14_max_and_min_with_nan",
    ),
    row(
        "xⁿ at 0 for a constant n",
        "0 for n = 0 and n > 1, 1 for n = 1, ∞ for 0 < n < 1, ±∞ for n < 0",
        "row_15_powers_of_zero",
    ),
    row("∂xʸ/∂y at x = 0, y > 0", "0", "row_16_exponent_of_zero"),
    row("∂xʸ/∂y at (0, 0)", "0; the value is 1", "row_17_zero_to_the_zero"),
    row(
        "xʸ for x < 0 and an integer y",
        "n xⁿ⁻¹; NaN in the direction of y",
        "row_18_powers_of_negative_numbers",
    ),
    row(
        "the derivative of order n + 1 of xⁿ at 0",
        "0",
        "row_19_one_derivative_more_than_the_power",
    ),
    row(
        "xⁿ beyond the range of numbers",
        "n xⁿ⁻¹ while that is in it",
        "row_20_powers_beyond_the_range",
    ),
    row("xⁿ for the least exponent", "no overflow of n − 1", "row_21_the_least_exponent"),
    row("x·0, x − x, x/x", "never simplified: NaN at ∞", "row_22_nothing_is_simplified"),
    row("atan2(0, 0)", "(0, 0)", "row_23_atan2_at_zero"),
    row("atan2 on the axes", "regular: x/(x² + y²), −y/(x² + y²)", "row_24_atan2_on_the_axes"),
    row(
        "atan2 of huge and tiny arguments",
        "no overflow on the way",
        "row_25_atan2_of_extreme_arguments",
    ),
    row(
        "asin, acos, atanh near ±1",
        "(1 − x)(1 + x); ±∞ at ±1, NaN outside",
        "row_26_inverse_functions_near_one",
    ),
    row(
        "acosh near 1 and below",
        "±∞ at 1 (beyond the second order, sweeps over series may find ∞ − ∞ = NaN), NaN below",
        "row_27_acosh_near_one",
    ),
    row("atan and asinh of huge x", "x⁻² and 1/|x|", "row_28_atan_and_asinh_of_huge_arguments"),
    row(
        "logarithms at 0 and outside of their domain",
        "±∞ at ±0 (of ln(1 + x): at −1; of ln(1 − eˣ), −∞ to all orders), NaN outside",
        "row_29_logarithms_outside_their_domain",
    ),
    row("tanh of large x", "0, to all orders", "row_30_tanh_of_large_arguments"),
    row("division", "the value is a/b rounded once; −(a/b)/b", "row_31_division"),
    row("the tail of erfc", "relatively accurate", "row_32_tail_of_erfc"),
    row("∛x", "1/(3 ∛x²), also for x < 0; +∞ at 0", "row_33_cbrt"),
    row(
        "the branch that is not chosen",
        "contributes nothing, even if it is NaN",
        "row_34_branch_not_chosen",
    ),
    row(
        "log_sum_exp of −∞ only, and of equal numbers; softplus at 0",
        "0; equal shares; ½",
        "row_35_log_sum_exp_at_its_corners",
    ),
    row("x ln y at (0, 0)", "the value 0, ∂/∂y 0", "row_36_xlogy_at_zero"),
    row("products with zero factors", "the products of the others", "row_37_products_with_zeros"),
    row("sin x / x at and near 0", "accurate to the fourth order", "row_40_sinc_near_zero"),
    row(
        "numbers whose value is zero, with derivatives",
        "not skipped: only what is zero in all components",
        "row_41_zero_values_that_carry_derivatives",
    ),
    row("a number that is used twice", "its derivatives add up", "row_44_numbers_used_twice"),
    row("constant results: x⁰, x·0", "the gradient is zero, and exists", "row_46_constant_results"),
    row("x % y", "1 and −trunc(x/y), for the quotient of the value", "row_47_remainder"),
    row("floor, ceil, round, trunc, signum; fract", "0; 1", "row_48_steps"),
    row(
        "a test for zero in user code",
        "`==` looks at the value, `is_structural_zero` at all",
        "row_49_tests_for_zero",
    ),
    row("fused multiply–add", "all three derivatives", "row_50_mul_add"),
    row("subnormal numbers at a kink", "told from zero", "row_51_subnormal_numbers"),
    row("gelu", "constants of full precision", "row_52_gelu_constants"),
    row(
        "adjoints of −0",
        "sums begin at +0, so that the sign is lost in reverse mode",
        "row_53_negative_zero_adjoints",
    ),
    row(
        "series of roots at 0 and outside of the domain",
        "[0, ∞, …]; NaN in all coefficients",
        "row_54_series_of_roots",
    ),
    row(
        "rules of users in second order",
        "their curvature, in every mode",
        "row_55_curvature_of_user_rules",
    ),
];
