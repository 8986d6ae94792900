//! The scaling law of a recording: time and bytes per node, from a thousand nodes to a hundred million (or to 10ᵏ,
//! where k is the argument), in time of this thread on a processor, the waiting for one left out. Writes a table and a
//! chart to `results/`.

use std::fmt::Write;

use cpu_time::ThreadTime;
use plotters::prelude::*;
use wengert_autodiff::{Tape, Var, release_memory};

const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/results");

/// Nanoseconds per node of one recording and its sweep, and its bytes per node.
struct Run {
    record: f64,
    sweep: f64,
    bytes: f64,
}

/// Records n nodes of two parents each, and sweeps them: steps of Hénon's map that preserves areas (M. Hénon, Numerical study of
/// quadratic area-preserving mappings, Quart. Appl. Math. 27, 1969), eight nodes each, on an orbit where derivatives do not overflow.
fn run(n: usize) -> Run {
    let start = ThreadTime::now();
    let tape = Tape::new();
    let (sin, cos) = 1.3284_f64.sin_cos();
    let (sin, cos) = (tape.var(sin), tape.var(cos));
    let (mut x, mut y): (Var<f64>, Var<f64>) = (tape.var(0.1), tape.var(0.1));
    for _ in 0..n / 8 {
        let lifted = y - x * x;
        (x, y) = (x * cos - lifted * sin, x * sin + lifted * cos);
    }
    let recorded = start.elapsed();
    let start = ThreadTime::now();
    let slope = tape.gradient(x + y).wrt(sin);
    let swept = start.elapsed();
    assert!(slope.is_finite(), "an overflow would be swept twice");
    let nodes = tape.nodes() as f64;
    Run {
        record: recorded.as_secs_f64() * 1e9 / nodes,
        sweep: swept.as_secs_f64() * 1e9 / nodes,
        bytes: tape.bytes() as f64 / nodes,
    }
}

/// The quickest of some runs: others had less of the machine.
fn quickest(n: usize, mut run: impl FnMut(usize) -> Run) -> Run {
    let runs = (20_000_000 / n).clamp(3, 500);
    let runs: Vec<Run> = (0..runs).map(|_| run(n)).collect();
    let least = |of: fn(&Run) -> f64| runs.iter().map(of).fold(f64::INFINITY, f64::min);
    Run { record: least(|r| r.record), sweep: least(|r| r.sweep), bytes: runs[0].bytes }
}

/// One size: in memory from the system, and in memory that was kept from the recording before.
struct Row {
    n: usize,
    fresh: Run,
    kept: Run,
}

fn measure(n: usize) -> Row {
    let fresh = quickest(n, |n| {
        release_memory();
        run(n)
    });
    let row = Row { n, fresh, kept: quickest(n, run) };
    release_memory();
    row
}

fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| nodes | bytes a node | record, ns, fresh memory | record, ns, kept memory | sweep, ns |\n\
         |---|---|---|---|---|\n",
    );
    for Row { n, fresh, kept } in rows {
        let (bytes, before, record, sweep) = (kept.bytes, fresh.record, kept.record, kept.sweep);
        let _ = writeln!(text, "| {n} | {bytes:.1} | {before:.2} | {record:.2} | {sweep:.2} |");
    }
    text
}

fn chart(rows: &[Row], path: &str) -> Result<(), Box<dyn std::error::Error>> {
    let root = SVGBackend::new(path, (800, 480)).into_drawing_area();
    root.fill(&WHITE)?;
    let (first, last) = (rows[0].n as f64, rows[rows.len() - 1].n as f64);
    let most = rows.iter().map(|row| row.fresh.record).fold(0.0, f64::max);
    let mut chart = ChartBuilder::on(&root)
        .margin(20)
        .x_label_area_size(45)
        .y_label_area_size(55)
        .build_cartesian_2d((first..last).log_scale(), 0.0..most * 1.1)?;
    chart
        .configure_mesh()
        .x_desc("nodes of the recording")
        .y_desc("nanoseconds a node")
        .x_label_formatter(&|n| format!("1e{:.0}", n.log10()))
        .light_line_style(TRANSPARENT)
        .draw()?;
    type Read = fn(&Row) -> f64;
    let series: [(&str, RGBColor, Read); 3] = [
        ("record, fresh memory", RGBColor(213, 94, 0), |row| row.fresh.record),
        ("record, kept memory", RGBColor(0, 114, 178), |row| row.kept.record),
        ("sweep", RGBColor(0, 158, 115), |row| row.kept.sweep),
    ];
    for (name, colour, of) in series {
        let points = rows.iter().map(|row| (row.n as f64, of(row)));
        chart
            .draw_series(LineSeries::new(points, colour.stroke_width(2)).point_size(3))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE)
        .draw()?;
    Ok(root.present()?)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let largest = std::env::args().nth(1).map_or(Ok(8), |argument| argument.parse())?;
    let sizes = (3..=largest).flat_map(|k| [10_usize.pow(k), 3 * 10_usize.pow(k)]);
    let sizes = sizes.filter(|&n| n <= 10_usize.pow(largest));
    let rows: Vec<Row> = sizes.map(measure).collect();
    let table = table(&rows);
    print!("{table}");
    std::fs::write(format!("{RESULTS}/scaling.md"), table)?;
    chart(&rows, &format!("{RESULTS}/scaling.svg"))
}
