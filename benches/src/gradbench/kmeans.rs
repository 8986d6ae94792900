//! k-means: f(C) = Σᵢ minⱼ |Cⱼ − Pᵢ|², and its Newton direction ∇f / ∇²f, where the Hessian is diagonal.
//!
//! In forward over reverse mode, on arrays: along v = (1, …, 1), the product ∇²f v is the diagonal, and it comes with the
//! gradient.

use serde::Deserialize;
use wengert_tensor::{Tensor, Var, constant, evaluate, gradient, jvp};

use super::rows::Rows;

/// What the evaluation is given.
#[derive(Debug, Deserialize)]
pub struct Input {
    points: Rows,
    centroids: Rows,
}

/// The centroid that is nearest to each point.
fn nearest(points: &Tensor<f64>, centroids: &Tensor<f64>) -> Tensor<usize> {
    // |C − P|² without |P|², which is the same for all centroids
    let partial =
        centroids.map(|c| (c * c).sum_over(1) - constant(points).matmul(c.transpose()) * 2.0);
    partial.argmin_over(1)
}

fn total(points: &Tensor<f64>, nearest: &Tensor<usize>, centroids: Var<f64>) -> Var<f64> {
    let distance = centroids.index_select(0, nearest.clone()) - points;
    (distance * distance).sum()
}

pub(super) fn cost(input: &Input) -> f64 {
    let [points, centroids] = [&input.points, &input.centroids].map(Tensor::from);
    let nearest = nearest(&points, &centroids);
    evaluate(&centroids, |c| total(&points, &nearest, c)).item()
}

/// ∇f / ∇²f
pub fn direction(input: &Input) -> Rows {
    let [points, centroids] = [&input.points, &input.centroids].map(Tensor::from);
    let nearest = nearest(&points, &centroids);
    let slope = |c: Var<f64>| gradient(&c, |c| total(&points, &nearest, c));
    let along = Tensor::ones(centroids.shape().clone());
    let (slope, diagonal) = jvp(slope, &centroids, &along);
    slope.map(|slope| slope / &diagonal).into()
}
