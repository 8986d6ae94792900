//! The table and the chart.

use std::error::Error;
use std::fmt::Write;

use plotters::prelude::*;
use wengert_benches::machine::{digits, output, processor, today};

use crate::ceilings::Ceilings;

const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/results");

/// A kernel, what it does, how long it took, and how long it would take if one thing alone were the limit.
pub struct Row {
    pub name: String,
    /// The level of memory that holds what it touches.
    pub level: &'static str,
    pub flops: f64,
    pub bytes: f64,
    pub ns: f64,
    pub by_arithmetic: f64,
    pub by_memory: f64,
}

impl Row {
    /// The part of the time that the stricter limit explains.
    fn share(&self) -> f64 {
        self.by_arithmetic.max(self.by_memory) / self.ns
    }

    fn limit(&self) -> &'static str {
        if self.by_arithmetic > self.by_memory { "arithmetic" } else { self.level }
    }

    /// A line of the table.
    pub fn line(&self) -> String {
        format!(
            "| {} | {} | {} | {} | {} | {} | {:.0} % |",
            self.name,
            digits(self.ns / 1e3),
            digits(self.flops / self.ns),
            digits(self.bytes / self.ns),
            digits(self.by_arithmetic.max(self.by_memory) / 1e3),
            self.limit(),
            100.0 * self.share()
        )
    }
}

/// The machine, in words.
pub fn machine(ceilings: &Ceilings) -> String {
    let mut text = format!(
        "Measured on {} with `cargo run --release -p wengert-benches --bin roofline`; {}; {}; one thread. One core does {} GFLOP/s in `f32` \
         (half of that in `f64`), and reads",
        today(),
        processor(),
        output("rustc", &["--version"]),
        digits(ceilings.peak)
    );
    for (k, level) in ceilings.levels.iter().enumerate() {
        let end = if k + 1 < ceilings.levels.len() { "," } else { "." };
        let _ = write!(text, " {} GB/s from {}{end}", digits(level.bandwidth), level.name);
    }
    text
}

fn table(ceilings: &Ceilings, rows: &[Row]) -> String {
    let mut text = machine(ceilings);
    text.push_str(
        "\n\nThe limit is the longer of two times: that of the arithmetic at the peak, and that of the bytes which have to be touched once, from \
         the level of memory that holds them. An elementary function counts as 20 operations.\n\n\
         | kernel | µs | GFLOP/s | GB/s | limit, µs | by | limit ÷ time |\n|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let _ = writeln!(text, "{}", row.line());
    }
    text
}

/// Operations a byte against operations a second, under the roofs.
fn chart(ceilings: &Ceilings, rows: &[Row], path: &str) -> Result<(), Box<dyn Error>> {
    const COLOURS: [(&str, RGBColor); 4] = [
        ("L1", RGBColor(0, 158, 115)),
        ("L2", RGBColor(0, 114, 178)),
        ("L3", RGBColor(230, 159, 0)),
        ("memory", RGBColor(213, 94, 0)),
    ];
    let root = SVGBackend::new(path, (900, 560)).into_drawing_area();
    root.fill(&WHITE)?;
    let (least, most) = (0.05, 1000.0);
    let lowest = rows.iter().map(|row| row.flops / row.ns).fold(1.0, f64::min) / 2.0;
    let mut chart = ChartBuilder::on(&root)
        .margin(20)
        .x_label_area_size(45)
        .y_label_area_size(60)
        .build_cartesian_2d((least..most).log_scale(), (lowest..ceilings.peak * 2.0).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("operations a byte")
        .y_desc("GFLOP/s")
        .x_label_formatter(&|x| digits(*x))
        .y_label_formatter(&|y| digits(*y))
        .light_line_style(TRANSPARENT)
        .draw()?;
    for (level, (name, colour)) in ceilings.levels.iter().zip(COLOURS) {
        let corner = (ceilings.peak / level.bandwidth).max(least);
        let roof = [
            (least, least * level.bandwidth),
            (corner, corner * level.bandwidth),
            (most, ceilings.peak),
        ];
        chart
            .draw_series(LineSeries::new(roof, colour.stroke_width(1)))?
            .label(format!("{name}, {} GB/s", digits(level.bandwidth)))
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour.stroke_width(2)));
        let points = rows.iter().filter(|row| row.level == name);
        let points = points.map(|row| (row.flops / row.bytes, row.flops / row.ns));
        chart.draw_series(points.map(|at| Circle::new(at, 4, colour.filled())))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE)
        .draw()?;
    Ok(root.present()?)
}

/// Writes both.
pub fn write(ceilings: &Ceilings, rows: &[Row]) -> Result<(), Box<dyn Error>> {
    std::fs::write(format!("{RESULTS}/roofline.md"), table(ceilings, rows))?;
    chart(ceilings, rows, &format!("{RESULTS}/roofline.svg"))
}
