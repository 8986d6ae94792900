//! How eigenvectors turn: the equation Y A − A Y = C for symmetric A.

use super::eigh::{parts, reciprocals};
use crate::element::Element;
use crate::ops::structural;
use crate::recording::{Arguments, Members, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// 𝒮(C): the smallest Y for which 𝓛(Y) = Y A − A Y is nearest to C. With the eigenvectors V and eigenvalues λ of A it
/// is V (VᵀCV/(λⱼ − λᵢ)) Vᵀ, where quotients of equal eigenvalues are 0.
///
/// The derivatives of eigenvectors are stated with it, and not with V and λ, because it exists without them: it is
/// the pseudoinverse of 𝓛, and so differentiates well where eigenvalues are equal, as long as they stay so, and where C
/// does not ask for the difference.
#[track_caller]
pub(super) fn solve_commutator<T: Element>(a: Var<T>, packed: Var<T>, c: Var<T>) -> Var<T> {
    let [values, v] = parts(packed.detach(), a.shape());
    let vt = v.transpose();
    let core = vt.matmul(c.detach()).matmul(v) * reciprocals(values);
    let value = v.matmul(core).matmul(vt);
    structural(SolveCommutator, &[a, packed, c, value], a.shape())
}

/// The operands are A, its packed eigenvalues and eigenvectors, C, and the value, which the last two give without
/// derivatives.
#[derive(Clone, Copy)]
struct SolveCommutator;

impl SolveCommutator {
    #[track_caller]
    fn again<T: Element>(at: &Arguments<'_, T>, c: Var<T>) -> Var<T> {
        solve_commutator(at.inputs[0], at.inputs[1], c)
    }

    /// The part of C that 𝓛(Y), with Y = 𝒮(C), does not reach.
    #[track_caller]
    fn rest<T: Element>(at: &Arguments<'_, T>, c: Var<T>, y: Var<T>) -> Var<T> {
        c - commutator(y, at.inputs[0])
    }
}

/// X Y − Y X
#[track_caller]
fn commutator<T: Element>(x: Var<T>, y: Var<T>) -> Var<T> {
    x.matmul(y) - y.matmul(x)
}

impl<T: Element> Operation<T> for SolveCommutator {
    fn name(&self) -> &'static str {
        "eigh"
    }

    fn forward(&self, inputs: &[&Tensor<T>], _: &Shape) -> Tensor<T> {
        inputs[3].clone()
    }

    /// The transpose of [`SolveCommutator::jvp`]; 𝓛, 𝒮 and the projection onto the rest are symmetric.
    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, w: Var<T>) -> Option<Var<T>> {
        let (c, y) = (at.inputs[2], at.output);
        match argument {
            0 => {
                let z = Self::again(at, w);
                let beyond = commutator(Self::rest(at, c, y).transpose(), Self::again(at, z));
                let rest = commutator(Self::again(at, y).transpose(), Self::rest(at, w, z));
                Some(beyond + rest - commutator(y.transpose(), z))
            }
            2 => Some(Self::again(at, w)),
            _ => None,
        }
    }

    /// The derivative of a pseudoinverse (Golub and Pereyra 1973) with 𝓛' (Y) = Y dA − dA Y, where N is the projection
    /// onto the rest: dY = 𝒮(dC) − 𝒮𝓛'(Y) + 𝒮𝒮𝓛'(N C) + N𝓛'(𝒮 Y).
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let (c, y) = (at.inputs[2], at.output);
        let moved = tangents[0].map(|da| {
            let beyond = Self::again(at, commutator(Self::rest(at, c, y), da)) - commutator(y, da);
            let in_rest = commutator(Self::again(at, y), da);
            let reached = Self::again(at, in_rest);
            Self::again(at, beyond) + Self::rest(at, in_rest, reached)
        });
        match (tangents[2].map(|dc| Self::again(at, dc)), moved) {
            (Some(direct), Some(moved)) => Some(direct + moved),
            (direct, moved) => direct.or(moved),
        }
    }

    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(*self))
    }
}
