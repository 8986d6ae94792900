//! One fit in one predictor, drawn: data, curve and confidence band.

use std::iter::zip;
use std::ops::Range;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::figure::{BAND, CURVE, POINT};
use crate::plot::{Drawn, FAINT, INK, letters, styled};
use crate::study::Study;
use crate::uncertainty::student_quantile;

/// Into how many pieces the curve is divided.
const STEPS: usize = 400;

pub struct Panel {
    title: String,
    subtitle: String,
    x_label: String,
    y_label: String,
    data: Vec<(f64, f64)>,
    /// Position, prediction, and half the width of the band.
    curve: Vec<(f64, f64, f64)>,
}

impl Panel {
    /// The picture of a fit, unless its band is infinite.
    pub fn of(study: &Study<'_>) -> Option<Panel> {
        let (fit, b) = (study.fit, &study.best);
        let problem = fit.problem;
        let covariance = study.gauss_newton.as_ref()?;
        let t = student_quantile(0.95, problem.degrees_of_freedom);
        let (low, high) = extent(problem.x.iter().map(|x| x[0]));
        let point = |i| {
            let x = low + (high - low) * i as f64 / STEPS as f64;
            let half = t * covariance.deviation_along(fit.prediction_gradient(b, x));
            (x, fit.model.predict(b, &[x]), half)
        };
        Some(Panel {
            title: problem.name.clone(),
            subtitle: format!("{} observations, {} parameters", problem.y.len(), b.len()),
            x_label: problem.predictors[0].clone(),
            y_label: problem.response.clone(),
            data: zip(&problem.x, &problem.y).map(|(x, &y)| (x[0], y)).collect(),
            curve: (0..=STEPS).map(point).collect(),
        })
    }

    /// Draws the panel with each length multiplied by `scale`.
    pub fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>, scale: u32) -> Drawn<B> {
        let s = scale as i32;
        let heading = |text, y, size, colour| {
            area.draw(&Text::new(text, (64 * s, y * s), letters(size, scale, colour)))
        };
        heading(self.title.as_str(), 8, 22, INK)?;
        heading(self.subtitle.as_str(), 33, 15, FAINT)?;

        let mut chart = ChartBuilder::on(area)
            .margin_top(58 * scale)
            .margin_right(16 * scale)
            .margin_bottom(18 * scale)
            .margin_left(6 * scale)
            .set_label_area_size(LabelAreaPosition::Left, 58 * scale)
            .set_label_area_size(LabelAreaPosition::Bottom, 46 * scale)
            .build_cartesian_2d(self.x_range(), self.y_range())?;
        styled(&mut chart.configure_mesh(), 15, scale)
            .x_labels(6)
            .y_labels(5)
            .x_desc(self.x_label.as_str())
            .y_desc(self.y_label.as_str())
            .x_label_formatter(&|v| tick(*v))
            .y_label_formatter(&|v| tick(*v))
            .draw()?;

        let above = self.curve.iter().map(|&(x, y, half)| (x, y + half));
        let below = self.curve.iter().rev().map(|&(x, y, half)| (x, y - half));
        let band: Vec<_> = above.chain(below).collect();
        chart.draw_series([Polygon::new(band, CURVE.mix(BAND).filled())])?;
        // Many points make a cloud: draw them smaller and lighter.
        let (radius, shade) = if self.data.len() > 100 { (2, 0.45) } else { (3, 0.75) };
        let dot = |&at| Circle::new(at, radius * scale, POINT.mix(shade).filled());
        chart.draw_series(self.data.iter().map(dot))?;
        let curve = self.curve.iter().map(|&(x, y, _)| (x, y));
        chart.draw_series(LineSeries::new(curve, CURVE.stroke_width(2 * scale)))?;
        Ok(())
    }

    fn x_range(&self) -> Range<f64> {
        padded(extent(self.data.iter().map(|&(x, _)| x)))
    }

    fn y_range(&self) -> Range<f64> {
        let band = self.curve.iter().flat_map(|&(_, y, half)| [y - half, y + half]);
        padded(extent(self.data.iter().map(|&(_, y)| y).chain(band)))
    }
}

/// The least and the greatest value.
fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

/// A little room at both ends.
fn padded((low, high): (f64, f64)) -> Range<f64> {
    let room = 0.04 * (high - low);
    low - room..high + room
}

/// A tick label without trailing zeros.
fn tick(value: f64) -> String {
    // Ticks are computed by repeated addition: 1e-17 stands for zero.
    let text = format!("{value:.6}");
    match text.trim_end_matches('0').trim_end_matches('.') {
        "-0" => "0".to_string(),
        text => text.replace('-', "−"),
    }
}
