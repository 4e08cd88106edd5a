//! The output of an export: its parts in order.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use super::{Export, row};
use crate::error::{JobError, OfFile};
use crate::files;
use crate::job_directory::remove_file;
use crate::listing::{Complete, RowFormat};

/// Writes the output beside the parts, and moves it to its path when it is complete.
pub(super) fn output(export: &Export, users: &Complete) -> Result<(), JobError> {
    let (target, paths) = (&export.listing.output, &export.listing.paths);
    let path = paths.output("output");
    // A run that was killed may have linked this file to the path of the output.
    remove_file(&path)?;
    let mut file = BufWriter::new(files::create(&path).of_file(&path)?);
    let settings = &export.listing.settings;
    if settings.rows == RowFormat::Csv {
        let header = row::header(settings, &users.started.attributes);
        file.write_all(&header).of_file(&path)?;
    }
    for prefix in users.parts.keys() {
        let part = paths.part(prefix);
        let mut part_file = File::open(&part).of_file(&part)?;
        io::copy(&mut part_file, &mut file).of_file(&path)?;
    }
    let file = file.into_inner().map_err(io::IntoInnerError::into_error).of_file(&path)?;
    file.sync_all().of_file(&path)?;
    match files::publish(&path, target) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(JobError::OutputExists),
        published => published.of_file(target),
    }
}
