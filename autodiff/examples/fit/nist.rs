//! Reads one regression problem from its text file.
//!
//! The format is described in `problems/README.md`.

use std::iter::zip;

/// Certified values are printed with eleven digits; agreement cannot be measured beyond them.
const CERTIFIED_DIGITS: f64 = 11.0;

/// The digits to which `value` agrees with `certified`.
pub fn digits(value: f64, certified: f64) -> f64 {
    let digits = -((value - certified) / certified).abs().log10();
    // A value that is not a number agrees in no digit.
    if digits.is_nan() { 0.0 } else { digits.clamp(0.0, CERTIFIED_DIGITS) }
}

/// A regression problem together with the answer the collection certifies.
#[derive(Default)]
pub struct Problem {
    pub name: String,
    pub difficulty: String,
    pub formula: String,
    /// What each column of `x` means, for the axes of the figure.
    pub predictors: Vec<String>,
    pub response: String,
    pub parameters: Vec<Parameter>,
    pub residual_sum_of_squares: f64,
    pub degrees_of_freedom: usize,
    /// One row of predictors for each observation.
    pub x: Vec<Vec<f64>>,
    pub y: Vec<f64>,
    /// How many observations the file says it has.
    announced: usize,
}

/// Where a parameter starts, and where it should end.
pub struct Parameter {
    pub name: String,
    pub starts: [f64; 2],
    pub certified: f64,
    pub certified_deviation: f64,
}

impl Problem {
    /// Parses `text`; a complaint names the file and the line.
    pub fn parse(name: &str, text: &str) -> Result<Problem, String> {
        let mut problem = Problem { name: name.to_string(), ..Problem::default() };
        let mut in_data = false;
        for (i, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let read = if in_data {
                problem.read_observation(line)
            } else {
                let (key, rest) = line.split_once(' ').unwrap_or((line, ""));
                // Everything below this line is numbers.
                in_data = key == "data";
                problem.read_fact(key, rest.trim())
            };
            read.map_err(|why| format!("{name}.txt, line {}: {why}", i + 1))?;
        }
        problem.check().map_err(|why| format!("{name}.txt: {why}"))?;
        Ok(problem)
    }

    /// The digits to which all parameters agree with the certified ones.
    pub fn digits(&self, parameters: &[f64]) -> f64 {
        let pairs = zip(parameters, &self.parameters);
        pairs.map(|(&b, p)| digits(b, p.certified)).fold(CERTIFIED_DIGITS, f64::min)
    }

    fn read_fact(&mut self, key: &str, rest: &str) -> Result<(), String> {
        match key {
            "difficulty" => self.difficulty = rest.to_string(),
            "model" => self.formula = rest.to_string(),
            "predictor" => self.predictors.push(meaning(rest)),
            "response" => self.response = meaning(rest),
            "parameter" => self.parameters.push(parameter(rest)?),
            "residual_sum_of_squares" => self.residual_sum_of_squares = number(rest)?,
            "degrees_of_freedom" => self.degrees_of_freedom = count(rest)?,
            "observations" => self.announced = count(rest)?,
            // For the reader of the file; the fit does not need them.
            "collection" | "source" | "kind" | "residual_standard_deviation" | "data" => {}
            _ => return Err(format!("unknown key `{key}`")),
        }
        Ok(())
    }

    fn read_observation(&mut self, line: &str) -> Result<(), String> {
        let row: Result<Vec<f64>, String> = line.split_whitespace().map(number).collect();
        let mut row = row?;
        let columns = self.predictors.len() + 1;
        if row.len() != columns {
            return Err(format!("{} numbers instead of {columns}", row.len()));
        }
        self.y.extend(row.pop());
        self.x.push(row);
        Ok(())
    }

    /// What a file announces must agree with what it holds.
    fn check(&self) -> Result<(), String> {
        let (n, p) = (self.y.len(), self.parameters.len());
        let (announced, freedom) = (self.announced, self.degrees_of_freedom);
        if n != announced {
            return Err(format!("{announced} observations are announced, {n} are there"));
        }
        if p == 0 || freedom == 0 || p + freedom != n {
            return Err(format!(
                "{p} parameters and {freedom} degrees of freedom for {n} observations"
            ));
        }
        if self.residual_sum_of_squares <= 0.0 {
            return Err("no certified residual sum of squares".to_string());
        }
        Ok(())
    }
}

/// `x = metal distance` means "metal distance"; a bare `x` means itself.
fn meaning(text: &str) -> String {
    let words = text.split_once('=').map_or(text, |(_, words)| words);
    words.trim().to_string()
}

fn parameter(text: &str) -> Result<Parameter, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [name, first, second, certified, deviation] = words[..] else {
        return Err("a parameter needs a name and four numbers".to_string());
    };
    Ok(Parameter {
        name: name.to_string(),
        starts: [number(first)?, number(second)?],
        certified: number(certified)?,
        certified_deviation: number(deviation)?,
    })
}

fn number(word: &str) -> Result<f64, String> {
    word.parse().map_err(|_| format!("`{word}` is not a number"))
}

fn count(word: &str) -> Result<usize, String> {
    word.parse().map_err(|_| format!("`{word}` is not a count"))
}
