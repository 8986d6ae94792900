//! The reference values: read from `references/*.tsv`, and matched with rows of the table.

pub mod accuracy;
pub mod exceptions;

use std::sync::OnceLock;

/// Reference values of a function of one or two numbers at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The name of the row of the table.
    pub name: String,
    /// The arguments.
    pub x: Vec<f64>,
    /// Value and derivatives along each direction: (direction, orders 0, 1, …).
    pub along: Vec<(Vec<f64>, Vec<f64>)>,
    /// The mixed second derivative of a function of two numbers.
    pub mixed: Option<f64>,
}

/// A number as the files write it, correctly rounded. (Beyond the range: infinite, or zero.)
fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("not a number: {text}"))
}

fn from_bits(hex: &str) -> f64 {
    f64::from_bits(u64::from_str_radix(hex, 16).unwrap_or_else(|_| panic!("no bits: {hex}")))
}

/// The row that a line of the files is about, with the arguments that its constant parameter adds.
fn row_of(name: &str, parameter: &str) -> (String, Vec<f64>) {
    let operator = |name: &str| {
        let symbol = match name {
            "add" => "+",
            "sub" => "-",
            "mul" => "*",
            "div" => "/",
            _ => return None,
        };
        Some(format!("x {symbol} y"))
    };
    match (name, parameter) {
        ("powf_const", exponent) => ("powf".into(), vec![from_bits(exponent)]),
        ("rem", _) => ("remainder".into(), vec![]),
        (name, "-") => (operator(name).unwrap_or_else(|| name.into()), vec![]),
        (name, parameter) => (format!("{name}({parameter})"), vec![]),
    }
}

fn lines(file: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    file.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

fn univariate(fields: &[&str]) -> Reference {
    let (name, constants) = row_of(fields[0], fields[1]);
    let mut v = vec![1.0];
    v.extend(constants.iter().map(|_| 0.0));
    let mut x = vec![from_bits(fields[2])];
    x.extend(constants);
    let orders = fields[4].split(' ').map(number).collect();
    Reference { name, x, along: vec![(v, orders)], mixed: None }
}

fn bivariate(fields: &[&str]) -> Reference {
    let (name, _) = row_of(fields[0], fields[1]);
    let x = fields[2].split(',').map(from_bits).collect();
    let n: Vec<f64> = fields[4].split(' ').map(number).collect();
    let along = vec![
        (vec![1.0, 0.0], vec![n[0], n[1], n[3]]),
        (vec![0.0, 1.0], vec![n[0], n[2], n[5]]),
        (vec![1.0, 0.5], vec![n[0], n[6], n[7], n[8], n[9]]),
    ];
    Reference { name, x, along, mixed: Some(n[4]) }
}

/// The reference, and once more for each other row that is the same function.
fn with_aliases(reference: Reference) -> Vec<Reference> {
    let alias = match reference.name.as_str() {
        "digamma" => "polygamma(0)",
        "trigamma" => "polygamma(1)",
        "remainder" => "x % y",
        _ => return vec![reference],
    };
    vec![Reference { name: alias.into(), ..reference.clone() }, reference]
}

/// All references.
pub fn all() -> &'static [Reference] {
    static ALL: OnceLock<Vec<Reference>> = OnceLock::new();
    ALL.get_or_init(|| {
        let one = lines(include_str!("../../references/univariate.tsv"));
        let two = lines(include_str!("../../references/bivariate.tsv"));
        let all = one.map(|fields| univariate(&fields)).chain(two.map(|fields| bivariate(&fields)));
        all.flat_map(with_aliases).collect()
    })
}
