//! The jobs that can be resumed, each in a directory of `$XDG_STATE_HOME/cognito/jobs`.

mod counts;
mod description;

use std::collections::hash_map::RandomState;
use std::fs::{self, File, TryLockError};
use std::hash::BuildHasher;
use std::io;
use std::path::{Path, PathBuf};

pub(crate) use self::counts::Counts;
pub(crate) use self::description::{Description, Work};
use crate::app::App;
use crate::commands::users::input;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::printable;
use crate::private_files::{
    create_new_private_directory, create_new_private_file, create_private_directory,
    write_privately,
};

const DESCRIPTION: &str = "job.json";
/// The file that a process locks until the directory belongs to a job.
const DRAFT: &str = "draft";
const NAMES: &str = "names.jsonl";
/// The names of files with a copy of standard input.
const INPUT_CSV: &str = "input.csv";
const INPUT_JSON_LINES: &str = "input.jsonl";
/// The name of the file with the id of a directory of jobs.
const PLACE: &str = "place";
const OUTCOMES: &str = "outcomes.jsonl";
/// The names of the files of an export.
const USERS_CSV: &str = "users.csv";
const USERS_JSON_LINES: &str = "users.jsonl";
/// The extension of the library's directory with the journal, next to the outcomes.
const JOURNAL: &str = ".job";

/// A job with a directory.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) directory: PathBuf,
    pub(crate) description: Description,
}

/// The directory of a job that is not yet created. Dropping this value removes it, unless it was
/// finished.
#[derive(Debug)]
pub(crate) struct Draft {
    job: Job,
    /// The lock is released when the process ends, even if it is killed.
    _lock: File,
    is_finished: bool,
}

/// The state of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Running,
    /// The job was stopped, or its run was killed.
    Stopped,
    Finished,
}

/// All jobs.
#[derive(Debug)]
pub(crate) struct Store {
    directory: PathBuf,
}

impl Store {
    pub(crate) fn of(app: &App) -> Outcome<Self> {
        let store = Self { directory: app.environment.state_directory()?.join("jobs") };
        store.remove_abandoned();
        Ok(store)
    }

    /// Removes drafts of processes that were killed, because no command lists them and they may
    /// contain passwords.
    fn remove_abandoned(&self) {
        for entry in fs::read_dir(&self.directory).into_iter().flatten().flatten() {
            let directory = entry.path();
            // Drafts that cannot be removed are left for the next command.
            let Ok(lock) = File::open(directory.join(DRAFT)) else { continue };
            // The draft may have become a job before it was locked.
            if lock.try_lock().is_ok() && !directory.join(DESCRIPTION).exists() {
                let _ = fs::remove_dir_all(&directory);
            }
        }
    }

    /// Returns the jobs of another directory.
    pub(crate) fn at(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Returns the id of the directory, which is stored in a file in it, so that it is the same on
    /// all machines.
    pub(crate) fn place(&self) -> Outcome<String> {
        create_private_directory(&self.directory)
            .map_err(|error| Failure::of_file(&self.directory, &error))?;
        let path = self.directory.join(PLACE);
        if !path.exists() {
            let id = format!("{:016x}", RandomState::new().hash_one(std::process::id()));
            // If two workers create the file concurrently, both read the same file.
            let draft = self.directory.join(format!("{PLACE}.{id}"));
            write_privately(&draft, id.as_bytes())
                .map_err(|error| Failure::of_file(&draft, &error))?;
            let linked = fs::hard_link(&draft, &path);
            fs::remove_file(&draft).map_err(|error| Failure::of_file(&draft, &error))?;
            match linked {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(Failure::of_file(&path, &error));
                }
                _ => {}
            }
        }
        fs::read_to_string(&path).map_err(|error| Failure::of_file(&path, &error))
    }

    /// Opens the job with an id, or creates it. Fails if the job has other work or other names.
    pub(crate) fn open_or_create(
        &self,
        id: &str,
        description: Description,
        names: &[String],
    ) -> Outcome<Job> {
        let directory = self.directory.join(id);
        create_private_directory(&directory)
            .map_err(|error| Failure::of_file(&directory, &error))?;
        if directory.join(DESCRIPTION).exists() {
            let job = self.open(id)?;
            return match job.description.has_same_work(&description) && job.has_names(names)? {
                true => Ok(job),
                false => Err(Failure::usage(format!("the job {id} has other work")).hint(format!(
                    "remove the directory {}, or use another name for the job",
                    job.directory.display()
                ))),
            };
        }
        // The directory belongs to the part, even if an earlier run has left it without a
        // description.
        let job = Job { id: id.to_owned(), directory, description };
        job.write_names(names)?;
        job.write_description()?;
        Ok(job)
    }

    /// Creates the directory of a job. `names` are the names from the command line or from standard
    /// input.
    pub(crate) fn create(&self, description: Description, names: &[String]) -> Outcome<Job> {
        let draft = self.draft(description)?;
        draft.job.write_names(names)?;
        draft.finish()
    }

    /// Creates the directory of a job that is not yet confirmed.
    pub(crate) fn draft(&self, description: Description) -> Outcome<Draft> {
        let (id, directory) = self.create_directory(&description)?;
        let path = directory.join(DRAFT);
        let lock = lock_draft(&path).map_err(|error| Failure::of_file(&path, &error))?;
        Ok(Draft { job: Job { id, directory, description }, _lock: lock, is_finished: false })
    }

    /// Opens the job with an id.
    pub(crate) fn open(&self, id: &str) -> Outcome<Job> {
        let is_id = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let directory = self.directory.join(id);
        let path = directory.join(DESCRIPTION);
        if !is_id || !path.exists() {
            let message = format!("there is no job `{}`", printable(id));
            let failure = Failure::new(Exit::NotFound, "unknown_job", message);
            return Err(failure.hint("`cognito job list` lists the jobs"));
        }
        let text = fs::read(&path).map_err(|error| Failure::of_file(&path, &error))?;
        let description = serde_json::from_slice(&text).ok();
        let description =
            description.filter(Description::is_of_this_version).ok_or_else(|| damaged(&path))?;
        Ok(Job { id: id.to_owned(), directory, description })
    }

    /// Returns the ids of the jobs, sorted.
    pub(crate) fn ids(&self) -> Outcome<Vec<String>> {
        let entries = match fs::read_dir(&self.directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|error| Failure::of_file(&self.directory, &error))?,
        };
        let entries = entries.collect::<io::Result<Vec<_>>>();
        let entries = entries.map_err(|error| Failure::of_file(&self.directory, &error))?;
        let jobs = entries.iter().filter(|entry| entry.path().join(DESCRIPTION).exists());
        let mut ids: Vec<_> =
            jobs.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        ids.sort();
        Ok(ids)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.directory
    }

    /// Creates a directory with a unique name, such as `20261129-031500-disable`.
    fn create_directory(&self, description: &Description) -> Outcome<(String, PathBuf)> {
        create_private_directory(&self.directory)
            .map_err(|error| Failure::of_file(&self.directory, &error))?;
        let digits: String =
            description.created.chars().filter(|c| c.is_ascii_digit() || *c == 'T').collect();
        let name = format!("{}-{}", digits.replace('T', "-"), description.work.slug());
        let mut number = 1_u32;
        loop {
            let id = if number == 1 { name.clone() } else { format!("{name}-{number}") };
            let directory = self.directory.join(&id);
            match create_new_private_directory(&directory) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    number = number.saturating_add(1);
                }
                Err(error) => return Err(Failure::of_file(&directory, &error)),
                Ok(()) => return Ok((id, directory)),
            }
        }
    }
}

impl Draft {
    /// Writes standard input to a file, from which the job reads it, also when it is resumed.
    pub(crate) fn write_input(&self, text: &str) -> Outcome<PathBuf> {
        let name = if input::is_csv_text(text) { INPUT_CSV } else { INPUT_JSON_LINES };
        self.job.write(name, text.as_bytes())?;
        Ok(self.job.directory.join(name))
    }

    /// Turns the draft into a job, which can be resumed.
    pub(crate) fn finish(mut self) -> Outcome<Job> {
        self.job.write_description()?;
        self.is_finished = true;
        let path = self.job.directory.join(DRAFT);
        fs::remove_file(&path).map_err(|error| Failure::of_file(&path, &error))?;
        Ok(self.job.clone())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_finished {
            // The directory has nothing to resume, but may contain names of users.
            let _ = fs::remove_dir_all(&self.job.directory);
        }
    }
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Finished => "finished",
        }
    }
}

impl Job {
    /// Returns the path of the file of outcomes or of exported users, which is written at the end.
    pub(crate) fn outcomes(&self) -> PathBuf {
        match &self.description.work {
            Work::Export { csv: true, .. } => self.directory.join(USERS_CSV),
            Work::Export { .. } => self.directory.join(USERS_JSON_LINES),
            _ => self.directory.join(OUTCOMES),
        }
    }

    /// Returns the path of a file of users, or of the copy of standard input.
    pub(crate) fn input(&self, file: &Path) -> PathBuf {
        let of_input = [INPUT_CSV, INPUT_JSON_LINES].map(|name| self.directory.join(name));
        let mut of_input = of_input.into_iter().filter(|path| path.exists());
        let found = if input::is_input(file) { of_input.next() } else { None };
        found.unwrap_or_else(|| file.to_owned())
    }

    /// Removes the copy of standard input of a job that is not run again, because it may contain
    /// passwords.
    pub(crate) fn remove_input(&self) -> Outcome {
        for path in [INPUT_CSV, INPUT_JSON_LINES].map(|name| self.directory.join(name)) {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Failure::of_file(&path, &error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(crate) fn names(&self) -> PathBuf {
        self.directory.join(NAMES)
    }

    /// Locks the job for a run. The lock ends with the process.
    pub(crate) fn lock(&self) -> Outcome<File> {
        let path = self.directory.join(DESCRIPTION);
        let file = File::open(&path).map_err(|error| Failure::of_file(&path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                let message = format!("the job {} is running", self.id);
                Err(Failure::failed("running", message).hint("stop it with ctrl-C where it runs"))
            }
            Err(TryLockError::Error(error)) => Err(Failure::of_file(&path, &error)),
        }
    }

    pub(crate) fn state(&self) -> State {
        match self.lock() {
            Err(failure) if failure.is("running") => State::Running,
            _ => self.state_of_files(),
        }
    }

    /// Returns the state of a job that is not running, or is locked by the caller.
    pub(crate) fn state_of_files(&self) -> State {
        if self.outcomes().exists() { State::Finished } else { State::Stopped }
    }

    /// Returns whether a finished job has a journal: it has unknown outcomes, whose requests can be
    /// repeated, or its run was killed before it removed its files.
    pub(crate) fn has_journal(&self) -> bool {
        let mut directory = self.outcomes().into_os_string();
        directory.push(JOURNAL);
        // A directory without the file may remain on network file systems.
        Path::new(&directory).join("journal.jsonl").exists()
    }

    /// Returns whether the files of a finished export remain, which contain users of the pool.
    pub(crate) fn has_parts_of_export(&self) -> bool {
        matches!(self.description.work, Work::Export { .. }) && self.has_journal()
    }

    /// Removes the directory.
    pub(crate) fn remove(&self) -> Outcome {
        fs::remove_dir_all(&self.directory)
            .map_err(|error| Failure::of_file(&self.directory, &error))
    }

    /// Writes the names from the command line, if there are any.
    fn write_names(&self, names: &[String]) -> Outcome {
        match names {
            [] => Ok(()),
            names => self.write(NAMES, lines(names)?.as_bytes()),
        }
    }

    /// Returns whether these are the names from the command line with which the job was created.
    fn has_names(&self, names: &[String]) -> Outcome<bool> {
        let path = self.names();
        match fs::read(&path) {
            Ok(known) => Ok(known == lines(names)?.as_bytes()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(names.is_empty()),
            Err(error) => Err(Failure::of_file(&path, &error)),
        }
    }

    /// Writes the description. It is written last: a directory without it is not a job.
    fn write_description(&self) -> Outcome {
        let text = serde_json::to_vec_pretty(&self.description).map_err(io::Error::from)?;
        self.write(DESCRIPTION, &text)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Outcome {
        let path = self.directory.join(name);
        write_privately(&path, bytes).map_err(|error| Failure::of_file(&path, &error))
    }
}

/// Creates the locked file of a draft. It gets its name when it is locked, because other processes
/// remove drafts that are not.
fn lock_draft(path: &Path) -> io::Result<File> {
    let unlocked = path.with_extension("unlocked");
    let lock = create_new_private_file(&unlocked)?;
    lock.lock()?;
    fs::rename(&unlocked, path).map(|()| lock)
}

/// Serializes names in JSON Lines.
fn lines(names: &[String]) -> Outcome<String> {
    let mut lines = String::new();
    for name in names {
        lines.push_str(&serde_json::to_string(name).map_err(io::Error::from)?);
        lines.push('\n');
    }
    Ok(lines)
}

fn damaged(path: &Path) -> Failure {
    let message = format!("{} is damaged, or of another version of the program", path.display());
    Failure::failed("damaged_job", message)
        .hint("use the version of the program that created the job, or remove its directory")
}

#[cfg(test)]
mod tests;
