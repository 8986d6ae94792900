//! Random programs: straight lines, loops, branches, reuse, dead code and constants.
//!
//! A [`Program`] works on a few registers, so that statements overwrite and reuse each other's results. It runs
//! on every number type. proptest generates programs and shrinks them: to fewer statements, shorter
//! loops and rounder constants.

use core::fmt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use wengert_autodiff::{Real, rules};

use crate::check::{Function, numbers};

/// How many registers a program works on.
pub const REGISTERS: usize = 6;

/// The registers that are results: one that starts as an input, and one that does not.
pub const RESULTS: [Register; 2] = [0, REGISTERS - 1];

/// How often a `while` goes round at most.
const MOST_ROUNDS: usize = 5;

/// A register, by its number.
pub type Register = usize;

/// A function of one number.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Unary {
    Neg,
    Abs,
    Square,
    Cube,
    Recip,
    Sqrt,
    Exp,
    Ln,
    Sin,
    Cos,
    Tanh,
    Atan,
    Erf,
    Sigmoid,
    Relu,
    Floor,
}

/// A function of two numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Powf,
    Hypot,
    Atan2,
    Min,
    Max,
    AddAssign,
    MulAssign,
}

/// An operation of a number with a literal.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Literal {
    Add,
    Sub,
    Mul,
    Div,
    Load,
}

/// A function of several numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Slice {
    Sum,
    IteratorSum,
    IteratorProduct,
    DotWithItself,
    Norm,
    Prod,
    LogSumExp,
}

/// A statement of a program.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// `to = op(x)`
    Unary(Register, Unary, Register),
    /// `to = x op y`
    Binary(Register, Binary, Register, Register),
    /// `to = x op literal`
    Literal(Register, Literal, Register, f64),
    /// `to = x.mul_add(a, b)`
    MulAdd(Register, [Register; 3]),
    /// `to = to.clamp(-1.5, high.max(0.0))`
    Clamp(Register, Register),
    /// `to = op(&[…])`
    Slice(Register, Slice, Vec<Register>),
    /// `if a < b { … } else { … }`
    If([Register; 2], Vec<Statement>, Vec<Statement>),
    /// `for _ in 0..times { … }`
    For(usize, Vec<Statement>),
    /// `while x < limit { … }`, a few rounds at most
    While(Register, f64, Vec<Statement>),
}

/// A program of some inputs: they are in the first registers at the beginning, and constants in the others.
#[derive(Clone, PartialEq)]
pub struct Program {
    /// How many inputs it has.
    pub inputs: usize,
    /// What is in the registers before the inputs are put there.
    pub constants: [f64; REGISTERS],
    /// What it does.
    pub body: Vec<Statement>,
}

impl fmt::Debug for Program {
    /// On one line, also where `{:#?}` is asked for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inputs, constants, body } = self;
        write!(f, "Program {{ inputs: {inputs}, constants: {constants:?}, body: {body:?} }}")
    }
}

fn unary<R: Real>(op: Unary, x: R) -> R {
    match op {
        Unary::Neg => -x,
        Unary::Abs => x.abs(),
        Unary::Square => x * x,
        Unary::Cube => x.powi(3),
        Unary::Recip => x.recip(),
        Unary::Sqrt => x.sqrt(),
        Unary::Exp => x.exp(),
        Unary::Ln => x.ln(),
        Unary::Sin => x.sin(),
        Unary::Cos => x.cos(),
        Unary::Tanh => x.tanh(),
        Unary::Atan => x.atan(),
        Unary::Erf => x.erf(),
        Unary::Sigmoid => x.sigmoid(),
        Unary::Relu => x.relu(),
        // (Large numbers are integers, all of them; the steps are between small ones.)
        Unary::Floor => (x.atan() * 2.0).floor(),
    }
}

fn binary<R: Real>(op: Binary, x: R, y: R) -> R {
    match op {
        Binary::Add => x + y,
        Binary::Sub => x - y,
        Binary::Mul => x * y,
        Binary::Div => x / y,
        // (So that the teeth of the saw are not too fine for differences.)
        Binary::Rem => x % (y.abs() + 0.5),
        Binary::Powf => (x.abs() + 0.5).powf(y),
        Binary::Hypot => x.hypot(y),
        Binary::Atan2 => x.atan2(y),
        Binary::Min => x.min(y),
        Binary::Max => x.max(y),
        Binary::AddAssign => {
            let mut x = x;
            x += y;
            x
        }
        Binary::MulAssign => {
            let mut x = x;
            x *= &y;
            x
        }
    }
}

fn with_literal<R: Real>(op: Literal, x: R, c: f64) -> R {
    match op {
        Literal::Add => x + c,
        Literal::Sub => x - c,
        Literal::Mul => x * c,
        Literal::Div => x / c,
        Literal::Load => R::from(c),
    }
}

fn slice<R: Real>(op: Slice, x: &[R]) -> R {
    match op {
        Slice::Sum => rules::sum(x),
        // (Of no numbers, `f64` has −0, and a number type in general 0.)
        Slice::IteratorSum => x.iter().sum::<R>() + 0.0,
        Slice::IteratorProduct => x.iter().product(),
        Slice::DotWithItself => rules::dot(x, x),
        Slice::Norm => rules::norm(x),
        Slice::Prod => rules::prod(x),
        Slice::LogSumExp => rules::log_sum_exp(x),
    }
}

fn run<R: Real>(body: &[Statement], r: &mut [R; REGISTERS]) {
    for statement in body {
        match *statement {
            Statement::Unary(to, op, x) => r[to] = unary(op, r[x]),
            Statement::Binary(to, op, x, y) => r[to] = binary(op, r[x], r[y]),
            Statement::Literal(to, op, x, c) => r[to] = with_literal(op, r[x], c),
            Statement::MulAdd(to, [x, a, b]) => r[to] = r[x].mul_add(r[a], r[b]),
            Statement::Clamp(to, high) => {
                // (Bounds that are NaN panic; of a NaN and 0, `max` is 0.)
                r[to] = r[to].clamp(R::from(-1.5), r[high].max(0.0));
            }
            Statement::Slice(to, op, ref from) => {
                let x: Vec<R> = from.iter().map(|&x| r[x]).collect();
                r[to] = slice(op, &x);
            }
            Statement::If([a, b], ref yes, ref no) => run(if r[a] < r[b] { yes } else { no }, r),
            Statement::For(times, ref body) => (0..times).for_each(|_| run(body, r)),
            Statement::While(x, limit, ref body) => {
                let mut rounds = 0;
                while r[x] < limit && rounds < MOST_ROUNDS {
                    run(body, r);
                    rounds += 1;
                }
            }
        }
    }
}

impl Function for Program {
    fn call<R: Real>(&self, x: &[R]) -> Vec<R> {
        let mut registers = self.constants.map(R::from);
        registers[..self.inputs].copy_from_slice(x);
        run(&self.body, &mut registers);
        RESULTS.map(|register| registers[register]).to_vec()
    }
    fn name(&self) -> String {
        format!("{self:?}")
    }
}

fn register() -> std::ops::Range<Register> {
    0..REGISTERS
}

/// A statement without statements in it.
fn simple() -> impl Strategy<Value = Statement> + Clone {
    // (The first is what shrinking tries.)
    let tame = select(
        &[
            Unary::Neg,
            Unary::Sin,
            Unary::Cos,
            Unary::Tanh,
            Unary::Atan,
            Unary::Erf,
            Unary::Sigmoid,
            Unary::Square,
        ][..],
    );
    let wild = select(
        &[
            Unary::Abs,
            Unary::Relu,
            Unary::Floor,
            Unary::Cube,
            Unary::Recip,
            Unary::Sqrt,
            Unary::Exp,
            Unary::Ln,
        ][..],
    );
    let binary = select(
        &[
            Binary::Add,
            Binary::Sub,
            Binary::Mul,
            Binary::AddAssign,
            Binary::MulAssign,
            Binary::Div,
            Binary::Min,
            Binary::Max,
            Binary::Hypot,
            Binary::Atan2,
            Binary::Powf,
            Binary::Rem,
        ][..],
    );
    let literal =
        select(&[Literal::Load, Literal::Add, Literal::Sub, Literal::Mul, Literal::Div][..]);
    let slice = select(
        &[
            Slice::Sum,
            Slice::IteratorSum,
            Slice::IteratorProduct,
            Slice::DotWithItself,
            Slice::Norm,
            Slice::Prod,
            Slice::LogSumExp,
        ][..],
    );
    let r = register;
    prop_oneof![
        6 => (r(), tame, r()).prop_map(|(to, op, x)| Statement::Unary(to, op, x)),
        2 => (r(), wild, r()).prop_map(|(to, op, x)| Statement::Unary(to, op, x)),
        6 => (r(), binary, r(), r()).prop_map(|(to, op, x, y)| Statement::Binary(to, op, x, y)),
        3 => (r(), literal, r(), numbers())
            .prop_map(|(to, op, x, c)| Statement::Literal(to, op, x, c)),
        1 => (r(), [r(), r(), r()]).prop_map(|(to, x)| Statement::MulAdd(to, x)),
        1 => (r(), r()).prop_map(|(to, high)| Statement::Clamp(to, high)),
        2 => (r(), slice, vec(r(), 0..5)).prop_map(|(to, op, x)| Statement::Slice(to, op, x)),
    ]
}

/// A statement, perhaps with statements in it.
fn statement() -> impl Strategy<Value = Statement> {
    simple().prop_recursive(3, 16, 4, |inner| {
        let body = || vec(inner.clone(), 0..5);
        prop_oneof![
            4 => simple(),
            2 => ([register(), register()], body(), body())
                .prop_map(|(condition, yes, no)| Statement::If(condition, yes, no)),
            1 => (0..4_usize, body()).prop_map(|(times, body)| Statement::For(times, body)),
            1 => (register(), numbers(), body())
                .prop_map(|(x, limit, body)| Statement::While(x, limit, body)),
        ]
    })
}

fn with_body(body: impl Strategy<Value = Vec<Statement>>) -> impl Strategy<Value = Program> {
    let constants = [numbers(), numbers(), numbers(), numbers(), numbers(), numbers()];
    (1..=3_usize, constants, body).prop_map(|(inputs, constants, body)| Program {
        inputs,
        constants,
        body,
    })
}

/// Programs without branches and loops.
pub fn straight_lines() -> impl Strategy<Value = Program> {
    with_body(vec(simple(), 1..20))
}

/// Programs of all kinds.
pub fn programs() -> impl Strategy<Value = Program> {
    with_body(vec(statement(), 1..10))
}

/// Programs with inputs of ordinary size.
///
/// ```
/// use proptest::prelude::*;
/// use wengert_proptests::check::check_modes;
/// use wengert_proptests::programs::{programs, with_inputs};
///
/// proptest! {
///     #![proptest_config(ProptestConfig::with_cases(8))]
///     fn modes_agree((program, x) in with_inputs(programs(), -4.0..4.0)) {
///         check_modes(program, &x)?;
///     }
/// }
/// modes_agree();
/// ```
pub fn with_inputs(
    programs: impl Strategy<Value = Program>,
    numbers: impl Strategy<Value = f64>,
) -> impl Strategy<Value = (Program, Vec<f64>)> {
    // (Not as many as are needed, but always three, so that shrinking keeps them.)
    (programs, vec(numbers, 3)).prop_map(|(program, mut x)| {
        x.truncate(program.inputs);
        (program, x)
    })
}
