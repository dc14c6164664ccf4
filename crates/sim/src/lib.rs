//! The deterministic simulator: a whole shop in one thread, where everything that can go wrong does.
//!
//! # The idea
//!
//! A seed is a little world: five buyers and a member of staff, the five services as they ship, each as a process
//! over a database file of its own, a broker between them, and an auditor beside it all. Time, network, disks and
//! chance are the simulator's. It is one thread and one stream of numbers, so the same seed does the same to
//! the byte; an hour in which nothing happens costs nothing; and what takes a shop months of bad luck to meet is
//! met in some of the next thousand seeds.
//!
//! # The world
//!
//! * [`time`]: elapsed time goes on when every task waits, to the first moment somebody waits for. The wall clock
//!   is elapsed time and an offset that faults change.
//! * [`net`] and [`wire`]: services call each other by the traits of `api::calls`, people by the services' routes
//!   with idempotency keys; both go over links that lose, double, delay and cut.
//! * [`mail`]: own duties from outbox to handler by the real pump; messages between services by a broker.
//! * [`disk`] and [`life`]: beside every commit stands somebody who can slow it, refuse it, or end the process there.
//!   A unit is run and committed on its caller, so a process that ends has committed it or not, never half.
//! * [`shop`]: the wiring; [`town`]: what all of it shares.
//!
//! # Faults
//!
//! A [`plan`] is drawn before the seed starts: *weather* (how often requests, answers and messages are lost,
//! doubled and late, by up to a day) and *troubles* (cuts, deaths, clock steps, disks, wipes), each with its time.
//! A process ends at a named [`Point`]: on one side of a commit, of a call, of handing a message over. It is not
//! unwound; its tasks never get past such a point again, and it comes back on its file after a while.
//!
//! # Judgement
//!
//! The auditor reads all databases after every few commits: what must hold at every instant does. Then the faults stop,
//! every deadline passes, and within the grace everything must be at rest, with no leniency left. Then a night
//! passes, the latest of the late arrive, and nothing may come of them. What people were told is held against what is
//! true ([`book`]). No message may have become a dead letter, and nobody may have been answered a 500.
//!
//! # Coverage and story
//!
//! What a seed meets is counted by name ([`Mark`]); what many seeds together must have met stands in [`coverage`].
//! A seed that fails is run again without each part of its plan until nothing more can be left out; then the
//! story of its order is told, with the command that repeats it ([`story`]).
//!
//! # Matrix
//!
//! [`matrix`] plays one act at a time with one thing going wrong at one step, over files or over a PostgreSQL server.
//!
//! # Seams
//!
//! A broken protocol is to be put in where [`shop`] fills in the parts of a service (its stores, its calls) or where
//! [`wire`] answers; nothing else knows whether a part is the real one.

mod book;
mod chance;
mod command;
pub mod coverage;
mod disk;
mod facts;
mod fleet;
mod life;
mod mail;
mod mark;
pub mod matrix;
mod net;
mod people;
mod place;
mod plan;
mod provider;
mod run;
mod server;
mod shop;
mod stores;
mod story;
mod time;
mod town;
mod trace;
mod wire;
mod witness;

pub use command::{SimArgs, command};
pub use fleet::{Failed, Fleet, Summary};
pub use mark::{Mark, Marks};
pub use place::{Act, Place, Point, Side};
pub use plan::{Part, Profile};
pub use run::{Outcome, Seed, run};
pub use story::Story;
pub use town::Violation;
pub use trace::Line;
