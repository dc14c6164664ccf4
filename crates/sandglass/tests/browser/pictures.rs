//! Every page as a picture: `cargo xtask screenshots`.

use std::fs;
use std::path::PathBuf;

use crate::browser::{Browser, Kind};
use crate::scenes::{Who, scenes};
use crate::world::World;

/// Says where the pictures go.
const VARIABLE: &str = "SANDGLASS_TEST_PICTURES";
/// Wide and narrow.
const SIZES: [(&str, (u32, u32)); 2] = [("desktop", (1_280, 900)), ("phone", (390, 844))];

#[test]
#[ignore = "it is a chore, not a check: `cargo xtask screenshots` runs it"]
#[expect(clippy::disallowed_methods, reason = "the chore says where to put the pictures")]
fn take() {
    let dir = PathBuf::from(std::env::var(VARIABLE).expect("SANDGLASS_TEST_PICTURES says where"));
    fs::create_dir_all(&dir).unwrap();
    let world = World::start();
    let Some(browser) = Browser::start("take", &world.base, Kind::default()) else { return };
    let scenes = scenes(&world);
    let mut count = 0;
    for who in Who::ALL {
        who.come_in(&browser);
        for scene in scenes.iter().filter(|scene| scene.who == who) {
            for (lang, theme) in [("en", "light"), ("en", "dark"), ("zh-CN", "light"), ("zh-CN", "dark")] {
                for (form, size) in SIZES {
                    browser.resize(size);
                    browser.prefer(lang, theme);
                    browser.open(&scene.path);
                    let name = format!("{}-{form}-{}-{theme}.png", scene.name, &lang[..2]);
                    fs::write(dir.join(name), browser.picture()).unwrap();
                    count += 1;
                }
            }
        }
    }
    println!("{count} pictures are in {}", dir.display());
}
