//! The sheet: how the networks learned, what they take for what, and what is hard.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use wengert_tensor::Tensor;

use crate::digits::{CLASSES, Digits, SIDE};
use crate::plot::{COOL, Drawn, FAINT, Figure, INK, WARM, caption, letters, sag, styled};
use crate::training::Losses;

/// How many of the hardest images are shown.
const HARDEST: usize = 12;
const WIDTH: u32 = 1440;
const HEADER: u32 = 64;
const ROW: u32 = 452;
const STRIP: u32 = 228;

/// What is drawn of a network.
pub struct Network<'a> {
    pub name: &'static str,
    pub losses: &'a [Losses],
    /// Of each image of the test set, the probability of each digit.
    pub probabilities: &'a Tensor<f32>,
}

pub struct Sheet<'a> {
    /// The one that the hardest images are shown of comes first.
    pub networks: [Network<'a>; 2],
    pub test: &'a Digits,
}

const COLOURS: [RGBColor; 2] = [WARM, COOL];

impl Figure for Sheet<'_> {
    fn size(&self) -> (u32, u32) {
        (WIDTH, HEADER + ROW + STRIP)
    }

    fn draw<B: DrawingBackend>(&self, sheet: &DrawingArea<B, Shift>, scale: u32) -> Drawn<B> {
        let s = scale as i32;
        caption(sheet, "Two networks learn to read digits", (24 * s, 36 * s), 27, scale, INK)?;
        let (_, below) = sheet.split_vertically(HEADER * scale);
        let (row, strip) = below.split_vertically(ROW * scale);
        let (left, matrices) = row.split_horizontally(600 * scale);
        self.draw_losses(&left, scale)?;
        let matrices = matrices.split_evenly((1, 2));
        for ((network, area), colour) in self.networks.iter().zip(&matrices).zip(COLOURS) {
            draw_confusion(area, network, self.test, colour, scale)?;
        }
        self.draw_hardest(&strip, scale)
    }
}

impl Sheet<'_> {
    /// Validation losses as lines, training losses as thin ones, and the epochs that were kept as dots.
    fn draw_losses<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>, scale: u32) -> Drawn<B> {
        let s = scale as i32;
        caption(area, "mean loss", (64 * s, 16 * s), 18, scale, INK)?;
        let x = (0..2).map(|k| 180 + 220 * k);
        for ((network, colour), x) in self.networks.iter().zip(COLOURS).zip(x) {
            let line = vec![(x * s, 16 * s), ((x + 24) * s, 16 * s)];
            area.draw(&PathElement::new(line, colour.stroke_width(3 * scale)))?;
            caption(area, network.name, ((x + 32) * s, 16 * s), 15, scale, FAINT)?;
        }
        let note = "bold: validation; thin: training; dot: the epoch that is kept";
        caption(area, note, (64 * s, 40 * s), 15, scale, FAINT)?;

        let all = || self.networks.iter().flat_map(|n| n.losses);
        let least = all().map(|l| l.training.min(l.validation)).fold(1.0, f64::min);
        let most = all().map(|l| l.training.max(l.validation)).fold(1.0, f64::max);
        let epochs = self.networks.iter().map(|n| n.losses.len()).max().unwrap_or(1);
        let mut chart = ChartBuilder::on(area)
            .margin_top(60 * scale)
            .margin_right(24 * scale)
            .margin_bottom(20 * scale)
            .margin_left(6 * scale)
            .set_label_area_size(LabelAreaPosition::Left, 58 * scale)
            .set_label_area_size(LabelAreaPosition::Bottom, 46 * scale)
            .build_cartesian_2d(
                0.0..epochs as f64 + 0.5,
                least.log10() - 0.1..most.log10() + 0.1,
            )?;
        styled(&mut chart.configure_mesh(), 15, scale)
            .x_labels(8)
            .y_labels(4)
            .x_desc("epoch")
            .x_label_formatter(&|epoch| format!("{epoch:.0}"))
            .y_label_formatter(&|power| format!("{}", (10_f64.powf(*power) * 1e6).round() / 1e6))
            .draw()?;
        for (network, colour) in self.networks.iter().zip(COLOURS) {
            let curve = |loss: fn(&Losses) -> f64| {
                let points = network.losses.iter().enumerate();
                points.map(move |(k, losses)| ((k + 1) as f64, loss(losses).log10()))
            };
            let thin = colour.mix(0.55).stroke_width(scale);
            chart.draw_series(LineSeries::new(curve(|l| l.training), thin))?;
            let bold = colour.stroke_width(3 * scale);
            chart.draw_series(LineSeries::new(curve(|l| l.validation), bold))?;
            let kept = curve(|l| l.validation).min_by(|a, b| a.1.total_cmp(&b.1));
            chart.draw_series(kept.map(|at| Circle::new(at, 6 * scale, colour.filled())))?;
        }
        Ok(())
    }

    /// The test images to whose truth the first network gives the least probability.
    fn draw_hardest<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        scale: u32,
    ) -> Drawn<B> {
        let s = scale as i32;
        let Network { name, probabilities, .. } = &self.networks[0];
        let text = format!(
            "the {HARDEST} test images that are hardest for the {name}: what they are, and its answer"
        );
        caption(area, &text, (24 * s, 20 * s), 18, scale, INK)?;
        let truth = |n: usize| probabilities[[n, self.test.labels[[n]]]];
        let mut order: Vec<usize> = (0..self.test.len()).collect();
        order.sort_by(|&a, &b| truth(a).total_cmp(&truth(b)));
        let answers = probabilities.argmax_over(-1);
        for (place, &n) in order[..HARDEST].iter().enumerate() {
            let (x, y) = (24 + 117 * place as i32, 46);
            draw_image(area, self.test, n, (x, y), 13, scale)?;
            let (label, answer) = (self.test.labels[[n]], answers[[n]]);
            let sure = 100.0 * probabilities[[n, answer]];
            let colour = if label == answer { FAINT } else { WARM };
            let middle = (x + 52) * s;
            centred(area, &format!("{label}"), (middle, 168 * s), 18, scale, INK)?;
            let answer = format!("read as {answer}, {sure:.0} %");
            centred(area, &answer, (middle, 190 * s), 14, scale, colour)?;
        }
        Ok(())
    }
}

/// How many images of each digit (rows) were taken for which (columns).
fn draw_confusion<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    network: &Network<'_>,
    test: &Digits,
    colour: RGBColor,
    scale: u32,
) -> Drawn<B> {
    let s = scale as i32;
    let answers = network.probabilities.argmax_over(-1).to_vec();
    let mut counts = [[0; CLASSES]; CLASSES];
    for (truth, answer) in test.labels.to_vec().into_iter().zip(answers) {
        counts[truth][answer] += 1;
    }
    let right: i32 = (0..CLASSES).map(|k| counts[k][k]).sum();
    let title = format!("{}: {right} of {} right", network.name, test.len());
    caption(area, &title, (40 * s, 16 * s), 18, scale, INK)?;
    caption(area, "rows: the truth; columns: the answer", (40 * s, 40 * s), 15, scale, FAINT)?;
    let most = counts.iter().flatten().copied().max().unwrap_or(1);
    let (side, left, top) = (35, 40, 84);
    for (row, counts) in counts.iter().enumerate() {
        let y = top + side * row as i32;
        let digit = row.to_string();
        centred(area, &digit, ((left - 16) * s, (y + side / 2) * s), 15, scale, FAINT)?;
        centred(
            area,
            &digit,
            ((left + side * row as i32 + side / 2) * s, (top - 14) * s),
            15,
            scale,
            FAINT,
        )?;
        for (column, &count) in counts.iter().enumerate() {
            let x = left + side * column as i32;
            let cell = [(x * s, y * s), ((x + side - 2) * s, (y + side - 2) * s)];
            let is_wrong = row != column && count > 0;
            let share = 0.15 + 0.7 * f64::from(count) / f64::from(most);
            let (fill, ink) = match count {
                0 => (INK.mix(0.05), FAINT),
                _ if is_wrong => (INK.mix(0.75), WHITE),
                _ => (colour.mix(share), if share > 0.5 { WHITE } else { INK }),
            };
            area.draw(&Rectangle::new(cell, fill.filled()))?;
            if count > 0 {
                let middle = ((x + side / 2 - 1) * s, (y + side / 2 - 1) * s);
                centred(area, &count.to_string(), middle, 15, scale, ink)?;
            }
        }
    }
    Ok(())
}

fn draw_image<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    digits: &Digits,
    number: usize,
    (left, top): (i32, i32),
    pixel: i32,
    scale: u32,
) -> Drawn<B> {
    let s = scale as i32;
    for row in 0..SIDE {
        for column in 0..SIDE {
            let black = f64::from(digits.images[[number, 0, row, column]]);
            let (x, y) = (left + pixel * column as i32, top + pixel * row as i32);
            let square = [(x * s, y * s), ((x + pixel) * s, (y + pixel) * s)];
            area.draw(&Rectangle::new(square, INK.mix(0.04 + 0.96 * black).filled()))?;
        }
    }
    Ok(())
}

/// Writes around a point.
fn centred<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    text: &str,
    (x, y): (i32, i32),
    size: u32,
    scale: u32,
    colour: RGBColor,
) -> Drawn<B> {
    let style = letters(size, scale, colour).pos(Pos::new(HPos::Center, VPos::Center));
    area.draw(&Text::new(text, (x, y + sag(size, scale)), style))
}
