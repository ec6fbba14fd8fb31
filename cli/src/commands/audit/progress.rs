//! How far an audit is: a bar on the terminal of the person who waits, and nothing anywhere else.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::problem::{Case, Problem};

/// A bar over the bytes that are read. It is drawn on standard error, if that is a terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// A bar over so many bytes; without a number it only counts them. For programs, none is shown.
    pub(super) fn new(bytes: Option<u64>, json: bool) -> Self {
        let target = if json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(bytes, target);
        let look = match bytes {
            Some(_) => "{percent:>3} % {wide_bar} {binary_bytes} / {binary_total_bytes}, {eta}",
            None => "{binary_bytes}, {elapsed}",
        };
        // the look is a constant, so it is one that can be read
        Self(ProgressStyle::with_template(look).map_or(bar.clone(), |style| bar.with_style(style)))
    }

    /// A bar over a file that is read so often.
    pub(super) fn of_file(path: &Path, times: u64, json: bool) -> Result<Self, Problem> {
        let length = std::fs::metadata(path).map_err(|_| Problem::with_file(Case::FileUnreadable, path))?.len();
        Ok(Self::new(Some(length.saturating_mul(times)), json))
    }

    /// Opens a file whose bytes move the bar.
    pub(super) fn open(&self, path: &Path) -> Result<impl Read + Send + use<>, Problem> {
        let file = File::open(path).map_err(|_| Problem::with_file(Case::FileUnreadable, path))?;
        Ok(self.reads(BufReader::new(file)))
    }

    /// Lets the bytes that are read move the bar.
    pub(super) fn reads<R: Read + Send>(&self, from: R) -> impl Read + Send + use<R> {
        self.0.wrap_read(from)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
