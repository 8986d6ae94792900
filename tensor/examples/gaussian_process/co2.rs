//! The record of Mauna Loa.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::GzDecoder;

/// The mean concentration in a month.
#[derive(Clone, Copy)]
pub struct Month {
    /// The middle of the month, in years.
    pub time: f64,
    /// Parts per million.
    pub co2: f64,
}

/// All months with a measurement, in order.
pub fn months() -> Result<Vec<Month>, String> {
    let mut table = String::new();
    GzDecoder::new(&include_bytes!("co2.csv.gz")[..])
        .read_to_string(&mut table)
        .map_err(|why| format!("co2.csv.gz: {why}"))?;
    let mut weeks = BTreeMap::<(u32, u32), Vec<f64>>::new();
    for line in table.lines().skip(1) {
        let (date, co2) = line.split_once(',').ok_or_else(|| format!("no comma in {line:?}"))?;
        let date: u32 = date.parse().map_err(|_| format!("no date in {line:?}"))?;
        if !co2.is_empty() {
            let co2 = co2.parse().map_err(|_| format!("no number in {line:?}"))?;
            weeks.entry((date / 10_000, date / 100 % 100)).or_default().push(co2);
        }
    }
    let month = |((year, month), weeks): ((u32, u32), Vec<f64>)| Month {
        time: f64::from(year) + (f64::from(month) - 0.5) / 12.0,
        co2: weeks.iter().sum::<f64>() / weeks.len() as f64,
    };
    Ok(weeks.into_iter().map(month).collect())
}
