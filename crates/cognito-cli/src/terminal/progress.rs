//! Progress of long commands: a bar on a terminal, otherwise a line every 30 seconds.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::Terminal;

/// The interval between two lines without a terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(30);

const WITH_TOTAL: &str = "{bar:30} {pos}/{len} {prefix}, {per_sec}, {eta} left{msg}";
const WITHOUT_TOTAL: &str = "{spinner} {pos} {prefix}, {per_sec}{msg}";

/// The progress of a command.
#[derive(Debug)]
pub(crate) struct Progress {
    terminal: Terminal,
    label: String,
    total: Option<u64>,
    display: Display,
}

#[derive(Debug)]
enum Display {
    Bar(ProgressBar),
    Lines { next: Instant },
    None,
}

impl Terminal {
    /// Starts to show progress. `label` is a text such as `users exported`; the total may be an
    /// estimate.
    pub(crate) fn progress(&self, label: &str, total: Option<u64>) -> Progress {
        let display = match (self.quiet, self.shows_progress) {
            (true, _) => Display::None,
            (false, true) => Display::Bar(bar(label, total)),
            (false, false) => Display::Lines { next: Instant::now() + BETWEEN_LINES },
        };
        Progress { terminal: self.clone(), label: label.to_owned(), total, display }
    }
}

impl Progress {
    /// Shows the number of items that are done, and the number of throttled requests.
    pub(crate) fn update(&mut self, done: u64, throttled: u64) {
        self.update_at(done, throttled, Instant::now());
    }

    /// Ends the display.
    pub(crate) fn finish(self) {
        if let Display::Bar(bar) = self.display {
            bar.finish_and_clear();
        }
    }

    fn update_at(&mut self, done: u64, throttled: u64, now: Instant) {
        let is_due = match &mut self.display {
            Display::None => false,
            Display::Bar(bar) => {
                // The total can be an estimate that is too low.
                if self.total.is_some_and(|total| done > total) {
                    bar.set_length(done);
                }
                bar.set_position(done);
                bar.set_message(throttles(throttled));
                false
            }
            Display::Lines { next } if now >= *next => {
                *next = now + BETWEEN_LINES;
                true
            }
            Display::Lines { .. } => false,
        };
        if is_due {
            self.terminal.note(&self.line(done, throttled));
        }
    }

    fn line(&self, done: u64, throttled: u64) -> String {
        let of_total = self.total.map(|total| format!(" of about {total}")).unwrap_or_default();
        format!("{done}{of_total} {}{}", self.label, throttles(throttled))
    }
}

fn bar(label: &str, total: Option<u64>) -> ProgressBar {
    let template = if total.is_some() { WITH_TOTAL } else { WITHOUT_TOTAL };
    let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let bar = bar.with_prefix(label.to_owned());
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn throttles(number: u64) -> String {
    match number {
        0 => String::new(),
        1 => ", throttled once".to_owned(),
        number => format!(", throttled {number} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_terminal_there_is_a_line_every_30_seconds() {
        let terminal = Terminal::absent(false);
        let mut progress = terminal.progress("users exported", Some(100));
        assert_eq!(progress.line(7, 0), "7 of about 100 users exported");
        assert_eq!(progress.line(7, 2), "7 of about 100 users exported, throttled 2 times");
        let Display::Lines { next } = progress.display else { panic!("a bar") };
        progress.update_at(8, 0, next - Duration::from_secs(1));
        assert!(matches!(progress.display, Display::Lines { next: same } if same == next));
        progress.update_at(9, 0, next);
        let later = next + BETWEEN_LINES;
        assert!(matches!(progress.display, Display::Lines { next: other } if other == later));
    }

    #[test]
    fn templates_of_bars_are_well_formed() {
        for template in [WITH_TOTAL, WITHOUT_TOTAL] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
