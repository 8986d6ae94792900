//! The sine and its derivative.

use std::f64::consts::FRAC_PI_2;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::plot::{COOL, Drawn, FAINT, Figure, INK, WARM, caption, styled};

/// Points on both curves.
pub struct Sine {
    pub x: Vec<f64>,
    pub values: Vec<f64>,
    pub slopes: Vec<f64>,
}

const VALUE: RGBColor = COOL;
const SLOPE: RGBColor = WARM;
const HEADER: u32 = 56;

impl Figure for Sine {
    fn size(&self) -> (u32, u32) {
        (760, 420)
    }

    fn draw<B: DrawingBackend>(&self, sheet: &DrawingArea<B, Shift>, scale: u32) -> Drawn<B> {
        let (top, rest) = sheet.split_vertically(HEADER * scale);
        draw_header(&top, scale)?;
        // In quarter turns, so that the ticks are at multiples of π/2.
        let mut chart = ChartBuilder::on(&rest)
            .margin_right(28 * scale)
            .margin_bottom(12 * scale)
            .set_label_area_size(LabelAreaPosition::Left, 64 * scale)
            .set_label_area_size(LabelAreaPosition::Bottom, 46 * scale)
            .build_cartesian_2d(-4.0..4.0, -1.15..1.15)?;
        styled(&mut chart.configure_mesh(), 16, scale)
            .x_labels(9)
            .y_labels(5)
            .x_desc("x")
            .x_label_formatter(&|x| angle(*x))
            .y_label_formatter(&|y: &f64| y.to_string().replace('-', "−"))
            .draw()?;
        let zero = [(-4.0, 0.0), (4.0, 0.0)];
        chart.draw_series(LineSeries::new(zero, FAINT.mix(0.6).stroke_width(scale)))?;
        for (y, colour) in [(&self.values, VALUE), (&self.slopes, SLOPE)] {
            let points = self.x.iter().map(|x| x / FRAC_PI_2).zip(y.iter().copied());
            chart.draw_series(LineSeries::new(points, colour.stroke_width(2 * scale)))?;
        }
        Ok(())
    }
}

fn draw_header<B: DrawingBackend>(area: &DrawingArea<B, Shift>, scale: u32) -> Drawn<B> {
    let s = scale as i32;
    let y = 30 * s;
    caption(area, "The sine and its derivative", (24 * s, y), 24, scale, INK)?;
    for (x, colour, name) in [(392, VALUE, "sin x"), (492, SLOPE, "derivative, from the recording")]
    {
        let line = vec![(x * s, y), ((x + 26) * s, y)];
        area.draw(&PathElement::new(line, colour.stroke_width(2 * scale)))?;
        caption(area, name, ((x + 34) * s, y), 17, scale, FAINT)?;
    }
    Ok(())
}

/// So many quarter turns, as one writes the angle.
fn angle(quarters: f64) -> String {
    let quarters = quarters.round() as i32;
    let sign = if quarters < 0 { "−" } else { "" };
    match quarters.abs() {
        0 => "0".to_string(),
        1 => format!("{sign}π/2"),
        2 => format!("{sign}π"),
        k if k % 2 == 0 => format!("{sign}{}π", k / 2),
        k => format!("{sign}{k}π/2"),
    }
}
