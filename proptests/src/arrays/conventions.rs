//! The conventions at the difficult points of arrays, each with the test that holds both modes to it.

use crate::report::conventions::Convention;

const fn row(place: &'static str, convention: &'static str, test: &'static str) -> Convention {
    Convention { place, convention, test }
}

/// All conventions about arrays; tests are in `tests/arrays_difficult_points.rs`.
pub const CONVENTIONS: &[Convention] = &[
    row("norms of zeros, of any axes", "0 in every direction", "row_03_norms_of_zeros"),
    row(
        "distances of pairs of points that coincide; p < 1 with a zero component",
        "0",
        "row_06_distances_of_pairs",
    ),
    row("standard deviation of equal elements", "0", "row_07_deviations_of_constants"),
    row(
        "variance of n elements with correction n",
        "NaN for each of them",
        "row_08_variances_without_freedom",
    ),
    row("relu of an array with zeros", "0 there", "row_10_relu_at_zero"),
    row(
        "max and min of two arrays, where elements are equal",
        "½ and ½, summed to the shape of each",
        "row_12_ties_of_two_arrays",
    ),
    row("largest and smallest elements, if several", "equal shares", "row_13_ties_within_an_array"),
    row(
        "elements that `select` does not choose",
        "contribute nothing, even if they are NaN",
        "row_34_elements_that_are_not_chosen",
    ),
    row(
        "log_sum_exp of −∞ only, and of equal elements",
        "0; equal shares",
        "row_35_log_sum_exp_at_its_corners",
    ),
    row(
        "x ln y at zeros; cross entropy of impossible classes that do not occur",
        "0",
        "row_36_entropy_of_zeros",
    ),
    row(
        "products and running products with zero factors",
        "the products of the others, to all orders",
        "row_37_products_with_zeros",
    ),
    row(
        "determinants of singular matrices",
        "the cofactors, to all orders",
        "row_38_determinants_of_singular_matrices",
    ),
    row(
        "equal eigenvalues and singular values",
        "finite; right for what depends on the values, or on the space of equal ones as a whole",
        "row_39_equal_eigenvalues_and_singular_values",
    ),
    row(
        "scatter, scatter_add: the array that is written to",
        "0 where it is overwritten, 1 where it is added to",
        "row_42_scatter_and_its_sum",
    ),
    row(
        "pooling of largest elements",
        "the whole derivative to one of them, the first",
        "row_43_pooling_of_largest_elements",
    ),
    row("an array that is used twice", "its derivatives add up", "row_44_arrays_used_twice"),
    row(
        "operands that broadcast",
        "derivatives summed to their shape, also to a single number",
        "row_45_operands_that_broadcast",
    ),
    row(
        "constant results: x⁰, no elements, x·0",
        "the gradient is zero, and exists",
        "row_46_constant_results",
    ),
    row(
        "Cholesky factors",
        "of the symmetric part: the gradient is symmetric",
        "row_56_cholesky_factors",
    ),
];
