//! What a seed will go through: its weather and its troubles, drawn before it starts.
//!
//! A plan is data. A failing seed is therefore made shorter by leaving parts of its plan out and looking whether
//! it still fails.

use std::fmt;

use clap::ValueEnum;
use clock::{HOUR, MINUTE, SECOND};

use crate::chance::Chance;
use crate::coverage::{DEATHS, SELDOM};
use crate::place::{Act, Place, Point};

/// Which kinds of faults a seed has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Profile {
    /// None; only people are difficult.
    Calm,
    /// Requests, answers and messages are lost, doubled, late and out of order; message data is wiped.
    Lossy,
    /// Links between any two places are cut, in one direction or both.
    Partitions,
    /// Processes end at any point around commits, calls and messages, and come back on their data.
    Crashes,
    /// The machine's clock is stepped by hours, both ways.
    Clock,
    /// Disks are slow, or full.
    SlowDisk,
    /// All of it at once.
    All,
}

impl Profile {
    /// Every profile.
    pub const EVERY: [Profile; 7] = [
        Profile::Calm,
        Profile::Lossy,
        Profile::Partitions,
        Profile::Crashes,
        Profile::Clock,
        Profile::SlowDisk,
        Profile::All,
    ];
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.pad(value.as_ref().map_or("", |value| value.get_name()))
    }
}

/// How often things go wrong on the way, in a thousand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Weather {
    /// A request never arrives.
    pub(crate) request_lost: u32,
    /// The work is done, but its answer never arrives.
    pub(crate) answer_lost: u32,
    /// A request arrives twice.
    pub(crate) twice: u32,
    /// A request takes up to some seconds.
    pub(crate) slow: u32,
    /// A request takes up to a day; whoever asked has long given up.
    pub(crate) late: u32,
    /// A message is lost after it was taken over.
    pub(crate) message_lost: u32,
    /// A message is delivered twice.
    pub(crate) message_twice: u32,
    /// A message takes up to a day.
    pub(crate) message_late: u32,
}

const ROUGH: Weather = Weather {
    request_lost: 30,
    answer_lost: 40,
    twice: 50,
    slow: 60,
    late: 20,
    message_lost: 150,
    message_twice: 150,
    message_late: 60,
};

/// One trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// When it strikes, in elapsed milliseconds after people begin.
    pub(crate) at: i64,
    /// For how long.
    pub(crate) for_ms: i64,
    pub(crate) kind: Kind,
}

/// What strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing gets from the one to the other, and back neither if `both`.
    Cut { from: Place, to: Place, both: bool },
    /// The process ends the next time it comes to this point.
    Death { at: Point },
    /// The process ends after so many points of any kind.
    AnyDeath { of: Place, after: u32 },
    /// The clock is stepped.
    Step { by_ms: i64 },
    /// Every commit takes up to this long.
    SlowDisk { of: Place, most_ms: i64 },
    /// No commit is possible.
    FullDisk { of: Place },
    /// All messages are gone: those in the broker, and what the outboxes keep.
    Wipe,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.for_ms / SECOND;
        match self.kind {
            Kind::Cut { from, to, both } => {
                let way = if both { "and" } else { "to" };
                write!(f, "nothing gets through from {from} {way} {to} for {seconds} s")
            }
            Kind::Death { at } => write!(f, "{at}: the process is to end, for {seconds} s"),
            Kind::AnyDeath { of, after } => {
                write!(f, "{of}'s process is to end after {after} more points, for {seconds} s")
            }
            Kind::Step { by_ms } => write!(f, "the clock is stepped by {} s", by_ms / SECOND),
            Kind::SlowDisk { of, most_ms } => {
                write!(f, "each commit of {of} takes up to {most_ms} ms for {seconds} s")
            }
            Kind::FullDisk { of } => write!(f, "the disk of {of} is full for {seconds} s"),
            Kind::Wipe => write!(f, "all messages are wiped, in the broker and in the outboxes"),
        }
    }
}

/// A part of a plan that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The trouble of this number.
    Trouble(usize),
    /// The buyer of this number.
    Buyer(usize),
    /// The staff.
    Staff,
    /// The weather.
    Weather,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Trouble(number) => write!(f, "trouble{number}"),
            Part::Buyer(number) => write!(f, "buyer{number}"),
            Part::Staff => write!(f, "staff"),
            Part::Weather => write!(f, "weather"),
        }
    }
}

impl std::str::FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |word: &str| text.strip_prefix(word).and_then(|number| number.parse().ok());
        match text {
            "staff" => Ok(Part::Staff),
            "weather" => Ok(Part::Weather),
            _ => (number("trouble").map(Part::Trouble))
                .or_else(|| number("buyer").map(Part::Buyer))
                .ok_or_else(|| format!("`{text}` is no part: give trouble0, buyer0, staff or weather")),
        }
    }
}

/// What a seed will go through.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) weather: Weather,
    /// With their numbers in the whole plan.
    pub(crate) troubles: Vec<(usize, Trouble)>,
    pub(crate) buyers: Vec<usize>,
    pub(crate) staff: bool,
}

/// How many buyers a seed has.
pub(crate) const BUYERS: usize = 5;
/// Within which time troubles strike, in milliseconds.
const STRIKES: std::ops::RangeInclusive<i64> = 500..=150 * SECOND;
/// The most the clock is ever off, in milliseconds: less than idempotency keys are kept.
const STEP_MAX_MS: i64 = 5 * HOUR;

impl Plan {
    /// The plan of a seed, without some of its parts.
    pub(crate) fn of(seed: u64, profile: Profile, without: &[Part]) -> Self {
        let mut chance = Chance::of(seed, "plan");
        let rough = matches!(profile, Profile::Lossy | Profile::All) && !without.contains(&Part::Weather);
        let troubles = troubles(profile, &mut chance);
        let kept = |number: &usize| !without.contains(&Part::Trouble(*number));
        Self {
            weather: if rough { ROUGH } else { Weather::default() },
            troubles: troubles.into_iter().enumerate().filter(|(number, _)| kept(number)).collect(),
            buyers: (0..BUYERS).filter(|number| !without.contains(&Part::Buyer(*number))).collect(),
            staff: !without.contains(&Part::Staff),
        }
    }

    /// Every part that could be left out, the most telling first.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let buyers = self.buyers.iter().map(|number| Part::Buyer(*number));
        let troubles = self.troubles.iter().map(|(number, _)| Part::Trouble(*number));
        let rough = (self.weather != Weather::default()).then_some(Part::Weather);
        buyers.chain(troubles).chain([Part::Staff]).chain(rough).collect()
    }
}

fn troubles(profile: Profile, chance: &mut Chance) -> Vec<Trouble> {
    let count = 3 + usize::try_from(chance.below(4)).unwrap_or(0);
    let mut offset_ms = 0;
    let mut draw = |profile| trouble(profile, chance, &mut offset_ms);
    match profile {
        Profile::Calm => Vec::new(),
        Profile::All => {
            let kinds = [
                Profile::Partitions,
                Profile::Crashes,
                Profile::Clock,
                Profile::SlowDisk,
                Profile::Crashes,
                Profile::Lossy,
            ];
            (0..count + 3).map(|number| draw(kinds[number % kinds.len()])).collect()
        }
        Profile::Crashes => (0..count + 3).map(|_| draw(profile)).flat_map(with_its_cause).collect(),
        one => (0..count).map(|_| draw(one)).collect(),
    }
}

/// A service postpones what somebody else does not answer for: a death there needs somebody to be away.
fn with_its_cause(trouble: Trouble) -> Vec<Trouble> {
    let Kind::Death { at: Point { place: from, act: Act::Commit("postpone"), .. } } = trouble.kind else {
        return vec![trouble];
    };
    let to = if from == Place::Trade { Place::Pay } else { Place::User };
    let kind = Kind::Cut { from, to, both: true };
    vec![Trouble { at: trouble.at, for_ms: MINUTE, kind }, trouble]
}

fn trouble(profile: Profile, chance: &mut Chance, offset_ms: &mut i64) -> Trouble {
    let (at, for_ms) = (chance.span(STRIKES), chance.span(SECOND..=MINUTE));
    let kind = match profile {
        Profile::Partitions => cut(chance),
        Profile::Crashes => death(chance),
        Profile::Clock => {
            let by_ms = chance.span(-STEP_MAX_MS - *offset_ms..=STEP_MAX_MS - *offset_ms);
            *offset_ms += by_ms;
            Kind::Step { by_ms }
        }
        Profile::SlowDisk => disk(chance),
        Profile::Lossy | Profile::Calm | Profile::All => Kind::Wipe,
    };
    match kind {
        // Early enough to come to its point, and gone for seconds rather than a minute: a process that is away is
        // only one of many things to go through.
        Kind::Death { .. } | Kind::AnyDeath { .. } => Trouble { at: at / 2, for_ms: for_ms / 3, kind },
        _ => Trouble { at, for_ms, kind },
    }
}

fn cut(chance: &mut Chance) -> Kind {
    const ENDS: [(Place, Place); 11] = [
        (Place::Trade, Place::Item),
        (Place::Trade, Place::Pay),
        (Place::Pay, Place::User),
        (Place::Pay, Place::Trade),
        (Place::Trade, Place::User),
        (Place::Item, Place::Trade),
        (Place::Pay, Place::Broker),
        (Place::Broker, Place::Trade),
        (Place::Cart, Place::Item),
        (Place::People, Place::Trade),
        (Place::Pay, Place::Provider),
    ];
    let (one, other) = chance.pick(&ENDS);
    let (from, to) = if chance.happens(500) { (one, other) } else { (other, one) };
    Kind::Cut { from, to, both: chance.happens(400) }
}

fn death(chance: &mut Chance) -> Kind {
    if chance.happens(800) {
        let points = if chance.happens(500) { &DEATHS[..SELDOM] } else { DEATHS };
        return Kind::Death { at: chance.pick(points) };
    }
    let of = chance.pick(&Place::SERVICES);
    Kind::AnyDeath { of, after: u32::try_from(chance.below(40)).unwrap_or(0) }
}

fn disk(chance: &mut Chance) -> Kind {
    let of = chance.pick(&Place::SERVICES);
    if chance.happens(250) {
        Kind::FullDisk { of }
    } else {
        Kind::SlowDisk { of, most_ms: chance.pick(&[50, 500, 4_000]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaving_a_part_out_changes_no_other() {
        let whole = Plan::of(3, Profile::All, &[]);
        let less = Plan::of(3, Profile::All, &[Part::Trouble(1), Part::Buyer(0)]);
        let kept: Vec<_> = whole.troubles.iter().filter(|(number, _)| *number != 1).copied().collect();
        assert_eq!(less.troubles, kept);
        assert_eq!(less.buyers, whole.buyers[1..]);
    }

    #[test]
    fn every_seed_of_a_profile_with_faults_has_three() {
        for seed in 0..50 {
            for profile in Profile::EVERY.into_iter().filter(|profile| *profile != Profile::Calm) {
                assert!(Plan::of(seed, profile, &[]).troubles.len() >= 3);
            }
        }
    }

    #[test]
    fn a_part_reads_as_it_is_written() {
        for part in [Part::Trouble(7), Part::Buyer(0), Part::Staff, Part::Weather] {
            assert_eq!(part.to_string().parse(), Ok(part));
        }
        assert!("rain".parse::<Part>().is_err());
    }
}
