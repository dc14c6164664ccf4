//! The worlds in which cells are played, and all cells of an engine.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use clock::MINUTE;
use parking_lot::Mutex;
use tokio::runtime::Runtime;

use super::cell::{Played, Script, play};
use super::director::Passed;
use super::play::Play;
use super::sheet::{Cell, Matrix, Row, Sheet};
use super::{Deed, Director};
use crate::place::{Act, Place};
use crate::server::Server;
use crate::time::SimClock;
use crate::town::{START, Town};

/// What services keep their data in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded engine, a file for each service.
    Sqlite,
    /// A real server, a schema for each service.
    Postgres,
}

impl Engine {
    /// As it stands in the headings of the table.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        }
    }

    /// How many cells are played in one world. Files cost nothing; a database takes longer to make than a cell, but
    /// the more there is in it, the longer takes every audit.
    fn cells_each(self) -> usize {
        match self {
            Engine::Sqlite => 1,
            Engine::Postgres => 50,
        }
    }
}

/// For how long a shop is watched in which nobody does anything, in milliseconds.
const IDLE_MS: i64 = 5 * MINUTE;
/// The seed of whatever little chance there is: how many milliseconds a message takes.
const SEED: u64 = 1;

/// A shop in which one cell after the other is played.
struct World {
    town: Arc<Town>,
    runtime: Runtime,
}

impl World {
    /// A fresh shop; none if there is no server.
    fn new(engine: Engine) -> engine::Result<Option<Self>> {
        let clock = SimClock::new(START);
        let hook = clock.clone();
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().on_thread_park(move || hook.fire()).build();
        let runtime = runtime.map_err(|error| engine::Error::Unavailable(error.to_string()))?;
        let town = runtime.block_on(async {
            let server = match engine {
                Engine::Sqlite => None,
                Engine::Postgres => match Server::create("the crash matrix").await? {
                    None => return Ok(None),
                    server => server,
                },
            };
            let town = Town::over(server, SEED, clock, false)?;
            for place in Place::SERVICES {
                town.start(place).await;
            }
            Ok::<_, engine::Error>(Some(town))
        })?;
        Ok(town.map(|town| Self { town, runtime }))
    }

    fn play(&self, number: usize, script: Script) -> Played {
        self.runtime.block_on(play(&self.town, number, script))
    }

    /// What a shop does in which nobody does anything.
    fn idle(&self) -> BTreeSet<(Place, Act)> {
        self.runtime.block_on(async {
            self.town.direct(Some(Director::new(None)));
            self.town.clock.after(IDLE_MS).await;
            let passed = self.town.direct(None).map(|director| director.passed()).unwrap_or_default();
            passed.iter().map(|passed| (passed.step.place, passed.step.act)).collect()
        })
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.town.close();
    }
}

/// Cells that are played one after the other.
struct Stage {
    engine: Engine,
    world: Option<World>,
    /// How many cells the world has seen.
    seen: usize,
}

impl Stage {
    fn of(engine: Engine) -> Self {
        Self { engine, world: None, seen: 0 }
    }

    /// Plays a cell in the world of the one before.
    fn play(&mut self, script: Script) -> engine::Result<Played> {
        let played = self.once(script)?;
        if !played.missed || self.engine == Engine::Sqlite {
            return Ok(played);
        }
        // Whether a pump comes to something that was called off depends on when it last looked, and that on what was
        // played before. The step was written down in a fresh world: there it is come to.
        self.play_afresh(script)
    }

    /// Plays a cell in a world of its own.
    fn play_afresh(&mut self, script: Script) -> engine::Result<Played> {
        self.world = None;
        self.once(script)
    }

    fn once(&mut self, script: Script) -> engine::Result<Played> {
        let world = if let Some(world) = self.world.take() {
            world
        } else {
            self.seen = 0;
            World::new(self.engine)?.ok_or_else(|| engine::Error::Unavailable("no server".into()))?
        };
        self.seen += 1;
        let played = world.play(self.seen, script);
        // A world in which something went wrong proves nothing any more.
        if played.wrong.is_empty() && self.seen < self.engine.cells_each() {
            self.world = Some(world);
        }
        Ok(played)
    }
}

/// A row whose cells are to be played.
#[derive(Clone, Copy, Debug)]
struct Planned {
    play: Play,
    passed: Passed,
    settles: bool,
}

/// Plays every cell on `engine`, on `jobs` threads. None, said on standard error, if there is no server.
pub fn run(engine: Engine, jobs: usize) -> engine::Result<Option<Matrix>> {
    let Some(world) = World::new(engine)? else { return Ok(None) };
    let idle = world.idle();
    drop(world);
    let mut stage = Stage::of(engine);
    let mut planned = Vec::new();
    for play in Play::ALL {
        let script = Script { play, target: None, insists: false, settles: false };
        let calm = stage.play_afresh(script)?;
        if !calm.wrong.is_empty() {
            let what = format!("`{}` goes wrong in good weather: {}", play.titles().0, calm.wrong.join("; "));
            return Err(engine::Error::Unavailable(what));
        }
        planned.extend(plan(play, &calm.passed, &idle));
    }
    let scripts: Vec<Vec<Vec<Script>>> = planned.iter().map(|row| scripts(engine, row)).collect();
    let mut cells = play_all(engine, jobs, &scripts.concat())?.into_iter();
    let rows: Vec<(Planned, Row)> = planned
        .into_iter()
        .map(|row| {
            let cells = cells.by_ref().take(Deed::ALL.len()).collect();
            (row, Row { step: row.passed.step, cells })
        })
        .collect();
    let idle = idle.iter().map(|(place, act)| format!("{place} {act}")).collect();
    Ok(Some(Matrix { engine: engine.name(), sheets: sheets(&rows), idle }))
}

/// The steps of an act, without what a shop does anyway. Which of them settle stock: from the call that tells `item` of
/// the end until that is committed on both sides.
fn plan(play: Play, passed: &[Passed], idle: &BTreeSet<(Place, Act)>) -> Vec<Planned> {
    let mut settles = false;
    let mut planned = Vec::new();
    for passed in passed.iter().filter(|passed| !idle.contains(&(passed.step.place, passed.step.act))) {
        let step = passed.step;
        settles |= step.act == Act::Ask("item.settle");
        planned.push(Planned { play, passed: *passed, settles });
        settles &= !(step.place == Place::Trade && matches!(step.act, Act::Commit(_)));
    }
    planned
}

/// What is to be played for each column of a row; nothing where there is no such thing.
fn scripts(engine: Engine, row: &Planned) -> Vec<Vec<Script>> {
    let of = |deed: Deed| {
        let is_commit = matches!(row.passed.step.act, Act::Commit(_));
        let makes_sense = match deed {
            Deed::HangUp => row.passed.waits,
            Deed::Lose => engine == Engine::Postgres || !is_commit,
            Deed::EndBefore | Deed::EndAfter | Deed::Repeat => true,
        };
        let script = |insists| Script {
            play: row.play,
            target: Some((row.passed.step, deed)),
            insists,
            settles: row.settles,
        };
        // A client that goes away, and one that comes back.
        let comes_back = row.passed.waits && !matches!(deed, Deed::HangUp | Deed::Repeat);
        match (makes_sense, comes_back) {
            (false, _) => vec![],
            (true, false) => vec![script(false)],
            (true, true) => vec![script(false), script(true)],
        }
    };
    Deed::ALL.into_iter().map(of).collect()
}

/// Plays all cells, on some threads.
fn play_all(engine: Engine, jobs: usize, scripts: &[Vec<Script>]) -> engine::Result<Vec<Cell>> {
    let next = AtomicUsize::new(0);
    let cells = Mutex::new(vec![Cell::None; scripts.len()]);
    let work = || -> engine::Result<()> {
        let mut stage = Stage::of(engine);
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(cell) = scripts.get(index) else { return Ok(()) };
            let played = cell.iter().map(|script| stage.play(*script)).collect::<engine::Result<Vec<_>>>()?;
            cells.lock()[index] = together(&played);
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs.max(1)).map(|_| scope.spawn(work)).collect();
        let panicked = || engine::Error::Unavailable("a thread panicked".into());
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| Err(panicked())))
    })?;
    Ok(cells.into_inner())
}

/// One cell, whether the client came back or not.
fn together(played: &[Played]) -> Cell {
    let wrong: Vec<String> = played.iter().flat_map(|played| played.wrong.clone()).collect();
    if !wrong.is_empty() {
        return Cell::Wrong(wrong);
    }
    let mut texts: Vec<&str> = played.iter().map(|played| played.text.as_str()).collect();
    texts.dedup();
    if texts.is_empty() { Cell::None } else { Cell::Right(texts.join(" / ")) }
}

/// The rows by act, and what settles stock on sheets of its own.
fn sheets(rows: &[(Planned, Row)]) -> Vec<Sheet> {
    let mut sheets: Vec<Sheet> = Vec::new();
    for settles in [false, true] {
        for (planned, row) in rows.iter().filter(|(planned, _)| planned.settles == settles) {
            let titles = planned.play.titles();
            let title = if settles { titles.1 } else { titles.0 };
            match sheets.iter_mut().find(|sheet| sheet.title == title) {
                Some(sheet) => sheet.rows.push(row.clone()),
                None => sheets.push(Sheet { title: title.to_owned(), rows: vec![row.clone()] }),
            }
        }
    }
    sheets
}
