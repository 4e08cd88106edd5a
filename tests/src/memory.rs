//! The memory of a process, which a core dump would contain.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};

/// Returns the writable memory of a process.
///
/// Linux allows it for the children of a process, and for root; not with 2 or 3 in
/// `/proc/sys/kernel/yama/ptrace_scope`.
pub fn of_process(id: u32) -> io::Result<Vec<u8>> {
    let maps = fs::read_to_string(format!("/proc/{id}/maps"))?;
    let mut file = File::open(format!("/proc/{id}/mem"))?;
    let mut memory = Vec::new();
    for (start, end) in maps.lines().filter_map(writable) {
        file.seek(SeekFrom::Start(start))?;
        // Parts such as guard pages cannot be read.
        let _ = file.by_ref().take(end - start).read_to_end(&mut memory);
    }
    Ok(memory)
}

/// Returns the addresses of a line of `maps` if the region is writable.
fn writable(line: &str) -> Option<(u64, u64)> {
    let (range, rest) = line.split_once(' ')?;
    let (start, end) = range.split_once('-').filter(|_| rest.starts_with("rw"))?;
    let parse = |text| u64::from_str_radix(text, 16).ok();
    Some((parse(start)?, parse(end)?))
}
