//! The sheet of panels.

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::panel::Panel;
use crate::plot::{COOL, Drawn, FAINT, Figure, INK, WARM, caption};

const COLUMNS: usize = 4;
const PANEL: (u32, u32) = (360, 320);
const HEADER: u32 = 64;

pub const POINT: RGBColor = COOL;
pub const CURVE: RGBColor = WARM;
/// How much of the curve's colour the band keeps.
pub const BAND: f64 = 0.22;

pub struct Sheet {
    pub heading: &'static str,
    pub panels: Vec<Panel>,
}

impl Sheet {
    fn rows(&self) -> usize {
        self.panels.len().div_ceil(COLUMNS)
    }
}

impl Figure for Sheet {
    fn size(&self) -> (u32, u32) {
        (PANEL.0 * COLUMNS as u32 + 24, HEADER + PANEL.1 * self.rows() as u32 + 4)
    }

    fn draw<B: DrawingBackend>(&self, sheet: &DrawingArea<B, Shift>, scale: u32) -> Drawn<B> {
        let (top, grid) = sheet.split_vertically(HEADER * scale);
        draw_header(&top, scale, self.heading)?;
        let grid = grid.margin(0, 4 * scale, 12 * scale, 12 * scale);
        for (area, panel) in grid.split_evenly((self.rows(), COLUMNS)).iter().zip(&self.panels) {
            panel.draw(area, scale)?;
        }
        Ok(())
    }
}

/// The heading, and the legend to the right of it.
fn draw_header<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    scale: u32,
    heading: &str,
) -> Drawn<B> {
    let (s, y) = (scale as i32, 32 * scale as i32);
    let end = area.get_pixel_range().0.end;
    caption(area, heading, (24 * s, y), 27, scale, INK)?;
    let explain = |text, x| caption(area, text, (x, y), 17, scale, FAINT);

    let data = end - 424 * s;
    area.draw(&Circle::new((data, y), 3 * scale, POINT.mix(0.75).filled()))?;
    explain("data", data + 10 * s)?;

    let curve = end - 358 * s;
    let line = vec![(curve, y), (curve + 26 * s, y)];
    area.draw(&PathElement::new(line, CURVE.stroke_width(2 * scale)))?;
    explain("fitted curve", curve + 34 * s)?;

    let band = end - 216 * s;
    let swatch = [(band, y - 6 * s), (band + 26 * s, y + 6 * s)];
    area.draw(&Rectangle::new(swatch, CURVE.mix(BAND).filled()))?;
    explain("95 % confidence band", band + 34 * s)
}
