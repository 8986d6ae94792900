//! Hand tracking: how far measured points are from the skin of a hand, whose bones are bent by 26 parameters θ.
//!
//! In forward mode: each number carries a tangent for every element of θ, and, where there are such coordinates,
//! two for the place u on its triangle that belongs to a measured point. All points share these two tangents,
//! because no error depends on the u of another: the Jacobian comes out compressed, in one evaluation.

use std::array::from_fn;

use serde::Deserialize;
use wengert_autodiff::{DualVec, Real};

use super::rows::Rows;

/// How many parameters bend the hand.
const THETA: usize = 26;

#[derive(Deserialize)]
pub(super) struct Input {
    theta: Vec<f64>,
    data: Data,
    us: Vec<[f64; 2]>,
}

#[derive(Deserialize)]
struct Data {
    model: Model,
    correspondences: Vec<usize>,
    points: Vec<[f64; 3]>,
}

#[derive(Deserialize)]
struct Model {
    parents: Vec<i32>,
    base_relatives: Vec<[[f64; 4]; 4]>,
    inverse_base_absolutes: Vec<[[f64; 4]; 4]>,
    base_positions: Vec<[f64; 4]>,
    weights: Rows,
    triangles: Vec<[usize; 3]>,
    is_mirrored: bool,
}

/// An affine transform: the first three rows of a matrix whose last is 0 0 0 1.
type Transform<R> = [[R; 4]; 3];

fn after<R: Real>(a: &Transform<R>, b: &Transform<R>) -> Transform<R> {
    let element = |i: usize, j: usize| a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j];
    from_fn(|i| from_fn(|j| if j == 3 { element(i, j) + a[i][3] } else { element(i, j) }))
}

fn constant<R: Real>(a: &[[f64; 4]; 4]) -> Transform<R> {
    from_fn(|i| a[i].map(R::from))
}

fn identity<R: Real>() -> Transform<R> {
    from_fn(|i| from_fn(|j| if i == j { R::one() } else { R::zero() }))
}

/// Bends a joint about its x-axis, then spreads it about its z-axis.
fn joint<R: Real>(bend: R, spread: R) -> Transform<R> {
    let (s, c, sin, cos) = (bend.sin(), bend.cos(), spread.sin(), spread.cos());
    let zero = R::zero();
    [[cos, -sin * c, sin * s, zero], [sin, cos * c, -cos * s, zero], [zero, s, c, zero]]
}

/// Turns about an axis by its length.
fn rotation<R: Real>(axis: &[R]) -> Transform<R> {
    let angle = (axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2]).sqrt();
    if angle < 1e-4 {
        return identity();
    }
    let [x, y, z] = [axis[0] / angle, axis[1] / angle, axis[2] / angle];
    let (s, c, zero) = (angle.sin(), angle.cos(), R::zero());
    let across = [[zero, -z, y], [z, zero, -x], [-y, x, zero]];
    let along = [x, y, z].map(|a| [x, y, z].map(|b| a * b * (-c + 1.0)));
    let element = |i: usize, j: usize| along[i][j] + across[i][j] * s;
    from_fn(|i| {
        from_fn(|j| match j {
            3 => zero,
            _ if i == j => element(i, j) + c,
            _ => element(i, j),
        })
    })
}

/// By θ, the first six elements of which place the whole hand, four more bend each finger: how each bone moves the skin.
fn bones<R: Real>(model: &Model, theta: &[R]) -> Vec<Transform<R>> {
    let mut joints = vec![identity(); model.parents.len()];
    for (finger, angles) in theta[6..].chunks_exact(4).enumerate() {
        let first = 2 + 4 * finger;
        joints[first] = joint(angles[0], angles[1]);
        joints[first + 1] = joint(angles[2], R::zero());
        joints[first + 2] = joint(angles[3], R::zero());
    }
    let mut absolutes: Vec<Transform<R>> = Vec::new();
    for ((joint, base), &parent) in joints.iter().zip(&model.base_relatives).zip(&model.parents) {
        let relative = after(&constant(base), joint);
        let parent = usize::try_from(parent).ok();
        absolutes.push(parent.map_or(relative, |parent| after(&absolutes[parent], &relative)));
    }
    let inverses = &model.inverse_base_absolutes;
    absolutes.iter().zip(inverses).map(|(bone, inverse)| after(bone, &constant(inverse))).collect()
}

/// Where the vertices of the skin are: each follows some of the bones.
fn skin<R: Real>(model: &Model, theta: &[R]) -> Vec<[R; 3]> {
    let (rotation, translation) = (rotation(&theta[..3]), [theta[3], theta[4], theta[5]]);
    let mut bones = bones(model, theta);
    for bone in &mut bones {
        if model.is_mirrored {
            bone[0] = bone[0].map(|element| -element);
        }
        *bone = after(&rotation, bone);
    }
    let vertex = |(p, weights): (&[f64; 4], &[f64])| {
        let mut position = translation;
        let followed = weights.iter().zip(&bones).filter(|&(&weight, _)| weight != 0.0);
        for (&weight, bone) in followed {
            for (sum, row) in position.iter_mut().zip(bone) {
                for (&element, p) in row.iter().zip(p) {
                    *sum += element * (weight * p);
                }
            }
        }
        position
    };
    model.base_positions.iter().zip(model.weights.iter()).map(vertex).collect()
}

/// The measured points, minus the points of the skin that they belong to: vertices, or places on triangles.
fn errors<R: Real>(data: &Data, theta: &[R], us: impl Iterator<Item = [R; 2]>) -> Vec<R> {
    let skin = skin(&data.model, theta);
    let on_triangle = |(&triangle, [u, v]): (&usize, [R; 2])| {
        let [a, b, c] = data.model.triangles[triangle].map(|vertex| skin[vertex]);
        let w = -(u + v) + 1.0;
        from_fn(|i| u * a[i] + v * b[i] + w * c[i])
    };
    let mut us = us.peekable();
    let places: Vec<[R; 3]> = if us.peek().is_some() {
        data.correspondences.iter().zip(us).map(on_triangle).collect()
    } else {
        data.correspondences.iter().map(|&vertex| skin[vertex]).collect()
    };
    let errors = data.points.iter().zip(places);
    errors.flat_map(|(point, place)| from_fn::<R, 3, _>(|i| -place[i] + point[i])).collect()
}

pub(super) fn objective(input: &Input) -> Vec<f64> {
    errors(&input.data, &input.theta, input.us.iter().copied())
}

pub(super) fn jacobian(input: &Input) -> Rows {
    if input.us.is_empty() { columns::<THETA>(input) } else { columns::<{ 2 + THETA }>(input) }
}

/// The Jacobian of N columns, of which the last ones belong to θ.
fn columns<const N: usize>(input: &Input) -> Rows {
    let variable = |(k, &x)| DualVec::<f64, N>::variable(x, N - THETA + k);
    let theta: Vec<_> = input.theta.iter().enumerate().map(variable).collect();
    let us = input.us.iter().map(|u| from_fn(|k| DualVec::variable(u[k], k)));
    let errors = errors(&input.data, &theta, us);
    let elements = errors.iter().flat_map(|error| error.tangents).collect();
    Rows { height: errors.len(), width: N, elements }
}
