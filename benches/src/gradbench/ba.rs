//! Bundle adjustment: where cameras see points, compared with where they should, and a sparse Jacobian of this.
//!
//! In forward mode: an observation depends on 11 parameters of its camera, 3 coordinates of its point and its
//! weight, so that numbers with 15 tangents give its two rows at once. The rotation in it, a function of six numbers, gets by with
//! six tangents of its own.

use std::array::from_fn;

use rayon::prelude::*;
use serde::{Deserialize, Serialize, Serializer};
use wengert_autodiff::{DualVec, Function, Real, derivative};

const CAMERA: usize = 11;
const POINT: usize = 3;
const BLOCK: usize = CAMERA + POINT + 1;

/// `n` equal cameras, `m` equal points, and `p` equal observations.
#[derive(Deserialize)]
struct Sample {
    n: usize,
    m: usize,
    p: usize,
    cam: [f64; CAMERA],
    x: [f64; POINT],
    w: f64,
    feat: [f64; 2],
}

#[derive(Deserialize)]
#[serde(from = "Sample")]
pub(super) struct Input {
    cameras: Vec<[f64; CAMERA]>,
    points: Vec<[f64; POINT]>,
    observations: Vec<Observation>,
}

struct Observation {
    camera: usize,
    point: usize,
    weight: f64,
    feature: [f64; 2],
}

impl From<Sample> for Input {
    fn from(Sample { n, m, p, cam, x, w, feat }: Sample) -> Self {
        let observation = |i| Observation { camera: i % n, point: i % m, weight: w, feature: feat };
        Self {
            cameras: vec![cam; n],
            points: vec![x; m],
            observations: (0..p).map(observation).collect(),
        }
    }
}

fn dot<R: Real>(a: [R; 3], b: [R; 3]) -> R {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross<R: Real>(a: [R; 3], b: [R; 3]) -> [R; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// A vector (the last three), turned about an axis (the first three), by the axis' length (Rodrigues' formula).
struct Rotation;

impl Function<6, 3> for Rotation {
    fn call<R: Real>(&self, [a, b, c, x, y, z]: [R; 6]) -> [R; 3] {
        let (axis, x) = ([a, b, c], [x, y, z]);
        let squared_angle = dot(axis, axis);
        if squared_angle == 0.0 {
            let across = cross(axis, x);
            return [x[0] + across[0], x[1] + across[1], x[2] + across[2]];
        }
        let angle = squared_angle.sqrt();
        let (sin, cos) = (angle.sin(), angle.cos());
        let axis = [a / angle, b / angle, c / angle];
        let (across, along) = (cross(axis, x), dot(axis, x) * (-cos + 1.0));
        let turned = |i: usize| x[i] * cos + across[i] * sin + axis[i] * along;
        [turned(0), turned(1), turned(2)]
    }
}

/// The error of an observation: weight · (projection − feature).
fn reprojection_error<R: Real>(parameters: [R; BLOCK], feature: [f64; 2]) -> [R; 2] {
    let [r0, r1, r2, c0, c1, c2, focus, u, v, k1, k2, x0, x1, x2, weight] = parameters;
    let [x, y, z] = Rotation.fuse([r0, r1, r2, x0 - c0, x1 - c1, x2 - c2]);
    let [x, y] = [x / z, y / z];
    let squared_radius = x * x + y * y;
    let distortion = squared_radius * k1 + squared_radius * squared_radius * k2 + 1.0;
    let scale = distortion * focus;
    [weight * (x * scale + u - feature[0]), weight * (y * scale + v - feature[1])]
}

/// Keeps weights near 1.
fn weight_error<R: Real>(weight: R) -> R {
    -(weight * weight) + 1.0
}

impl Input {
    fn parameters(&self, observation: &Observation) -> [f64; BLOCK] {
        let (camera, point) = (self.cameras[observation.camera], self.points[observation.point]);
        let mut all = camera.into_iter().chain(point).chain([observation.weight]);
        from_fn(|_| all.next().expect("there are 15"))
    }
}

#[derive(Serialize)]
pub(super) struct Errors {
    #[serde(rename = "reproj_error", serialize_with = "first_pair")]
    reprojection: Vec<[f64; 2]>,
    #[serde(rename = "w_err", serialize_with = "first")]
    weight: Vec<f64>,
}

/// Because all observations are equal, the first errors stand for all in the output.
fn first_pair<S: Serializer>(errors: &[[f64; 2]], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Repeated {
        elements: [f64; 2],
        repeated: usize,
    }
    Repeated { elements: errors[0], repeated: errors.len() }.serialize(serializer)
}

fn first<S: Serializer>(errors: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Repeated {
        element: f64,
        repeated: usize,
    }
    Repeated { element: errors[0], repeated: errors.len() }.serialize(serializer)
}

pub(super) fn objective(input: &Input) -> Errors {
    let observations = input.observations.par_iter();
    Errors {
        reprojection: observations
            .clone()
            .map(|o| reprojection_error(input.parameters(o), o.feature))
            .collect(),
        weight: observations.map(|o| weight_error(o.weight)).collect(),
    }
}

/// A sparse matrix by rows: the elements of row i are those from `rows[i]` up to `rows[i + 1]`.
#[derive(Serialize)]
pub(super) struct Jacobian {
    #[serde(serialize_with = "ends")]
    rows: Vec<u32>,
    #[serde(serialize_with = "ends")]
    cols: Vec<u32>,
    #[serde(serialize_with = "ends")]
    vals: Vec<f64>,
}

/// Because all blocks are equal, the first and the last element stand for all in the output.
fn ends<T: Serialize, S: Serializer>(list: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(list.iter().take(2 * BLOCK).chain(list.last()))
}

pub(super) fn jacobian(input: &Input) -> Jacobian {
    let (n, m, p) = (input.cameras.len(), input.points.len(), input.observations.len());
    let elements = 2 * BLOCK * p + p;
    let (mut cols, mut vals) = (vec![0; elements], vec![0.0; elements]);
    let (block_cols, weight_cols) = cols.split_at_mut(2 * BLOCK * p);
    let (block_vals, weight_vals) = vals.split_at_mut(2 * BLOCK * p);
    let blocks =
        block_cols.par_chunks_exact_mut(2 * BLOCK).zip(block_vals.par_chunks_exact_mut(2 * BLOCK));
    let weights = weight_cols.par_iter_mut().zip(weight_vals);
    let weight_col = |i| (CAMERA * n + POINT * m + i) as u32;

    let observations = input.observations.par_iter().enumerate();
    observations.zip(blocks).zip(weights).for_each(|(((i, o), (cols, vals)), (col, val))| {
        let values = input.parameters(o);
        let parameters = from_fn(|k| DualVec::<f64, BLOCK>::variable(values[k], k));
        let [x, y] = reprojection_error(parameters, o.feature);
        vals[..BLOCK].copy_from_slice(&x.tangents);
        vals[BLOCK..].copy_from_slice(&y.tangents);

        for cols in cols.chunks_exact_mut(BLOCK) {
            let camera = CAMERA * o.camera..;
            let point = CAMERA * n + POINT * o.point..;
            let columns = camera.take(CAMERA).chain(point.take(POINT)).map(|k| k as u32);
            cols.iter_mut().zip(columns.chain([weight_col(i)])).for_each(|(col, k)| *col = k);
        }
        (*col, *val) = (weight_col(i), derivative(weight_error, o.weight));
    });

    let blocks = (0..2 * p).map(|row| BLOCK * row);
    let rows = blocks.chain((0..=p).map(|row| 2 * BLOCK * p + row)).map(|k| k as u32).collect();
    Jacobian { rows, cols, vals }
}
