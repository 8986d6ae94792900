//! The sheet: the record and its forecast, how far off the forecast is, and the seasons then and now.

use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use crate::co2::Month;
use crate::plot::{COOL, Drawn, FAINT, Figure, INK, WARM, caption, styled};

const WIDTH: u32 = 1440;
const HEADER: u32 = 64;
const ROWS: [u32; 2] = [440, 340];
/// How much of its colour a band keeps.
const BAND: f64 = 0.25;
/// Standard deviations on either side of the mean that hold 95 % of a normal distribution.
pub const HALF_WIDTH: f64 = 1.96;

/// Times, means and standard deviations.
#[derive(Clone)]
pub struct Curve {
    pub name: String,
    pub times: Vec<f64>,
    pub mean: Vec<f64>,
    pub deviation: Vec<f64>,
}

impl Curve {
    fn line(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.times.iter().copied().zip(self.mean.iter().copied())
    }

    fn band(&self) -> Vec<(f64, f64)> {
        let at = |k: usize, sign: f64| {
            (self.times[k], self.mean[k] + sign * HALF_WIDTH * self.deviation[k])
        };
        let count = self.times.len();
        (0..count).map(|k| at(k, 1.0)).chain((0..count).rev().map(|k| at(k, -1.0))).collect()
    }
}

pub struct Sheet {
    pub past: Vec<Month>,
    pub future: Vec<Month>,
    pub forecast: Curve,
    /// At the times of `future`.
    pub errors: Curve,
    /// The seasons of some years, by the month.
    pub seasons: [Curve; 3],
}

impl Figure for Sheet {
    fn size(&self) -> (u32, u32) {
        (WIDTH, HEADER + ROWS[0] + ROWS[1])
    }

    fn draw<B: DrawingBackend>(&self, sheet: &DrawingArea<B, Shift>, scale: u32) -> Drawn<B> {
        let s = scale as i32;
        let heading = "Carbon dioxide at Mauna Loa, and a forecast by a Gaussian process";
        caption(sheet, heading, (24 * s, 36 * s), 27, scale, INK)?;
        let (_, below) = sheet.split_vertically(HEADER * scale);
        let (top, bottom) = below.split_vertically(ROWS[0] * scale);
        self.draw_record(&top, scale)?;
        let (left, right) = bottom.split_horizontally(860 * scale);
        self.draw_errors(&left, scale)?;
        self.draw_seasons(&right, scale)
    }
}

impl Sheet {
    fn draw_record<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>, scale: u32) -> Drawn<B> {
        let s = scale as i32;
        let mut chart = frame(area, 1958.0..2012.0, 308.0..400.0, scale)?;
        styled(&mut chart.configure_mesh(), 15, scale)
            .x_labels(12)
            .y_labels(6)
            .x_label_formatter(&|year| format!("{year:.0}"))
            .y_label_formatter(&|co2| format!("{co2:.0}"))
            .y_desc("parts per million")
            .draw()?;
        chart.draw_series([Polygon::new(self.forecast.band(), WARM.mix(BAND).filled())])?;
        let line = WARM.stroke_width(scale + scale / 2);
        chart.draw_series(LineSeries::new(self.forecast.line(), line))?;
        for (months, colour) in [(&self.past, COOL), (&self.future, INK)] {
            let dot = |m: &Month| Circle::new((m.time, m.co2), 2 * scale, colour.mix(0.8).filled());
            chart.draw_series(months.iter().map(dot))?;
        }
        caption(area, "monthly means", (76 * s, 14 * s), 17, scale, INK)?;
        let mut x = 220;
        for (text, colour, width) in [("learned from", COOL, 130), ("held out", INK, 100)] {
            area.draw(&Circle::new((x * s, 14 * s), 3 * scale, colour.mix(0.8).filled()))?;
            caption(area, text, ((x + 12) * s, 14 * s), 15, scale, FAINT)?;
            x += width;
        }
        let swatch = [(x * s, 8 * s), ((x + 26) * s, 20 * s)];
        area.draw(&Rectangle::new(swatch, WARM.mix(BAND).filled()))?;
        caption(area, "forecast and its 95 % band", ((x + 34) * s, 14 * s), 15, scale, FAINT)
    }

    fn draw_errors<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>, scale: u32) -> Drawn<B> {
        let s = scale as i32;
        let title =
            "forecast less measurement in the years held out, and the band that was forecast";
        caption(area, title, (76 * s, 14 * s), 17, scale, INK)?;
        let reach = 1.1 * HALF_WIDTH * self.errors.deviation.iter().copied().fold(0.0, f64::max);
        let first = self.future[0].time.floor();
        let mut chart = frame(area, first..2002.0, -reach..reach, scale)?;
        styled(&mut chart.configure_mesh(), 15, scale)
            .x_labels(11)
            .y_labels(7)
            .x_label_formatter(&|year| format!("{year:.0}"))
            .y_label_formatter(&|error| format!("{error:.0}").replace('-', "−"))
            .y_desc("parts per million")
            .draw()?;
        let around_zero = Curve { mean: vec![0.0; self.errors.mean.len()], ..self.errors.clone() };
        chart.draw_series([Polygon::new(around_zero.band(), WARM.mix(BAND).filled())])?;
        chart.draw_series(LineSeries::new(self.errors.line(), INK.stroke_width(scale)))?;
        let dot = |at| Circle::new(at, 3 * scale, INK.filled());
        chart.draw_series(self.errors.line().map(dot))?;
        Ok(())
    }

    fn draw_seasons<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        scale: u32,
    ) -> Drawn<B> {
        let s = scale as i32;
        caption(area, "the seasons of a year", (76 * s, 14 * s), 17, scale, INK)?;
        let mut chart = frame(area, 0.0..12.0, -4.0..4.0, scale)?;
        styled(&mut chart.configure_mesh(), 15, scale)
            .x_labels(13)
            .y_labels(6)
            .x_label_formatter(&|month| format!("{month:.0}"))
            .y_label_formatter(&|co2| format!("{co2:.0}").replace('-', "−"))
            .x_desc("months since New Year")
            .draw()?;
        for ((season, colour), x) in
            self.seasons.iter().zip([COOL, FAINT, WARM]).zip([260, 350, 440])
        {
            chart.draw_series(LineSeries::new(season.line(), colour.stroke_width(2 * scale)))?;
            let line = vec![(x * s, 14 * s), ((x + 26) * s, 14 * s)];
            area.draw(&PathElement::new(line, colour.stroke_width(2 * scale)))?;
            caption(area, &season.name, ((x + 34) * s, 14 * s), 15, scale, FAINT)?;
        }
        Ok(())
    }
}

type Chart<'a, B> = ChartContext<'a, B, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// A chart with room for labels, and for a title above.
fn frame<'a, B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    x: Range<f64>,
    y: Range<f64>,
    scale: u32,
) -> Result<Chart<'a, B>, DrawingAreaErrorKind<B::ErrorType>> {
    ChartBuilder::on(area)
        .margin_top(34 * scale)
        .margin_right(24 * scale)
        .margin_bottom(12 * scale)
        .margin_left(18 * scale)
        .set_label_area_size(LabelAreaPosition::Left, 58 * scale)
        .set_label_area_size(LabelAreaPosition::Bottom, 46 * scale)
        .build_cartesian_2d(x, y)
}
