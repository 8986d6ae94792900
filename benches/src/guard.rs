//! A guard against slower code that does not depend on how busy the machine is: counted instructions, beside those of
//! a committed table.

use std::fmt;

/// By how many per cent a count may exceed the table's, if the same compiler made both.
const TOLERANCE: u64 = 2;
/// The same for another compiler.
const OTHER_COMPILER: u64 = 10;

/// Counted instructions by the name of what was run, and the compiler that made it.
///
/// ```
/// use wengert_benches::guard::Counts;
/// let table = Counts::parse("rustc 1.89.0\nsum\t1000\n").unwrap();
/// let now = |count| Counts { rows: vec![("sum".into(), count)], ..table.clone() };
/// assert_eq!(table.to_string(), "rustc 1.89.0\nsum\t1000\n");
/// assert_eq!(now(1020).exceeding(&table), [""; 0]);
/// assert_eq!(now(1021).exceeding(&table), ["sum: 1021 instructions, 2.1 % more than 1000"]);
/// // Another compiler has more freedom.
/// let other = Counts { compiler: "rustc 1.90.0".into(), ..now(1100) };
/// assert_eq!(other.exceeding(&table), [""; 0]);
/// // What is not in the table has to be put there.
/// let new = Counts { rows: vec![("product".into(), 1)], ..table.clone() };
/// assert_eq!(new.exceeding(&table), ["product: not in the table"]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Counts {
    /// What `rustc --version` says.
    pub compiler: String,
    /// Names and counts.
    pub rows: Vec<(String, u64)>,
}

impl Counts {
    /// Reads what [`Display`](fmt::Display) writes; `None` if it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let (compiler, rows) = text.split_once('\n')?;
        let row = |line: &str| {
            let (name, count) = line.split_once('\t')?;
            Some((name.to_string(), count.parse().ok()?))
        };
        let rows = rows.lines().map(row).collect::<Option<_>>()?;
        Some(Self { compiler: compiler.to_string(), rows })
    }

    /// What takes more instructions than in the table, and by how much.
    pub fn exceeding(&self, table: &Self) -> Vec<String> {
        let tolerance = if self.compiler == table.compiler { TOLERANCE } else { OTHER_COMPILER };
        let complaint = |(name, count): &(String, u64)| {
            let Some((_, before)) = table.rows.iter().find(|(known, _)| known == name) else {
                return Some(format!("{name}: not in the table"));
            };
            let percent = 100.0 * (*count as f64 / *before as f64 - 1.0);
            (100 * count > (100 + tolerance) * before)
                .then(|| format!("{name}: {count} instructions, {percent:.1} % more than {before}"))
        };
        self.rows.iter().filter_map(complaint).collect()
    }
}

impl fmt::Display for Counts {
    /// The compiler on a line, then a line for each name, with a tab before the count.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.compiler)?;
        self.rows.iter().try_for_each(|(name, count)| writeln!(f, "{name}\t{count}"))
    }
}
