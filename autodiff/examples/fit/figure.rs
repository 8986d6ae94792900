//! A grid of panels: data, fitted curve and confidence band.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};
use std::error::Error;
use std::path::Path;

pub struct Panel {
    pub title: String,
    pub subtitle: String,
    pub x_label: String,
    pub y_label: String,
    pub data: Vec<(f64, f64)>,
    /// Position, prediction, and half the width of the band.
    pub curve: Vec<(f64, f64, f64)>,
}

const COLUMNS: usize = 4;
const PANEL: (u32, u32) = (360, 320);
const HEADER: u32 = 64;
/// The SVG backend rounds to whole units, so a unit has to be small.
const UNITS: u32 = 8;
/// Pixels of the bitmap per unit of the sizes above.
const PIXELS: u32 = 2;
/// The bitmap is drawn this many times larger and averaged down, because the
/// bitmap backend does not smooth thick lines and polygons itself.
const OVERSAMPLING: u32 = 4;

const INK: RGBColor = RGBColor(38, 44, 54);
const FAINT: RGBColor = RGBColor(100, 108, 120);
const RULE: RGBColor = RGBColor(232, 235, 239);
const POINT: RGBColor = RGBColor(47, 93, 138);
const CURVE: RGBColor = RGBColor(196, 78, 42);
/// How much of the curve's colour the band keeps.
const BAND: f64 = 0.22;

type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

/// Writes `fit.svg` and `fit.png` into `directory`.
pub fn write(directory: &Path, heading: &str, panels: &[Panel]) -> Result<(), String> {
    // Letters are drawn from a font compiled in, so that no font has to be
    // installed on the machine.
    register_font(
        "sans-serif",
        FontStyle::Normal,
        epaint_default_fonts::UBUNTU_LIGHT,
    )
    .map_err(|_| "the built-in font cannot be read")?;
    let at = |name: &str| directory.join(name);
    write_svg(&at("fit.svg"), heading, panels)
        .and_then(|()| write_png(&at("fit.png"), heading, panels))
        .map_err(|why| format!("cannot write the figure to {}: {why}", directory.display()))
}

fn write_svg(path: &Path, heading: &str, panels: &[Panel]) -> Result<(), Box<dyn Error>> {
    let (width, height) = size(panels.len());
    let (wide, high) = (width * UNITS, height * UNITS);
    let mut svg = String::new();
    draw(
        SVGBackend::with_string(&mut svg, (wide, high)),
        UNITS,
        heading,
        panels,
    )?;
    // The view box keeps the fine units; the picture asks for its natural size.
    let svg = svg.replacen(
        &format!("width=\"{wide}\" height=\"{high}\""),
        &format!("width=\"{width}\" height=\"{height}\""),
        1,
    );
    Ok(std::fs::write(path, svg)?)
}

fn write_png(path: &Path, heading: &str, panels: &[Panel]) -> Result<(), Box<dyn Error>> {
    let (width, height) = size(panels.len());
    let (width, height) = (width * PIXELS, height * PIXELS);
    let fine = (width * OVERSAMPLING, height * OVERSAMPLING);
    let mut pixels = vec![0; (fine.0 * fine.1 * 3) as usize];
    let canvas = BitMapBackend::with_buffer(&mut pixels, fine);
    draw(canvas, PIXELS * OVERSAMPLING, heading, panels)?;
    let mut image = BitMapBackend::new(path, (width, height));
    image.blit_bitmap((0, 0), (width, height), &averaged(&pixels, width, height))?;
    Ok(image.present()?)
}

/// Reduces an oversampled picture to `width` by `height` pixels.
fn averaged(fine: &[u8], width: u32, height: u32) -> Vec<u8> {
    let (width, height, side) = (width as usize, height as usize, OVERSAMPLING as usize);
    let at =
        |x: usize, y: usize, channel: usize| u32::from(fine[(y * width * side + x) * 3 + channel]);
    let mut smooth = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            for channel in 0..3 {
                let square =
                    (0..side * side).map(|i| at(x * side + i % side, y * side + i / side, channel));
                smooth.push((square.sum::<u32>() / (OVERSAMPLING * OVERSAMPLING)) as u8);
            }
        }
    }
    smooth
}

fn size(panels: usize) -> (u32, u32) {
    let rows = panels.div_ceil(COLUMNS) as u32;
    (PANEL.0 * COLUMNS as u32 + 24, HEADER + PANEL.1 * rows + 4)
}

/// Draws everything with each length multiplied by `scale`.
fn draw<B: DrawingBackend>(backend: B, scale: u32, heading: &str, panels: &[Panel]) -> Drawn<B> {
    let sheet = backend.into_drawing_area();
    sheet.fill(&WHITE)?;
    let (top, grid) = sheet.split_vertically(HEADER * scale);
    draw_header(&top, scale, heading)?;
    let grid = grid.margin(0, 4 * scale, 12 * scale, 12 * scale);
    let rows = panels.len().div_ceil(COLUMNS);
    for (area, panel) in grid.split_evenly((rows, COLUMNS)).iter().zip(panels) {
        draw_panel(area, scale, panel)?;
    }
    sheet.present()
}

fn draw_header<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    scale: u32,
    heading: &str,
) -> Drawn<B> {
    let s = scale as i32;
    let centred = Pos::new(HPos::Left, VPos::Center);
    let large = letters(27, scale, INK).pos(centred);
    let small = letters(17, scale, FAINT).pos(centred);
    let y = 32 * s;
    area.draw(&Text::new(heading, (24 * s, y), large))?;

    // The legend ends with the last panel.
    let mut x = area.get_pixel_range().0.end - 424 * s;
    area.draw(&Circle::new((x, y), 3 * scale, POINT.mix(0.75).filled()))?;
    area.draw(&Text::new("data", (x + 10 * s, y), small.clone()))?;
    x += 66 * s;
    let line = vec![(x, y), (x + 26 * s, y)];
    area.draw(&PathElement::new(line, CURVE.stroke_width(2 * scale)))?;
    area.draw(&Text::new("fitted curve", (x + 34 * s, y), small.clone()))?;
    x += 142 * s;
    let swatch = [(x, y - 6 * s), (x + 26 * s, y + 6 * s)];
    area.draw(&Rectangle::new(swatch, CURVE.mix(BAND).filled()))?;
    area.draw(&Text::new("95 % confidence band", (x + 34 * s, y), small))
}

fn draw_panel<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    scale: u32,
    panel: &Panel,
) -> Drawn<B> {
    let s = scale as i32;
    let (x_range, y_range) = (x_range(panel), y_range(panel));
    area.draw(&Text::new(
        panel.title.as_str(),
        (60 * s, 8 * s),
        letters(22, scale, INK),
    ))?;
    area.draw(&Text::new(
        panel.subtitle.as_str(),
        (60 * s, 33 * s),
        letters(15, scale, FAINT),
    ))?;

    let mut chart = ChartBuilder::on(area)
        .margin_top(58 * scale)
        .margin_right(16 * scale)
        .margin_bottom(18 * scale)
        .set_label_area_size(LabelAreaPosition::Left, 58 * scale)
        .set_label_area_size(LabelAreaPosition::Bottom, 46 * scale)
        .build_cartesian_2d(x_range, y_range)?;
    chart
        .configure_mesh()
        .x_labels(6)
        .y_labels(5)
        .max_light_lines(0)
        .bold_line_style(RULE.stroke_width(scale))
        .axis_style(FAINT.stroke_width(scale))
        .set_all_tick_mark_size(4 * scale)
        .label_style(letters(15, scale, INK))
        .axis_desc_style(letters(16, scale, FAINT))
        .x_desc(panel.x_label.as_str())
        .y_desc(panel.y_label.as_str())
        .x_label_formatter(&|v| tick(*v))
        .y_label_formatter(&|v| tick(*v))
        .draw()?;

    let above = panel.curve.iter().map(|&(x, y, half)| (x, y + half));
    let below = panel.curve.iter().rev().map(|&(x, y, half)| (x, y - half));
    let band: Vec<_> = above.chain(below).collect();
    chart.draw_series([Polygon::new(band, CURVE.mix(BAND).filled())])?;
    // Many points make a cloud: draw them smaller and lighter.
    let (radius, shade) = if panel.data.len() > 100 {
        (2 * scale, 0.45)
    } else {
        (3 * scale, 0.75)
    };
    let style = POINT.mix(shade).filled();
    chart.draw_series(panel.data.iter().map(|&at| Circle::new(at, radius, style)))?;
    chart.draw_series(LineSeries::new(
        panel.curve.iter().map(|&(x, y, _)| (x, y)),
        CURVE.stroke_width(2 * scale),
    ))?;
    Ok(())
}

fn letters(size: u32, scale: u32, colour: RGBColor) -> TextStyle<'static> {
    ("sans-serif", size * scale).into_font().color(&colour)
}

fn x_range(panel: &Panel) -> std::ops::Range<f64> {
    padded(panel.data.iter().map(|&(x, _)| x))
}

fn y_range(panel: &Panel) -> std::ops::Range<f64> {
    let data = panel.data.iter().map(|&(_, y)| y);
    let band = panel
        .curve
        .iter()
        .flat_map(|&(_, y, half)| [y - half, y + half]);
    padded(data.chain(band))
}

/// The extent of `values` with a little room at both ends.
fn padded(values: impl Iterator<Item = f64>) -> std::ops::Range<f64> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    let room = 0.04 * (high - low);
    low - room..high + room
}

/// A tick label without trailing zeros.
fn tick(value: f64) -> String {
    // Ticks are computed by repeated addition: 1e-17 stands for zero.
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text {
        "-0" => "0".to_string(),
        text => text.replace('-', "−"),
    }
}
