//! The tutorial as it is printed, and how many of its values are as expected.

use std::fmt;

/// How far apart numbers of the size of 1 may be that are computed in different ways: four roundings.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// Something that is compared: a number, several numbers, or the text of an error.
#[derive(Clone, PartialEq)]
pub enum Value {
    Numbers(Vec<f64>),
    Number(f64),
    Error(String),
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Self::Number(count as f64)
    }
}

impl From<&[f64]> for Value {
    fn from(numbers: &[f64]) -> Self {
        Self::Numbers(numbers.to_vec())
    }
}

impl From<Vec<f64>> for Value {
    fn from(numbers: Vec<f64>) -> Self {
        Self::Numbers(numbers)
    }
}

impl<const N: usize> From<[f64; N]> for Value {
    fn from(numbers: [f64; N]) -> Self {
        Self::Numbers(numbers.to_vec())
    }
}

impl<T: Into<Value>, E: fmt::Display> From<Result<T, E>> for Value {
    fn from(result: Result<T, E>) -> Self {
        result.map_or_else(|why| Self::Error(why.to_string()), Into::into)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => f.write_str(&plain(*number)),
            Self::Numbers(numbers) => {
                let numbers: Vec<String> = numbers.iter().copied().map(plain).collect();
                write!(f, "[{}]", numbers.join(", "))
            }
            Self::Error(why) => write!(f, "error “{why}”"),
        }
    }
}

/// As digits, but for what rounding leaves of zero.
fn plain(number: f64) -> String {
    if number != 0.0 && number.abs() < 1e-6 { format!("{number:.1e}") } else { number.to_string() }
}

impl Value {
    fn numbers(&self) -> &[f64] {
        match self {
            Self::Number(number) => std::slice::from_ref(number),
            Self::Numbers(numbers) => numbers,
            Self::Error(_) => &[],
        }
    }

    /// Whether the values are of one kind, and their numbers nowhere more than `tolerance` apart.
    fn is_near(&self, other: &Self, tolerance: f64) -> bool {
        let (a, b) = (self.numbers(), other.numbers());
        std::mem::discriminant(self) == std::mem::discriminant(other)
            && a.len() == b.len()
            && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance)
    }
}

#[derive(Default)]
pub struct Report {
    values: usize,
    as_expected: usize,
}

impl Report {
    pub fn heading(&self, heading: &str) {
        println!("\n{heading}");
    }

    /// An explanation.
    pub fn text(&self, text: &str) {
        println!();
        for line in text.lines() {
            println!("   {line}");
        }
    }

    /// The code in question.
    pub fn code(&self, code: &str) {
        println!();
        for line in code.lines() {
            println!("       {line}");
        }
        println!();
    }

    /// A value that is to be exactly so.
    pub fn exactly(&mut self, what: &str, expected: impl Into<Value>, ours: impl Into<Value>) {
        let (expected, ours) = (expected.into(), ours.into());
        let fine = expected == ours;
        self.line(what, &expected, &ours, fine);
    }

    /// A value that is to be so but for rounding, of numbers of the size of 1.
    pub fn closely(&mut self, what: &str, expected: impl Into<Value>, ours: impl Into<Value>) {
        let (expected, ours) = (expected.into(), ours.into());
        let fine = expected.is_near(&ours, ROUNDING);
        self.line(what, &expected, &ours, fine);
    }

    fn line(&mut self, what: &str, expected: &Value, ours: &Value, fine: bool) {
        self.values += 1;
        self.as_expected += usize::from(fine);
        let mark = if fine { "✓" } else { "✗" };
        let [expected, ours] = [expected, ours].map(Value::to_string);
        if expected.chars().count().max(ours.chars().count()) <= 22 {
            println!("   {what:<32} expected {expected:<22} ours {ours:<22} {mark}");
        } else {
            println!("   {what:<32} expected {expected}");
            println!("   {:>41} {ours:<55} {mark}", "ours");
        }
    }

    /// The last line: whether everything was as expected.
    pub fn close(&self) -> bool {
        println!("\nchapter: {} of {} values as expected", self.as_expected, self.values);
        self.as_expected == self.values
    }
}
