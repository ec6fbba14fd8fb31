//! Files of the person at the terminal: texts that are read, and secrets that nobody else may read.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use zeroize::Zeroizing;

use crate::problem::{Case, Problem};

/// Reads a whole file.
///
/// # Errors
/// [`Case::FileUnreadable`].
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    fs::read(path).map_err(|_| Problem::with_file(Case::FileUnreadable, path))
}

/// Reads a text; `-` is standard input.
///
/// # Errors
/// [`Case::FileUnreadable`], [`Case::FileNotText`].
pub(crate) fn read_text(path: &Path) -> Result<Zeroizing<String>, Problem> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map_err(|_| Problem::with_file(Case::FileUnreadable, path))?;
        bytes
    } else {
        read(path)?
    };
    let text = String::from_utf8(bytes).map_err(|_| Problem::with_file(Case::FileNotText, path))?;
    Ok(Zeroizing::new(text))
}

/// A new file that only its owner may read. Removed again unless it is written.
pub(crate) struct NewFile<'a> {
    path: &'a Path,
    file: Option<fs::File>,
}

impl<'a> NewFile<'a> {
    /// Makes the file; an existing one is never touched.
    ///
    /// # Errors
    /// [`Case::FileExists`], [`Case::FileUnwritable`].
    pub(crate) fn create(path: &'a Path) -> Result<Self, Problem> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        only_for_owner(&mut options);
        match options.open(path) {
            Ok(file) => Ok(Self { path, file: Some(file) }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(Problem::with_file(Case::FileExists, path)),
            Err(_) => Err(Problem::with_file(Case::FileUnwritable, path)),
        }
    }

    /// Writes everything and makes sure that it is on the disk.
    ///
    /// # Errors
    /// [`Case::FileUnwritable`].
    pub(crate) fn write(mut self, bytes: &[u8]) -> Result<(), Problem> {
        let unwritable = || Problem::with_file(Case::FileUnwritable, self.path);
        let file = self.file.as_mut().ok_or_else(unwritable)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|_| unwritable())?;
        self.file = None;
        Ok(())
    }
}

/// Puts a file in the place of the one before; whatever happens, one of the two is there, whole and on the disk.
///
/// # Errors
/// [`Case::FileUnwritable`].
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let unwritable = |_| Problem::with_file(Case::FileUnwritable, path);
    let next = path.with_extension("new");
    let _was_not_there = fs::remove_file(&next);
    NewFile::create(&next)?.write(bytes)?;
    fs::rename(&next, path).map_err(unwritable)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(unwritable)
}

impl Drop for NewFile<'_> {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            let _already_gone = fs::remove_file(self.path);
        }
    }
}

#[cfg(unix)]
fn only_for_owner(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn only_for_owner(_: &mut OpenOptions) {}

/// Makes a folder that only its owner may enter.
///
/// # Errors
/// [`Case::FileUnwritable`].
pub(crate) fn create_folder(path: &Path) -> Result<(), Problem> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path).map_err(|_| Problem::with_file(Case::FileUnwritable, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root.amanah");
        NewFile::create(&path).unwrap().write(b"first").unwrap();
        assert_eq!(NewFile::create(&path).err().unwrap().case(), Case::FileExists);
        assert_eq!(read(&path).unwrap(), b"first");
    }

    #[test]
    fn a_file_that_was_not_written_does_not_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.json");
        drop(NewFile::create(&path).unwrap());
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_a_new_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export.txt");
        NewFile::create(&path).unwrap().write(b"text").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
