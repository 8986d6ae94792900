//! What the figures of the examples have in common: a style, a font, and smooth bitmaps.
//!
//! This is no example of its own: the others include it.

use std::error::Error;
use std::path::Path;

use plotters::chart::MeshStyle;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};

/// Text, and lines that matter.
pub const INK: RGBColor = RGBColor(38, 44, 54);
/// Text that explains, and axes.
pub const FAINT: RGBColor = RGBColor(100, 108, 120);
/// What is shown first.
pub const COOL: RGBColor = RGBColor(47, 93, 138);
/// What is shown beside it.
pub const WARM: RGBColor = RGBColor(196, 78, 42);
/// The grid.
const RULE: RGBColor = RGBColor(232, 235, 239);

/// The SVG backend rounds to whole units, so a unit has to be small.
const UNITS: u32 = 8;
/// Pixels of the bitmap per unit of a figure's size.
const PIXELS: u32 = 2;
/// The bitmap is drawn this many times larger and averaged down, because the bitmap backend does not smooth
/// thick lines and polygons itself.
const OVERSAMPLING: u32 = 3;

/// What drawing on a backend returns.
pub type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

/// A picture that can be drawn on any backend.
pub trait Figure {
    /// Width and height.
    fn size(&self) -> (u32, u32);

    /// Draws on a white sheet, with each length multiplied by `scale`.
    fn draw<B: DrawingBackend>(&self, sheet: &DrawingArea<B, Shift>, scale: u32) -> Drawn<B>;
}

/// Writes `name.svg` and `name.png` into `target` of the workspace, and says so in what it returns.
pub fn write(figure: &impl Figure, name: &str) -> Result<String, String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target");
    // Letters are drawn from a font compiled in, so that no font has to be installed on the machine.
    register_font("sans-serif", FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT)
        .map_err(|_| "the built-in font cannot be read")?;
    let at = |extension: &str| directory.join(format!("{name}.{extension}"));
    let (svg, png) = (at("svg"), at("png"));
    std::fs::create_dir_all(&directory)
        .map_err(Into::into)
        .and_then(|()| write_svg(figure, &svg))
        .and_then(|()| write_png(figure, &png))
        .map(|()| format!("figure: {} and {}", svg.display(), png.display()))
        .map_err(|why: Box<dyn Error>| {
            format!("cannot write the figure to {}: {why}", directory.display())
        })
}

/// The style of text of the given size.
pub fn letters(size: u32, scale: u32, colour: RGBColor) -> TextStyle<'static> {
    ("sans-serif", size * scale).into_font().color(&colour)
}

/// By how much to move down text of the given size that is centred vertically. The backends place it too high, by a
/// fifth of the size in the bitmap and a fourteenth in the SVG; this leaves a fourteenth in either direction.
pub fn sag(size: u32, scale: u32) -> i32 {
    (size * scale / 7) as i32
}

/// Writes to the right of a point.
pub fn caption<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    text: &str,
    (x, y): (i32, i32),
    size: u32,
    scale: u32,
    colour: RGBColor,
) -> Drawn<B> {
    let style = letters(size, scale, colour).pos(Pos::new(HPos::Left, VPos::Center));
    area.draw(&Text::new(text, (x, y + sag(size, scale)), style))
}

/// Gives grid, axes and labels their style; `size` is that of the labels.
pub fn styled<'m, 'a, 'b, B: DrawingBackend>(
    mesh: &'m mut MeshStyle<'a, 'b, RangedCoordf64, RangedCoordf64, B>,
    size: u32,
    scale: u32,
) -> &'m mut MeshStyle<'a, 'b, RangedCoordf64, RangedCoordf64, B> {
    mesh.max_light_lines(0)
        .bold_line_style(RULE.stroke_width(scale))
        .axis_style(FAINT.stroke_width(scale))
        .set_all_tick_mark_size(4 * scale)
        .label_style(letters(size, scale, INK))
        .y_label_offset(sag(size, scale))
        .axis_desc_style(letters(size + 1, scale, FAINT))
}

fn write_svg(figure: &impl Figure, path: &Path) -> Result<(), Box<dyn Error>> {
    let (width, height) = figure.size();
    let (wide, high) = (width * UNITS, height * UNITS);
    let mut svg = String::new();
    draw(figure, SVGBackend::with_string(&mut svg, (wide, high)), UNITS)?;
    // The view box keeps the fine units; the picture asks for its natural size.
    let svg = svg.replacen(
        &format!("width=\"{wide}\" height=\"{high}\""),
        &format!("width=\"{width}\" height=\"{height}\""),
        1,
    );
    Ok(std::fs::write(path, svg)?)
}

fn write_png(figure: &impl Figure, path: &Path) -> Result<(), Box<dyn Error>> {
    let (width, height) = figure.size();
    let (width, height) = (width * PIXELS, height * PIXELS);
    let fine = (width * OVERSAMPLING, height * OVERSAMPLING);
    let mut pixels = vec![0; (fine.0 * fine.1 * 3) as usize];
    draw(figure, BitMapBackend::with_buffer(&mut pixels, fine), PIXELS * OVERSAMPLING)?;
    let mut image = BitMapBackend::new(path, (width, height));
    image.blit_bitmap((0, 0), (width, height), &averaged(&pixels, width, height))?;
    Ok(image.present()?)
}

fn draw<B: DrawingBackend>(figure: &impl Figure, backend: B, scale: u32) -> Drawn<B> {
    let sheet = backend.into_drawing_area();
    sheet.fill(&WHITE)?;
    figure.draw(&sheet, scale)?;
    sheet.present()
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
