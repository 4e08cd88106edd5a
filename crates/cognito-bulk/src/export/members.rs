//! The users of groups, in files by the beginning of their ids: a join in constant memory.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::{JobError, OfFile};

/// The digits of an id that choose a file.
const DIGITS: usize = 2;

/// Files of memberships: a line with the user's id and the number of the group for each.
///
/// A resumed job lists a group that was not finished once more, so that a membership can be there
/// twice.
pub(super) struct Members {
    directory: PathBuf,
    files: BTreeMap<String, BufWriter<File>>,
}

/// The groups of the users of a shard, by the id of the user, as numbers in order.
pub(super) type GroupsOfUsers = HashMap<String, Vec<u32>>;

impl Members {
    pub(super) fn open(directory: PathBuf) -> Result<Self, JobError> {
        fs::create_dir_all(&directory).of_file(&directory)?;
        Ok(Self { directory, files: BTreeMap::new() })
    }

    pub(super) fn add(&mut self, sub: &str, group: u32) -> Result<(), JobError> {
        let name = file_name(sub);
        let path = self.directory.join(&name);
        let file = match self.files.get_mut(&name) {
            Some(file) => file,
            None => {
                let file = opened(&path)?;
                self.files.entry(name).or_insert_with(|| BufWriter::new(file))
            }
        };
        writeln!(file, "{sub}\t{group}").of_file(&path)
    }

    /// Puts what was added on disk.
    pub(super) fn sync(&mut self) -> Result<(), JobError> {
        for (name, file) in &mut self.files {
            let path = self.directory.join(name);
            file.flush().of_file(&path)?;
            file.get_ref().sync_data().of_file(&path)?;
        }
        Ok(())
    }

    /// Returns the groups of the users whose ids begin so.
    pub(super) fn of_shard(directory: &Path, prefix: &str) -> Result<GroupsOfUsers, JobError> {
        let mut groups = GroupsOfUsers::new();
        for entry in fs::read_dir(directory).of_file(directory)? {
            let path = entry.of_file(directory)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if prefix.starts_with(name) || name.starts_with(prefix) {
                read(&path, prefix, &mut groups)?;
            }
        }
        for groups in groups.values_mut() {
            groups.sort_unstable();
            groups.dedup();
        }
        Ok(groups)
    }
}

/// Ids come from the service, and only their digits go into a path.
fn file_name(sub: &str) -> String {
    let digits = sub.chars().take(DIGITS);
    digits.map(|digit| if digit.is_ascii_hexdigit() { digit } else { '_' }).collect()
}

/// Opens a file to append to it, without a torn line at its end.
fn opened(path: &Path) -> Result<File, JobError> {
    let mut file = OpenOptions::new()
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

fn read(path: &Path, prefix: &str, groups: &mut GroupsOfUsers) -> Result<(), JobError> {
    let file = File::open(path).of_file(path)?;
    for line in BufReader::new(file).lines() {
        let line = line.of_file(path)?;
        let Some((sub, group)) = line.split_once('\t').filter(|(sub, _)| sub.starts_with(prefix))
        else {
            continue;
        };
        if let Ok(group) = group.parse() {
            groups.entry(sub.to_owned()).or_default().push(group);
        }
    }
    Ok(())
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
            members.add(sub, group).unwrap();
        }
        members.sync().unwrap();
        let file = path.join("ab");
        let torn = fs::read(&file).unwrap();
        fs::write(&file, &torn[..torn.len() - 2]).unwrap();
        let mut members = Members::open(path.clone()).unwrap();
        members.add("ab1", 2).unwrap();
        members.sync().unwrap();

        let ab = Members::of_shard(&path, "ab").unwrap();
        assert_eq!(ab, GroupsOfUsers::from([("ab1".into(), vec![2]), ("ab2".into(), vec![0])]));
        assert_eq!(Members::of_shard(&path, "ab2").unwrap().len(), 1);
        assert_eq!(Members::of_shard(&path, "a").unwrap().len(), 3);
        assert_eq!(Members::of_shard(&path, "").unwrap().len(), 4);
        assert!(Members::of_shard(&path, "b").unwrap().is_empty());
    }
}
