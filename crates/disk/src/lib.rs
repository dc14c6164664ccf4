//! A disk under `SQLite` that does as it is told, for tests.
//!
//! After [`install`], every database that this process opens lies on it. It passes everything on to the real disk, and
//! asks whoever wants to be asked ([`on_sync`]) before a write-ahead log is synced: the answer may let it through or
//! fail it, and it may be long in coming. So a test can stand exactly where a commit becomes durable.

use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock};

use parking_lot::Mutex;
use rusqlite::ffi::{
    SQLITE_IOERR_FSYNC, SQLITE_OK, SQLITE_OPEN_WAL, sqlite3_file, sqlite3_io_methods, sqlite3_vfs,
    sqlite3_vfs_find, sqlite3_vfs_register,
};

/// What becomes of a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// It reaches the real disk.
    Done,
    /// It fails, and nothing of it is known to be on disk.
    Failed,
}

/// Who is asked before a sync. It is called on the thread that syncs, and may keep it waiting.
pub type Asked = Arc<dyn Fn() -> Sync + Send + std::marker::Sync>;

/// Who is asked, by the database whose log is to be synced.
static ASKED: LazyLock<Mutex<HashMap<PathBuf, Asked>>> = LazyLock::new(Mutex::default);
/// The logs that are open, by the address of what `SQLite` keeps of the file. One that was closed stays until another
/// one is opened at its address.
static LOGS: LazyLock<Mutex<HashMap<usize, PathBuf>>> = LazyLock::new(Mutex::default);
/// The real disk.
static REAL: OnceLock<Real> = OnceLock::new();
/// How logs are read and written there, and the same with our sync.
static METHODS: OnceLock<Methods> = OnceLock::new();

type Open =
    unsafe extern "C" fn(*mut sqlite3_vfs, *const c_char, *mut sqlite3_file, c_int, *mut c_int) -> c_int;

struct Real {
    vfs: *mut sqlite3_vfs,
    open: Open,
}

// SAFETY: `SQLite` itself uses its disks from all threads.
unsafe impl Send for Real {}
// SAFETY: as above; nothing here is ever written.
unsafe impl std::marker::Sync for Real {}

struct Methods {
    real: *const sqlite3_io_methods,
    ours: sqlite3_io_methods,
}

// SAFETY: tables of functions that nobody writes.
unsafe impl Send for Methods {}
// SAFETY: as above.
unsafe impl std::marker::Sync for Methods {}

/// Puts this disk under every database that is opened from now on. A second call changes nothing.
///
/// # Panics
///
/// If `SQLite` has no disk of its own or does not take this one.
pub fn install() {
    REAL.get_or_init(|| {
        // SAFETY: `SQLite`'s default disk is there as long as the process, and its description may be copied.
        let (vfs, mut told) = unsafe {
            let vfs = sqlite3_vfs_find(std::ptr::null());
            assert!(!vfs.is_null(), "SQLite has no disk");
            (vfs, *vfs)
        };
        let open = told.xOpen.expect("a disk can open files");
        told.zName = c"told".as_ptr();
        told.pNext = std::ptr::null_mut();
        told.xOpen = Some(opened);
        // SAFETY: what is registered stays where it is for ever.
        let done = unsafe { sqlite3_vfs_register(Box::leak(Box::new(told)), 1) };
        assert_eq!(done, SQLITE_OK, "SQLite does not take the disk");
        Real { vfs, open }
    });
}

/// Has `asked` be asked before the log of `database` is synced, in the place of whoever was asked before.
///
/// # Panics
///
/// If there is no directory of that name.
pub fn on_sync(database: &Path, asked: impl Fn() -> Sync + Send + std::marker::Sync + 'static) {
    ASKED.lock().insert(real_path(database), Arc::new(asked));
}

/// Has nobody be asked about `database` any more.
///
/// # Panics
///
/// If there is no directory of that name.
pub fn let_go(database: &Path) {
    ASKED.lock().remove(&real_path(database));
}

/// The file as `SQLite` names it: without links on the way.
fn real_path(file: &Path) -> PathBuf {
    let dir = file.parent().and_then(|dir| dir.canonicalize().ok()).expect("the database's directory exists");
    dir.join(file.file_name().expect("the database has a name"))
}

unsafe extern "C" fn opened(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let Some(real) = REAL.get() else { return rusqlite::ffi::SQLITE_CANTOPEN };
    // SAFETY: `SQLite`'s own arguments, for its own disk.
    let done = unsafe { (real.open)(real.vfs, name, file, flags, out_flags) };
    if done == SQLITE_OK && flags & SQLITE_OPEN_WAL != 0 && !name.is_null() {
        // SAFETY: a log has a name, and the file was just opened.
        unsafe {
            LOGS.lock().insert(file as usize, database_of(CStr::from_ptr(name)));
            let real = (*file).pMethods;
            let methods = METHODS
                .get_or_init(|| Methods { real, ours: sqlite3_io_methods { xSync: Some(synced), ..*real } });
            assert_eq!(methods.real, real, "all logs are written in one way");
            (*file).pMethods = &raw const methods.ours;
        }
    }
    done
}

/// The database that a log belongs to.
fn database_of(log: &CStr) -> PathBuf {
    let log = log.to_string_lossy();
    PathBuf::from(log.strip_suffix("-wal").unwrap_or(&log))
}

unsafe extern "C" fn synced(file: *mut sqlite3_file, flags: c_int) -> c_int {
    let of = LOGS.lock().get(&(file as usize)).cloned();
    let asked = of.and_then(|database| ASKED.lock().get(&database).cloned());
    if asked.is_some_and(|asked| asked() == Sync::Failed) {
        return SQLITE_IOERR_FSYNC;
    }
    let Some(sync) = METHODS.get().and_then(|methods| {
        // SAFETY: the table of the real disk's functions stays where it is.
        unsafe { (*methods.real).xSync }
    }) else {
        return SQLITE_IOERR_FSYNC;
    };
    // SAFETY: `SQLite`'s own arguments, for its own disk.
    unsafe { sync(file, flags) }
}
