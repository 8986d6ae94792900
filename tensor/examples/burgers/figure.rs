//! The sheet: the network's solution, its error, and both beside the exact solution at three times.

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::plot::{COOL, Drawn, FAINT, Figure, INK, WARM, caption, styled};

const WIDTH: u32 = 1440;
const HEADER: u32 = 64;
const ROW: u32 = 400;
/// The times of the sections.
const TIMES: [f64; 3] = [0.25, 0.5, 0.75];
/// Errors are drawn from 10⁻⁵ (white) to 10⁻² (black).
const DECADES: (f64, f64) = (-5.0, -2.0);
/// Maps show one place in so many, so that the files stay small.
const COARSER: usize = 2;

/// The solutions on a grid of places and times, by the index of the time and that of the place.
pub struct Sheet {
    pub places: Vec<f64>,
    pub times: Vec<f64>,
    pub network: Vec<Vec<f64>>,
    pub exact: Vec<Vec<f64>>,
    /// Time and place of the points at which the equation was demanded in the end.
    pub points: Vec<(f64, f64)>,
}

impl Figure for Sheet {
    fn size(&self) -> (u32, u32) {
        (WIDTH, HEADER + 2 * ROW)
    }

    fn draw<B: DrawingBackend>(&self, sheet: &DrawingArea<B, Shift>, scale: u32) -> Drawn<B> {
        let s = scale as i32;
        let heading = "Burgers’ equation, solved by a network";
        caption(sheet, heading, (24 * s, 36 * s), 27, scale, INK)?;
        let (_, below) = sheet.split_vertically(HEADER * scale);
        let (maps, sections) = below.split_vertically(ROW * scale);
        let maps = maps.split_evenly((1, 2));
        let title =
            "the network’s u, from −1 (blue) to 1 (red), and where the equation was demanded";
        self.draw_map(&maps[0], scale, title, &self.points, |k, i| diverging(self.network[k][i]))?;
        let title = "its error, from 0.00001 (white) to 0.01 (black), in equal factors";
        let error = |k: usize, i: usize| (self.network[k][i] - self.exact[k][i]).abs();
        self.draw_map(&maps[1], scale, title, &[], |k, i| shade(error(k, i)))?;
        for (area, time) in sections.split_evenly((1, 3)).iter().zip(TIMES) {
            self.draw_section(area, scale, time)?;
        }
        Ok(())
    }
}

impl Sheet {
    fn draw_map<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        scale: u32,
        title: &str,
        points: &[(f64, f64)],
        colour: impl Fn(usize, usize) -> RGBColor,
    ) -> Drawn<B> {
        let s = scale as i32;
        caption(area, title, (64 * s, 14 * s), 17, scale, INK)?;
        let mut chart = ChartBuilder::on(area)
            .margin_top(34 * scale)
            .margin_right(24 * scale)
            .margin_bottom(12 * scale)
            .margin_left(6 * scale)
            .set_label_area_size(LabelAreaPosition::Left, 58 * scale)
            .set_label_area_size(LabelAreaPosition::Bottom, 46 * scale)
            .build_cartesian_2d(0.0..1.0, -1.0..1.0)?;
        styled(&mut chart.configure_mesh(), 15, scale)
            .disable_mesh()
            .x_labels(6)
            .y_labels(5)
            .x_desc("time t")
            .y_desc("place x")
            .x_label_formatter(&|t| tick(*t))
            .y_label_formatter(&|x| tick(*x))
            .draw()?;
        let rows = self.places.len().div_ceil(COARSER);
        let (width, height) = (1.0 / self.times.len() as f64, 2.0 / rows as f64);
        let cells = (0..self.times.len()).flat_map(|k| (0..rows).map(move |i| (k, i)));
        chart.draw_series(cells.map(|(k, i)| {
            let (t, x) = (k as f64 * width, i as f64 * height - 1.0);
            Rectangle::new([(t, x), (t + width, x + height)], colour(k, COARSER * i).filled())
        }))?;
        let dot = |&at| Circle::new(at, scale, INK.mix(0.3).filled());
        chart.draw_series(points.iter().map(dot))?;
        Ok(())
    }

    fn draw_section<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        scale: u32,
        time: f64,
    ) -> Drawn<B> {
        let s = scale as i32;
        let nearest = |k: &usize| ((self.times[*k] - time).abs() * 1e9) as i64;
        let k = (0..self.times.len()).min_by_key(nearest).unwrap_or(0);
        caption(area, &format!("t = {:.2}", self.times[k]), (64 * s, 14 * s), 17, scale, INK)?;
        let mut chart = ChartBuilder::on(area)
            .margin_top(34 * scale)
            .margin_right(24 * scale)
            .margin_bottom(12 * scale)
            .margin_left(6 * scale)
            .set_label_area_size(LabelAreaPosition::Left, 58 * scale)
            .set_label_area_size(LabelAreaPosition::Bottom, 46 * scale)
            .build_cartesian_2d(-1.0..1.0, -1.1..1.1)?;
        styled(&mut chart.configure_mesh(), 15, scale)
            .x_labels(5)
            .y_labels(5)
            .x_desc("place x")
            .y_desc("velocity u")
            .x_label_formatter(&|x| tick(*x))
            .y_label_formatter(&|u| tick(*u))
            .draw()?;
        let curve = |u: &[f64]| self.places.iter().copied().zip(u.to_vec()).collect::<Vec<_>>();
        let exact = COOL.mix(0.45).stroke_width(7 * scale);
        chart.draw_series(LineSeries::new(curve(&self.exact[k]), exact))?;
        let network = WARM.stroke_width(2 * scale);
        chart.draw_series(LineSeries::new(curve(&self.network[k]), network))?;
        for (text, colour, width, y) in
            [("exact", COOL.mix(0.45), 7, 52), ("network", WARM.mix(1.0), 2, 76)]
        {
            let end = area.get_pixel_range().0.len() as i32;
            let line = vec![(end - 130 * s, y * s), (end - 100 * s, y * s)];
            area.draw(&PathElement::new(line, colour.stroke_width(width * scale)))?;
            caption(area, text, (end - 92 * s, y * s), 15, scale, FAINT)?;
        }
        Ok(())
    }
}

/// From the cool colour at −1 over white to the warm one at 1.
fn diverging(u: f64) -> RGBColor {
    between(WHITE, if u < 0.0 { COOL } else { WARM }, u.abs().min(1.0))
}

fn shade(error: f64) -> RGBColor {
    let (low, high) = DECADES;
    between(WHITE, INK, ((error.log10() - low) / (high - low)).clamp(0.0, 1.0))
}

fn between(from: RGBColor, to: RGBColor, share: f64) -> RGBColor {
    let mixed = |a: u8, b: u8| (f64::from(a) * (1.0 - share) + f64::from(b) * share).round() as u8;
    RGBColor(mixed(from.0, to.0), mixed(from.1, to.1), mixed(from.2, to.2))
}

fn tick(value: f64) -> String {
    format!("{}", (value * 1e6).round() / 1e6 + 0.0).replace('-', "−")
}
