//! The table and the chart.

use std::error::Error;
use std::fmt::Write;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use machine::{digits, output, processor, today};

#[path = "../../src/machine.rs"]
mod machine;

const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../results");

/// One rival's times of one program.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Nanoseconds of a gradient (of an evaluation, where the rival finds none): the median.
    pub nanoseconds: f64,
    /// The median of its ratio to the program without derivatives, in the same round.
    pub of_plain: f64,
    /// The same, to Wengert's gradient.
    pub of_ours: f64,
}

/// A rival, and a note about how it is used.
#[derive(Clone, Copy)]
pub struct Name {
    /// As in the lock file.
    pub package: &'static str,
    pub note: &'static str,
}

/// All times of a program: those of no derivatives, of Wengert, and of each rival, in order.
pub struct Column {
    pub program: &'static str,
    pub plain: f64,
    pub entries: Vec<Entry>,
}

/// The version in the lock file.
fn version(package: &str) -> &'static str {
    let lock = include_str!("../Cargo.lock");
    let (_, after) = lock.split_once(&format!("name = \"{package}\"\n")).expect("a dependency");
    after.split('"').nth(1).expect("a version")
}

fn label(name: &Name) -> String {
    let version = version(name.package);
    match name.note {
        "" => format!("{} {version}", name.package),
        note => format!("{} {version}, {note}", name.package),
    }
}

fn table(names: &[Name], columns: &[Column]) -> String {
    let mut text = format!(
        "Measured on {} with `cargo run --release --manifest-path benches/rivals/Cargo.toml`; {}; {}.\n\n\
         Microseconds of a gradient, in brackets its multiple of the program without derivatives, then its multiple of \
         Wengert's gradient. Every crate differentiates the same text, without functions that only it has. Forward mode \
         takes a pass for each variable or eight; some of the passes were measured, and all counted. Replay leaves out \
         the recording, and the branches of the program.\n\n| |",
        today(),
        processor(),
        output("rustc", &["--version"]),
    );
    for column in columns {
        let _ = write!(text, " {} |", column.program);
    }
    text += "\n|---|";
    text += &"---|".repeat(columns.len());
    text += "\n| without derivatives |";
    for column in columns {
        let _ = write!(text, " {} |", digits(column.plain / 1e3));
    }
    for (k, name) in names.iter().enumerate() {
        let _ = write!(text, "\n| {} |", label(name));
        for entry in columns.iter().map(|column| &column.entries[k]) {
            let (time, of_plain) = (digits(entry.nanoseconds / 1e3), digits(entry.of_plain));
            let _ = write!(text, " {time} ({of_plain})");
            if k > 0 {
                let _ = write!(text, ", {}×", digits(entry.of_ours));
            }
            text += " |";
        }
    }
    text + "\n"
}

/// Each rival a line, each program a colour.
fn chart(names: &[Name], columns: &[Column]) -> Result<(), Box<dyn Error>> {
    const COLOURS: [RGBColor; 6] = [
        RGBColor(0, 114, 178),
        RGBColor(213, 94, 0),
        RGBColor(0, 158, 115),
        RGBColor(204, 121, 167),
        RGBColor(230, 159, 0),
        RGBColor(60, 60, 60),
    ];
    let path = format!("{RESULTS}/rivals.svg");
    let root =
        SVGBackend::new(&path, (960, 60 + 34 * names.len() as u32 + 110)).into_drawing_area();
    root.fill(&WHITE)?;
    let all = columns.iter().flat_map(|column| &column.entries).map(|entry| entry.of_plain);
    let most = all.fold(1.0, f64::max);
    let mut chart = ChartBuilder::on(&root)
        .margin(20)
        .margin_right(40)
        .x_label_area_size(45)
        .y_label_area_size(265)
        .build_cartesian_2d((1.0..most * 1.5).log_scale(), -(names.len() as f64)..2.2)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .x_desc("time of a gradient over the time of the program without derivatives")
        .x_label_formatter(&|x| format!("{x:.0}"))
        .label_style(("sans-serif", 13))
        .light_line_style(TRANSPARENT)
        .draw()?;
    let text =
        ("sans-serif", 14).into_font().color(&BLACK).pos(Pos::new(HPos::Right, VPos::Center));
    for (k, name) in names.iter().enumerate() {
        let y = -(k as f64);
        let line = [(1.0, y), (most * 1.5, y)];
        chart.draw_series(LineSeries::new(line, BLACK.mix(0.12)))?;
        let (x, y) = chart.backend_coord(&(1.0, y));
        root.draw(&Text::new(label(name), (x - 8, y), text.clone()))?;
    }
    for (number, (column, colour)) in columns.iter().zip(COLOURS).enumerate() {
        // A little apart, so that none hides another.
        let down = 0.1 * (number as f64 - 2.5);
        let points = column
            .entries
            .iter()
            .enumerate()
            .map(|(k, entry)| (entry.of_plain, -(k as f64) - down));
        chart
            .draw_series(points.map(|at| Circle::new(at, 5, colour.filled())))?
            .label(column.program)
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

/// Prints the table, and writes it and the chart.
pub fn write(names: &[Name], columns: &[Column]) -> Result<(), Box<dyn Error>> {
    let table = table(names, columns);
    print!("{table}");
    std::fs::write(format!("{RESULTS}/rivals.md"), table)?;
    chart(names, columns)
}
