//! The world of one seed: what is shared by everything in it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use books::{Apart, Snapshot};
use clock::{Clock, Ms};
use engine::sqlite::Db;
use futures_util::FutureExt;
use parking_lot::Mutex;
use tempfile::TempDir;

use crate::book::Book;
use crate::chance::Chance;
use crate::disk::Disk;
use crate::life::{Aim, Life, Wanted};
use crate::mark::{Mark, Marks};
use crate::matrix::{Copy, Deed, Director};
use crate::place::{Place, Point};
use crate::plan::Weather;
use crate::provider::Till;
use crate::server::Server;
use crate::shop::{self, Running};
use crate::time::SimClock;
use crate::trace::Trace;

/// When every world begins.
pub(crate) const START: Ms = Ms(1_790_000_000_000);
/// The auditor looks after so many commits.
const AUDIT_EVERY: u64 = 40;
/// While things happen, nothing is ever too late.
const NEVER_LATE_MS: i64 = 1 << 50;

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What.
    pub what: String,
    /// Which orders (or pay orders) it is about.
    pub about: Vec<u64>,
}

/// A process that runs: its life, and how it is reached.
type Process = (Arc<Life>, Running);

/// The world of one seed.
pub(crate) struct Town {
    pub(crate) clock: SimClock,
    pub(crate) book: Book,
    /// What the payment provider has.
    pub(crate) till: Till,
    dir: TempDir,
    /// As the auditor reads them, by place. Empty where a server keeps everything.
    dbs: Vec<Db>,
    server: Option<Server>,
    director: Mutex<Option<Director>>,
    lives: Mutex<[Option<Process>; Place::COUNT]>,
    births: Mutex<[u32; Place::COUNT]>,
    cuts: Mutex<[[u32; Place::COUNT]; Place::COUNT]>,
    disks: Mutex<[Disk; Place::COUNT]>,
    weather: Mutex<Weather>,
    aims: Mutex<Vec<Aim>>,
    chance: Mutex<Chance>,
    trace: Mutex<Trace>,
    marks: Mutex<Marks>,
    violations: Mutex<Vec<Violation>>,
    commits: AtomicU64,
    wipes: AtomicU64,
    letters: AtomicI64,
}

impl Town {
    /// An empty town of a seed; `keep` the whole trace, or only its digest.
    pub(crate) fn new(seed: u64, clock: SimClock, keep: bool) -> engine::Result<Arc<Self>> {
        Self::over(None, seed, clock, keep)
    }

    /// The same over `server`, or over files.
    pub(crate) fn over(
        server: Option<Server>,
        seed: u64,
        clock: SimClock,
        keep: bool,
    ) -> engine::Result<Arc<Self>> {
        let unusable = |error: std::io::Error| engine::Error::Unavailable(error.to_string());
        // Memory, where there is such a place: nothing here outlives the seed.
        let shm = std::path::Path::new("/dev/shm");
        let dir = if shm.is_dir() { tempfile::tempdir_in(shm) } else { tempfile::tempdir() };
        let dir = dir.map_err(unusable)?;
        let db = |place: &Place| shop::open(&dir.path().join(place.name()), *place);
        let files = Place::SERVICES.iter().filter(|_| server.is_none());
        let dbs = files.map(db).collect::<engine::Result<_>>()?;
        Ok(Arc::new(Self {
            clock,
            book: Book::default(),
            till: Till::default(),
            dir,
            dbs,
            server,
            director: Mutex::default(),
            lives: Mutex::default(),
            births: Mutex::default(),
            cuts: Mutex::default(),
            disks: Mutex::default(),
            weather: Mutex::default(),
            aims: Mutex::default(),
            chance: Mutex::new(Chance::of(seed, "world")),
            trace: Mutex::new(Trace::new(keep)),
            marks: Mutex::default(),
            violations: Mutex::default(),
            commits: AtomicU64::new(0),
            wipes: AtomicU64::new(0),
            letters: AtomicI64::new(0),
        }))
    }

    /// The database file of `place`.
    pub(crate) fn path(&self, place: Place) -> PathBuf {
        self.dir.path().join(place.name())
    }

    /// The database server, if everything is kept in one.
    pub(crate) fn server(&self) -> Option<&Server> {
        self.server.as_ref()
    }

    /// A process ended: its server hears nothing more from it, and forgets what it had not committed.
    pub(crate) async fn cut_connections(&self, place: Place) {
        let Some(server) = &self.server else { return };
        let _held = self.clock.hold();
        if let Err(error) = server.cut(place).await {
            self.fail(&format!("the connections of {place} could not be cut: {error}"), &[]);
        }
    }

    /// The database of a service, as the auditor (or a careless operator) reaches it.
    pub(crate) fn db(&self, place: Place) -> &Db {
        &self.dbs[place.index()]
    }

    /// Runs `work` beside everything else. A panic in it is a violation, not a task that is missing.
    pub(crate) fn spawn(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        let town = self.clone();
        tokio::spawn(async move {
            if std::panic::AssertUnwindSafe(work).catch_unwind().await.is_err() {
                town.fail("something panicked", &[]);
            }
        });
    }

    /// Starts the process of `place` on its data. If its disk refuses, it tries again, as a supervisor does.
    pub(crate) async fn start(self: &Arc<Self>, place: Place) {
        const AGAIN_MS: i64 = 1_000;
        loop {
            let number = {
                let births = &mut self.births.lock()[place.index()];
                *births += 1;
                *births
            };
            let life = Arc::new(Life::new(self.clone(), place));
            match shop::start(life.clone()).await {
                Ok(running) => {
                    self.note("start", &[], || format!("☼ {place} starts, time {number}"));
                    self.lives.lock()[place.index()] = Some((life, running));
                    return;
                }
                Err(_) => self.clock.after(AGAIN_MS).await,
            }
        }
    }

    /// Nobody reaches the process of `place` any more.
    pub(crate) fn forget(&self, place: Place) {
        self.lives.lock()[place.index()] = None;
    }

    /// The process of `place`, if it runs.
    pub(crate) fn running(&self, place: Place) -> Option<Process> {
        self.lives.lock()[place.index()].clone()
    }

    /// Whether every service runs.
    pub(crate) fn all_run(&self) -> bool {
        Place::SERVICES.iter().all(|place| self.running(*place).is_some())
    }

    /// Ends the world, so that its parts no longer hold each other.
    pub(crate) fn close(&self) {
        *self.lives.lock() = Default::default();
    }

    /// Notes something in the trace.
    pub(crate) fn note(&self, what: &str, about: &[u64], text: impl FnOnce() -> String) {
        self.trace.lock().note(self.clock.elapsed(), what, about, text);
    }

    pub(crate) fn digest(&self) -> u64 {
        self.trace.lock().digest()
    }

    pub(crate) fn lines(&self) -> Vec<crate::trace::Line> {
        self.trace.lock().take()
    }

    /// Counts a mark.
    pub(crate) fn hit(&self, mark: Mark) {
        self.marks.lock().hit(mark);
    }

    pub(crate) fn marks(&self) -> Marks {
        self.marks.lock().clone()
    }

    /// Something happened that must not.
    pub(crate) fn fail(&self, what: &str, about: &[u64]) {
        self.note("violation", about, || format!("✗ {what}"));
        let violation = Violation { what: what.to_owned(), about: about.to_vec() };
        let mut violations = self.violations.lock();
        if !violations.contains(&violation) {
            violations.push(violation);
        }
    }

    pub(crate) fn violations(&self) -> Vec<Violation> {
        self.violations.lock().clone()
    }

    /// Draws from the world's own chance.
    pub(crate) fn draw<T>(&self, draw: impl FnOnce(&mut Chance) -> T) -> T {
        draw(&mut self.chance.lock())
    }

    /// Whether something happens that depends on the weather.
    pub(crate) fn draw_weather(&self, per_mille: impl Fn(&Weather) -> u32) -> bool {
        let per_mille = per_mille(&self.weather());
        self.draw(|chance| chance.happens(per_mille))
    }

    pub(crate) fn weather(&self) -> Weather {
        *self.weather.lock()
    }

    pub(crate) fn set_weather(&self, weather: Weather) {
        *self.weather.lock() = weather;
    }

    /// Whether nothing gets from the one place to the other.
    pub(crate) fn is_cut(&self, from: Place, to: Place) -> bool {
        self.cuts.lock()[from.index()][to.index()] > 0
    }

    /// Cuts the way from one place to another, or undoes one cut. Two cuts need two repairs.
    pub(crate) fn cut(&self, from: Place, to: Place, on: bool) {
        let count = &mut self.cuts.lock()[from.index()][to.index()];
        *count = if on { *count + 1 } else { count.saturating_sub(1) };
    }

    /// A process is to end where `aim` says.
    pub(crate) fn aim(&self, aim: Aim) {
        self.aims.lock().push(aim);
    }

    /// If the process that this trouble is about has not come to its point yet, any point will do.
    pub(crate) fn aim_at_anything(&self, number: usize) {
        for aim in self.aims.lock().iter_mut().filter(|aim| aim.number == number) {
            aim.wanted = Wanted::After(0);
        }
    }

    /// Whether the process that this trouble is about has not ended yet.
    pub(crate) fn is_aimed(&self, number: usize) -> bool {
        self.aims.lock().iter().any(|aim| aim.number == number)
    }

    /// Nobody is to end any more.
    pub(crate) fn spare_all(&self) {
        self.aims.lock().clear();
    }

    /// For how long the process is to be gone, if this is where it ends.
    pub(crate) fn hit_aim(&self, point: Point) -> Option<i64> {
        let mut aims = self.aims.lock();
        let index = aims.iter_mut().position(|aim| aim.hit(point))?;
        Some(aims.remove(index).down_ms)
    }

    /// From now on `director` counts the steps, and has something done at one of them; answers who did before.
    pub(crate) fn direct(&self, director: Option<Director>) -> Option<Director> {
        std::mem::replace(&mut *self.director.lock(), director)
    }

    /// Asks whoever directs.
    pub(crate) fn director<T>(&self, ask: impl FnOnce(&mut Director) -> T) -> Option<T> {
        self.director.lock().as_mut().map(ask)
    }

    /// What is to be done at this point.
    pub(crate) fn directed(&self, point: Point) -> Option<Deed> {
        self.director(|director| director.pass(point)).flatten()
    }

    /// Does once more what came to `place` last: what is being done there was asked for twice.
    pub(crate) fn repeat_arrival(self: &Arc<Self>, place: Place) {
        if let Some(copy) = self.director(|director| director.arrival(place)).flatten() {
            self.repeat(&copy);
        }
    }

    /// Does something once more, now and when all is over.
    pub(crate) fn repeat(self: &Arc<Self>, copy: &Copy) {
        self.put_off(copy.clone());
        self.spawn(copy(self.clone()));
    }

    /// Does something when all is over.
    pub(crate) fn put_off(&self, copy: Copy) {
        self.director(|director| director.put_off(copy));
    }

    pub(crate) fn disk(&self, place: Place) -> Disk {
        self.disks.lock()[place.index()]
    }

    pub(crate) fn set_disk(&self, place: Place, disk: Disk) {
        self.disks.lock()[place.index()] = disk;
    }

    /// How often all messages were wiped.
    pub(crate) fn wipes(&self) -> u64 {
        self.wipes.load(Ordering::Relaxed)
    }

    /// Wipes all messages: what lies in the broker, and what the outboxes keep.
    pub(crate) async fn wipe(&self) {
        self.wipes.fetch_add(1, Ordering::Relaxed);
        for (place, table) in [(Place::Trade, "trade_outbox"), (Place::Pay, "pay_outbox")] {
            let wiped = self.db(place).write(move |tx| Ok(tx.execute(&format!("DELETE FROM {table}"), [])?));
            if wiped.await.is_err() {
                self.fail("the messages could not be wiped", &[]);
            }
            if let Some(inbox) = self.running(place).and_then(|(_, running)| running.inbox) {
                inbox.reload();
            }
        }
    }

    /// Counts a message that is being delivered, until the answer is dropped.
    pub(crate) fn letter(self: &Arc<Self>) -> OnItsWay {
        self.letters.fetch_add(1, Ordering::Relaxed);
        OnItsWay(self.clone())
    }

    /// How many messages are being delivered.
    pub(crate) fn letters(&self) -> i64 {
        self.letters.load(Ordering::Relaxed)
    }

    /// A service has committed: from time to time the auditor looks. Nobody else is within a commit, for all is
    /// one thread; so what the databases say together is of one moment.
    pub(crate) fn committed(&self) {
        if self.server.is_some() {
            return;
        }
        if (self.commits.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(AUDIT_EVERY) {
            self.judge(NEVER_LATE_MS);
        }
    }

    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Every invariant as of now; what must happen in time may be late by `grace_ms`.
    pub(crate) fn audit(&self, grace_ms: i64) -> audit::Result<audit::Report> {
        audit::audit(&self.snapshot()?, audit::Times { now: self.clock.now(), grace_ms })
    }

    /// What all files say now.
    pub(crate) fn snapshot(&self) -> audit::Result<Snapshot> {
        let db = |place| self.db(place).clone();
        let others = Apart { item: db(Place::Item), pay: db(Place::Pay), user: db(Place::User) };
        Snapshot::of_several(self.db(Place::Trade), &others)
    }

    /// Audits, and notes every violation.
    pub(crate) fn judge(&self, grace_ms: i64) {
        match self.audit(grace_ms) {
            Ok(report) => self.note_violations(&report),
            Err(error) => self.fail(&format!("the auditor could not read: {error}"), &[]),
        }
    }

    /// Notes every violation that the auditor found.
    pub(crate) fn note_violations(&self, report: &audit::Report) {
        for check in report.checks.iter().filter(|check| check.violated > 0) {
            for offender in &check.offenders {
                let ids =
                    offender.subject.split(' ').filter_map(|word| word.parse().ok()).collect::<Vec<_>>();
                let what = format!("{}: {}: {}", check.name, offender.subject, offender.why);
                self.fail(&what, &ids);
            }
        }
    }
}

/// A message that is being delivered.
pub(crate) struct OnItsWay(Arc<Town>);

impl Drop for OnItsWay {
    fn drop(&mut self) {
        self.0.letters.fetch_sub(1, Ordering::Relaxed);
    }
}
