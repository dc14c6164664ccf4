//! One cell: an act, and one thing that goes wrong at one of its steps.

use std::sync::Arc;

use super::client::Reply;
use super::director::Passed;
use super::look::{self, Look};
use super::people::Scene;
use super::play::{Known, Play, QUIET_MS, Told};
use super::verdict::{Stage, judge};
use super::{Deed, Director, Step};
use crate::town::Town;

/// What is to be played.
#[derive(Clone, Copy, Debug)]
pub(super) struct Script {
    pub(super) play: Play,
    /// Nothing in good weather.
    pub(super) target: Option<(Step, Deed)>,
    /// Whether the client asks until it is answered; otherwise it goes away after one try.
    pub(super) insists: bool,
    /// Whether the step settles stock: that is then what is told of it.
    pub(super) settles: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Played {
    /// In a few words.
    pub(super) text: String,
    /// What is wrong; nothing in a good cell.
    pub(super) wrong: Vec<String>,
    /// Whether the step was never come to.
    pub(super) missed: bool,
    /// The steps, as far as they belong to the act.
    pub(super) passed: Vec<Passed>,
}

/// Plays a cell in `town`, where nothing else goes on. `number` tells it from others there.
pub(super) async fn play(town: &Arc<Town>, number: usize, script: Script) -> Played {
    let mut played = Played::default();
    let (scene, known) = match script.play.prepare(town, number).await {
        Ok(prepared) => prepared,
        Err(wrong) => {
            played.wrong.push(wrong);
            return played;
        }
    };
    town.direct(Some(Director::new(script.target)));
    let first = script.play.perform(town, &scene, known, script.insists).await;
    town.clock.after(QUIET_MS).await;
    if !script.play.lasts() {
        played.passed = town.director(|director| director.passed()).unwrap_or_default();
    }
    if let Err(wrong) = go_on(town, &scene, script, &first, known, &mut played).await {
        played.wrong.push(wrong);
    }
    let director = town.direct(None);
    if script.target.is_some() && !director.is_some_and(|director| director.reached()) {
        played.missed = true;
        played.wrong.push("the step was never come to".into());
    }
    let violations = town.violations().into_iter().map(|violation| violation.what);
    played.wrong.extend(violations);
    played.wrong.dedup();
    played
}

/// The rest of a cell: the shop alone, the late arrivals, the client again.
async fn go_on(
    town: &Arc<Town>,
    scene: &Scene,
    script: Script,
    first: &Told,
    known: Known,
    played: &mut Played,
) -> Result<(), String> {
    let mut look = look::rest(town).await?;
    if script.play.lasts() {
        played.passed = town.director(|director| director.passed()).unwrap_or_default();
    }
    played.text = format!("{}{}", spoken(first), ended(town, scene, script, &look).await?);
    played.wrong.extend(judge(script.play, scene, &look, &[first], Stage::Alone));
    let late = town.director(Director::take_put_off).unwrap_or_default();
    if !late.is_empty() {
        for copy in late {
            copy(town.clone()).await;
        }
        look = look::rest(town).await?;
        played.wrong.extend(judge(script.play, scene, &look, &[first], Stage::Alone));
    }
    let again = script.play.perform(town, scene, known, true).await;
    if !again.is_empty() {
        look = look::rest(town).await?;
    }
    played.wrong.extend(judge(script.play, scene, &look, &[first, &again], Stage::AskedAgain));
    Ok(())
}

/// What the client was told, as statuses.
fn spoken(told: &Told) -> String {
    let status = |reply: &Option<Reply>| {
        reply.as_ref().map_or_else(|| "no answer".to_owned(), |reply| reply.status.to_string())
    };
    let all: Vec<String> = told.iter().map(|(_, reply)| status(reply)).collect();
    if all.is_empty() { String::new() } else { format!("{}; ", all.join(", ")) }
}

/// How it ended, and who saw to it.
async fn ended(town: &Town, scene: &Scene, script: Script, look: &Look) -> Result<String, String> {
    let Some(fact) = look.orders.iter().find(|fact| fact.order.owner == scene.buyer) else {
        return Ok("nothing begun".into());
    };
    let story = look::story(town, fact.order.id).await.map_err(|error| error.to_string())?;
    let telling: &[(&str, &str)] = match script.play {
        _ if script.settles => &[("stockSettled", "settled")],
        Play::Place => &[("held", "held"), ("holdRefused", "refused"), ("placingExpired", "given up")],
        Play::Pay | Play::Doubt | Play::Close | Play::Cancel => &[("paid", "paid"), ("closed", "closed")],
        Play::Refund => &[("refunded", "refunded")],
    };
    let word = |name: &str| telling.iter().find(|(move_, _)| *move_ == name).map(|(_, word)| *word);
    let last = story.iter().rev().find_map(|(name, actor)| Some(format!("{} by {actor}", word(name)?)));
    Ok(last.unwrap_or_else(|| format!("stays {:?}", fact.order.state).to_lowercase()))
}
