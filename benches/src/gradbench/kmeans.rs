//! k-means: f(C) = Σᵢ minⱼ |Cⱼ − Pᵢ|², and its Newton direction ∇f / ∇²f, where the Hessian is diagonal.
//!
//! In forward over reverse mode: along v = (1, …, 1), the product ∇²f v is the diagonal, and it comes with the
//! gradient in one sweep. The square of a difference is one node.

use serde::Deserialize;
use wengert_autodiff::{Dual, Primitive, Real, fuse, gradient};

use super::rows::Rows;

#[derive(Deserialize)]
pub(super) struct Input {
    points: Rows,
    centroids: Rows,
}

fn squared_distance<R: Real>(point: &[f64], centroid: &[R]) -> R {
    point.iter().zip(centroid).map(|(&p, &c)| fuse!([c], |c; p: f64| (c - p) * (c - p))).sum()
}

/// Only the nearest centroid of a point contributes; which it is, the plain numbers tell.
fn total<R: Real>(points: &Rows, centroids: &[R]) -> R {
    let d = points.width;
    let values: Vec<f64> = centroids.iter().map(|c| c.primal().widen()).collect();
    let nearest = |point: &[f64]| {
        let distances = values.chunks_exact(d).map(|c| squared_distance(point, c));
        let smaller = |a: (_, f64), b: (_, f64)| if b.1 < a.1 { b } else { a };
        distances.enumerate().reduce(smaller).expect("there are centroids").0
    };
    points.iter().map(|p| squared_distance(p, &centroids[d * nearest(p)..][..d])).sum()
}

pub(super) fn cost(input: &Input) -> f64 {
    total(&input.points, &input.centroids.elements)
}

pub(super) fn direction(input: &Input) -> Rows {
    let centroids: Vec<_> = input.centroids.elements.iter().map(|&c| Dual::new(c, 1.0)).collect();
    let gradient = gradient(|c| total(&input.points, c), &centroids);
    let direction: Vec<f64> = gradient.iter().map(|g| g.value / g.tangent()).collect();
    input.centroids.reshape(&direction)
}
