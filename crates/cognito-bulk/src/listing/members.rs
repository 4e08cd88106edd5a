//! Members of groups, in files that are chosen by the beginning of the users' ids, for a join in
//! constant memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{JobError, OfFile};
use crate::files;

/// The digits of an id that choose a file: the second is the same for all users of a pool.
const DIGITS: [usize; 2] = [0, 2];

/// Files of memberships. Each has a line with the user's id and the numbers of the group and the
/// run.
///
/// A resumed job lists unfinished groups again, and ignores their lines of earlier runs.
pub(super) struct Members {
    directory: PathBuf,
    files: BTreeMap<String, BufWriter<File>>,
    /// The names of files that have changed since they were synced.
    changed: BTreeSet<String>,
}

/// The groups of the users of a shard: sorted pairs of the hash of an id and the number of a group.
/// Hashes take less memory than ids.
#[derive(Debug, Default)]
pub(crate) struct GroupsOfUsers(Vec<(UserHash, u32)>);

impl GroupsOfUsers {
    /// Returns the numbers of the groups of a user, in order.
    pub(crate) fn of(&self, sub: &str) -> impl Iterator<Item = u32> {
        let hash = UserHash::of(sub);
        let start = self.0.partition_point(|(user, _)| *user < hash);
        let groups = self.0.iter().skip(start).take_while(move |(user, _)| *user == hash);
        groups.map(|(_, group)| *group)
    }
}

/// A hash of the id of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct UserHash([u8; 16]);

impl UserHash {
    pub(super) fn of(id: &str) -> Self {
        let digest = Sha256::digest(id);
        Self(digest.first_chunk().copied().unwrap_or_default())
    }
}

impl Members {
    pub(super) fn open(directory: PathBuf) -> Result<Self, JobError> {
        fs::create_dir_all(&directory).of_file(&directory)?;
        Ok(Self { directory, files: BTreeMap::new(), changed: BTreeSet::new() })
    }

    pub(super) fn add(&mut self, sub: &str, group: u32, run: u32) -> Result<(), JobError> {
        let name = file_name(sub);
        let path = self.directory.join(&name);
        if !self.changed.contains(&name) {
            self.changed.insert(name.clone());
        }
        let file = match self.files.get_mut(&name) {
            Some(file) => file,
            None => {
                let file = opened(&path)?;
                self.files.entry(name).or_insert_with(|| BufWriter::new(file))
            }
        };
        writeln!(file, "{sub}\t{group}\t{run}").of_file(&path)
    }

    /// Writes the buffered memberships, and returns the files that have to be synced.
    pub(super) fn written(&mut self) -> Result<Vec<(PathBuf, File)>, JobError> {
        let mut written = Vec::new();
        for name in std::mem::take(&mut self.changed) {
            let Some(file) = self.files.get_mut(&name) else { continue };
            let path = self.directory.join(name);
            file.flush().of_file(&path)?;
            let file = file.get_ref().try_clone().of_file(&path)?;
            written.push((path, file));
        }
        Ok(written)
    }

    /// Returns the number of memberships of each group and run, or no entries if the directory is
    /// missing.
    pub(super) fn counts(directory: &Path) -> Result<HashMap<(u32, u32), u64>, JobError> {
        let mut counts = HashMap::new();
        let entries = match fs::read_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(counts),
            entries => entries.of_file(directory)?,
        };
        for entry in entries {
            let path = entry.of_file(directory)?.path();
            each(&path, |_, group, run| {
                let count: &mut u64 = counts.entry((group, run)).or_default();
                *count = count.saturating_add(1);
            })?;
        }
        Ok(counts)
    }

    /// Returns the groups of the users whose ids begin with a prefix. `runs` are the runs that have
    /// listed the groups.
    pub(super) fn of_shard(
        directory: &Path,
        prefix: &str,
        runs: &[u32],
    ) -> Result<GroupsOfUsers, JobError> {
        let mut groups = GroupsOfUsers::default();
        for entry in fs::read_dir(directory).of_file(directory)? {
            let path = entry.of_file(directory)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            // A short prefix matches several files.
            if name.starts_with(&file_name(prefix)) {
                each(&path, |sub, group, run| {
                    if sub.starts_with(prefix) && is_of_run(runs, group, run) {
                        groups.0.push((UserHash::of(sub), group));
                    }
                })?;
            }
        }
        groups.0.sort_unstable();
        groups.0.dedup();
        Ok(groups)
    }
}

/// Returns the name of the file for an id. Ids come from the service, so only their hexadecimal
/// digits are used in a path.
fn file_name(sub: &str) -> String {
    let digits = DIGITS.iter().filter_map(|digit| sub.chars().nth(*digit));
    digits.map(|digit| if digit.is_ascii_hexdigit() { digit } else { '_' }).collect()
}

/// Opens a file for appending, and removes a torn line at its end.
fn opened(path: &Path) -> Result<File, JobError> {
    let mut file = files::private()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .of_file(path)?;
    let (mut length, mut reader, mut line) = (0, BufReader::new(&file), Vec::new());
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line).of_file(path)?;
        if line.last() != Some(&b'\n') {
            break;
        }
        length += u64::try_from(read).unwrap_or_default();
    }
    file.set_len(length).of_file(path)?;
    file.seek(SeekFrom::End(0)).of_file(path)?;
    Ok(file)
}

/// Calls a function with the user, the group and the run of each complete line.
fn each(path: &Path, mut membership: impl FnMut(&str, u32, u32)) -> Result<(), JobError> {
    let (mut reader, mut line) = (BufReader::new(File::open(path).of_file(path)?), Vec::new());
    while reader.read_until(b'\n', &mut line).of_file(path)? > 0 {
        if let Some((sub, group, run)) = parsed(&line) {
            membership(sub, group, run);
        }
        line.clear();
    }
    Ok(())
}

fn parsed(line: &[u8]) -> Option<(&str, u32, u32)> {
    let line = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
    let (sub, rest) = line.split_once('\t')?;
    let (group, run) = rest.split_once('\t')?;
    Some((sub, group.parse().ok()?, run.parse().ok()?))
}

/// Returns whether a run has listed a group. `runs` are the runs that have listed the groups.
fn is_of_run(runs: &[u32], group: u32, run: u32) -> bool {
    usize::try_from(group).ok().and_then(|group| runs.get(group)) == Some(&run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_joined_by_shard_without_duplicates_and_torn_lines() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_owned();
        let mut members = Members::open(path.clone()).unwrap();
        for (sub, group) in [("ab1", 2), ("ab2", 0), ("ab1", 0), ("ac1", 1), ("../x", 3)] {
            members.add(sub, group, 1).unwrap();
        }
        members.written().unwrap();
        let of_shard = |prefix, sub| -> Vec<u32> {
            Members::of_shard(&path, prefix, &[1; 4]).unwrap().of(sub).collect()
        };
        assert_eq!(of_shard("ab", "ab1"), [0, 2]);
        let file = path.join("a1");
        let torn = fs::read(&file).unwrap();
        fs::write(&file, &torn[..torn.len() - 1]).unwrap();
        assert!(of_shard("", "ac1").is_empty(), "the line may be cut within a number");
        let mut members = Members::open(path.clone()).unwrap();
        members.add("ab1", 2, 1).unwrap();
        members.written().unwrap();

        for prefix in ["ab", "ab1", "a", ""] {
            assert_eq!(of_shard(prefix, "ab1"), [0, 2]);
        }
        assert_eq!(of_shard("a", "ab2"), [0]);
        assert_eq!(of_shard("", "../x"), [3]);
        assert!(of_shard("ab2", "ab1").is_empty() && of_shard("b", "ab1").is_empty());
    }

    #[test]
    fn memberships_of_a_run_that_did_not_finish_the_group_do_not_count() {
        let directory = tempfile::tempdir().unwrap();
        let mut members = Members::open(directory.path().to_owned()).unwrap();
        for (sub, run) in [("left", 1), ("stayed", 1), ("stayed", 2), ("joined", 2)] {
            members.add(sub, 0, run).unwrap();
        }
        members.written().unwrap();
        let counts = Members::counts(directory.path()).unwrap();
        assert_eq!(counts, HashMap::from([((0, 1), 2), ((0, 2), 2)]));
        let groups = Members::of_shard(directory.path(), "", &[2]).unwrap();
        let counts = ["joined", "stayed", "left"].map(|sub| groups.of(sub).count());
        assert_eq!(counts, [1, 1, 0]);
    }
}
