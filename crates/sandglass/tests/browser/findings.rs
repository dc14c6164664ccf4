//! What readers with assistive technology would stumble over, found by axe-core.

use crate::browser::{Browser, Kind};
use crate::scenes::{Who, scenes};
use crate::world::World;

const AXE: &str = include_str!("axe/axe.min.js");

/// Answers the serious and critical findings, one a line.
const RUN: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then((found) => done(found.violations
        .filter((one) => ['serious', 'critical'].includes(one.impact))
        .map((one) => one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 160) + ' — ' + node.any.map((why) => why.message).join('; ').slice(0, 200)).join(' | '))
        .join('\\n')), (error) => done('axe: ' + error));";

#[test]
fn no_page_has_a_serious_or_critical_finding() {
    let world = World::start();
    let name = "no_page_has_a_serious_or_critical_finding";
    let Some(browser) = Browser::start(name, &world.base, Kind::default()) else { return };
    let scenes = scenes(&world);
    let mut findings = Vec::new();
    for who in Who::ALL {
        who.come_in(&browser);
        for scene in scenes.iter().filter(|scene| scene.who == who) {
            for theme in ["light", "dark"] {
                for size in [(1_280, 900), (390, 844)] {
                    browser.resize(size);
                    browser.prefer("en", theme);
                    browser.open(&scene.path);
                    browser.script(AXE);
                    let found = browser.script_later(RUN);
                    let found = found.as_str().unwrap_or("no answer").to_owned();
                    if !found.is_empty() {
                        findings.push(format!("{} ({theme}, {}): {found}", scene.name, size.0));
                    }
                    let wide = browser.script("return document.documentElement.scrollWidth - innerWidth");
                    if wide.as_i64().is_none_or(|wide| wide > 0) {
                        findings.push(format!("{} ({theme}, {}): {wide} px too wide", scene.name, size.0));
                    }
                }
            }
        }
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}
