//! The table and the chart.

use std::error::Error;
use std::fmt::Write;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use wengert_benches::machine::{digits, output, processor, today};

const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/results");

/// The microseconds of a workload.
pub struct Row {
    pub name: String,
    pub ours: f64,
    /// By `compile`, where it was measured.
    pub compiled: Option<f64>,
    /// By each of the rivals' ways.
    pub rivals: Vec<Option<f64>>,
}

impl Row {
    fn best(&self) -> f64 {
        self.compiled.unwrap_or(f64::INFINITY).min(self.ours)
    }

    /// The quickest rival's time over our best.
    fn ratio(&self) -> Option<f64> {
        let rival = self.rivals.iter().flatten().fold(f64::INFINITY, |a, &b| a.min(b));
        rival.is_finite().then(|| rival / self.best())
    }
}

/// A time, or a dash.
pub fn shown(time: Option<f64>) -> String {
    time.map_or_else(|| "–".into(), digits)
}

/// The name of a way, without its version.
pub fn short(way: &str) -> &str {
    way.split(' ').next().unwrap_or(way)
}

fn table(rows: &[Row], threads: usize, ways: &[String]) -> String {
    let names: Vec<&str> = ways.iter().map(|way| short(way)).collect();
    let mut text = format!(
        "Measured on {} with `cargo run --release -p wengert-benches --bin tensor`; {}; {}; {}; {threads} thread{}.\n\n\
         Median microseconds, forward and backward; each line one after the other in one run, the rivals with an allocator that keeps \
         memory. The last column is the quickest rival's time over our best.\n\n\
         | workload | Wengert | compiled | {} | quickest ÷ ours |\n|---|---|---|{}---|\n",
        today(),
        processor(),
        output("rustc", &["--version"]),
        ways.join(", "),
        if threads == 1 { "" } else { "s" },
        names.join(" | "),
        "---|".repeat(ways.len())
    );
    for row in rows {
        let rivals: Vec<String> = row.rivals.iter().copied().map(shown).collect();
        let (ours, compiled, ratio) = (digits(row.ours), shown(row.compiled), shown(row.ratio()));
        let rivals = rivals.join(" | ");
        let _ = writeln!(text, "| {} | {ours} | {compiled} | {rivals} | {ratio} |", row.name);
    }
    text
}

/// Each workload a line, each rival a colour, at its time over our best.
fn chart(rows: &[Row], ways: &[String], path: &str) -> Result<(), Box<dyn Error>> {
    // (Okabe and Ito's, which most people can tell apart.)
    const COLOURS: [RGBColor; 7] = [
        RGBColor(213, 94, 0),
        RGBColor(230, 159, 0),
        RGBColor(0, 114, 178),
        RGBColor(86, 180, 233),
        RGBColor(0, 158, 115),
        RGBColor(204, 121, 167),
        RGBColor(120, 120, 120),
    ];
    let ratios = || rows.iter().flat_map(|row| row.rivals.iter().flatten().map(|x| x / row.best()));
    let (least, most) = ratios().fold((0.5_f64, 2.0_f64), |(a, b), x| (a.min(x), b.max(x)));
    let range = least / 1.3..most * 1.3;
    let height = 90 + 26 * rows.len() as u32 + 22 * ways.len() as u32;
    let root = SVGBackend::new(path, (960, height)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(20)
        .margin_right(40)
        .x_label_area_size(45)
        .y_label_area_size(330)
        .build_cartesian_2d(
            range.clone().log_scale(),
            -(rows.len() as f64)..0.5 + 0.85 * ways.len() as f64,
        )?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .x_desc("time of a rival over ours (to the right of 1 we are quicker)")
        .x_label_formatter(&|x| digits(*x))
        .label_style(("sans-serif", 13))
        .light_line_style(TRANSPARENT)
        .draw()?;
    let text =
        ("sans-serif", 14).into_font().color(&BLACK).pos(Pos::new(HPos::Right, VPos::Center));
    for (k, row) in rows.iter().enumerate() {
        let y = -(k as f64);
        chart.draw_series(LineSeries::new([(range.start, y), (range.end, y)], BLACK.mix(0.12)))?;
        let (x, y) = chart.backend_coord(&(range.start, y));
        root.draw(&Text::new(row.name.clone(), (x - 8, y), text.clone()))?;
    }
    chart.draw_series(LineSeries::new([(1.0, -(rows.len() as f64)), (1.0, 0.5)], BLACK))?;
    for ((way, name), colour) in ways.iter().enumerate().zip(COLOURS) {
        let points = rows
            .iter()
            .enumerate()
            .filter_map(|(k, row)| Some((row.rivals[way]? / row.best(), -(k as f64))));
        chart
            .draw_series(points.map(|at| Circle::new(at, 5, colour.filled())))?
            .label(short(name))
            .legend(move |(x, y)| Circle::new((x + 10, y), 5, colour.filled()));
    }
    chart
        .configure_series_labels()
        .label_font(("sans-serif", 13))
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE)
        .draw()?;
    Ok(root.present()?)
}

/// Writes the table, and the chart, for so many threads.
pub fn write(rows: &[Row], threads: usize, ways: &[String]) -> Result<(), Box<dyn Error>> {
    let path = format!("{RESULTS}/arrays_{threads}");
    std::fs::write(format!("{path}.md"), table(rows, threads, ways))?;
    chart(rows, ways, &format!("{path}.svg"))
}
