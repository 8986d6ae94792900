//! The sheet of panels, as a drawing and as a bitmap.

use std::error::Error;
use std::fs;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};

use crate::panel::Panel;

const COLUMNS: usize = 4;
const PANEL: (u32, u32) = (360, 320);
const HEADER: u32 = 64;
/// The SVG backend rounds to whole units, so a unit has to be small.
const UNITS: u32 = 8;
/// Pixels of the bitmap per unit of the sizes above.
const PIXELS: u32 = 2;
/// The bitmap is drawn this many times larger and averaged down, because the bitmap backend does not smooth thick
/// lines and polygons itself.
const OVERSAMPLING: u32 = 3;

pub const INK: RGBColor = RGBColor(38, 44, 54);
pub const FAINT: RGBColor = RGBColor(100, 108, 120);
pub const RULE: RGBColor = RGBColor(232, 235, 239);
pub const POINT: RGBColor = RGBColor(47, 93, 138);
pub const CURVE: RGBColor = RGBColor(196, 78, 42);
/// How much of the curve's colour the band keeps.
pub const BAND: f64 = 0.22;

pub type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

pub fn letters(size: u32, scale: u32, colour: RGBColor) -> TextStyle<'static> {
    ("sans-serif", size * scale).into_font().color(&colour)
}

/// Writes `fit.svg` and `fit.png` into `directory`.
pub fn write(directory: &Path, heading: &str, panels: &[Panel]) -> Result<(), String> {
    // Letters are drawn from a font compiled in, so that no font has to be installed on the machine.
    register_font("sans-serif", FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT)
        .map_err(|_| "the built-in font cannot be read")?;
    fs::create_dir_all(directory)
        .map_err(Into::into)
        .and_then(|()| write_svg(&directory.join("fit.svg"), heading, panels))
        .and_then(|()| write_png(&directory.join("fit.png"), heading, panels))
        .map_err(|why| format!("cannot write the figure to {}: {why}", directory.display()))
}

fn write_svg(path: &Path, heading: &str, panels: &[Panel]) -> Result<(), Box<dyn Error>> {
    let (width, height) = size(panels.len());
    let (wide, high) = (width * UNITS, height * UNITS);
    let mut svg = String::new();
    draw(SVGBackend::with_string(&mut svg, (wide, high)), UNITS, heading, panels)?;
    // The view box keeps the fine units; the picture asks for its natural size.
    let fine = format!("width=\"{wide}\" height=\"{high}\"");
    let natural = format!("width=\"{width}\" height=\"{height}\"");
    Ok(fs::write(path, svg.replacen(&fine, &natural, 1))?)
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
    let mut sums = vec![0; width * height * 3];
    for (y, row) in fine.chunks_exact(width * side * 3).enumerate() {
        let sums = &mut sums[y / side * width * 3..][..width * 3];
        for (x, pixel) in row.chunks_exact(3).enumerate() {
            for (channel, &value) in pixel.iter().enumerate() {
                sums[x / side * 3 + channel] += usize::from(value);
            }
        }
    }
    sums.into_iter().map(|sum| (sum / (side * side)) as u8).collect()
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
        panel.draw(area, scale)?;
    }
    sheet.present()
}

/// The heading, and the legend to the right of it.
fn draw_header<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    scale: u32,
    heading: &str,
) -> Drawn<B> {
    let (s, y) = (scale as i32, 32 * scale as i32);
    let end = area.get_pixel_range().0.end;
    let write = |text, x, size, colour| {
        let style = letters(size, scale, colour).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(text, (x, y), style))
    };
    write(heading, 24 * s, 27, INK)?;

    let data = end - 424 * s;
    area.draw(&Circle::new((data, y), 3 * scale, POINT.mix(0.75).filled()))?;
    write("data", data + 10 * s, 17, FAINT)?;

    let curve = end - 358 * s;
    let line = vec![(curve, y), (curve + 26 * s, y)];
    area.draw(&PathElement::new(line, CURVE.stroke_width(2 * scale)))?;
    write("fitted curve", curve + 34 * s, 17, FAINT)?;

    let band = end - 216 * s;
    let swatch = [(band, y - 6 * s), (band + 26 * s, y + 6 * s)];
    area.draw(&Rectangle::new(swatch, CURVE.mix(BAND).filled()))?;
    write("95 % confidence band", band + 34 * s, 17, FAINT)
}
