//! The delayed-message plugin, where the broker has it.

use std::sync::Arc;

use bus_rabbit::{Config, Delays, Error, RabbitBus};
use clock::SystemClock;
use delay::Message;

use crate::recorder::Recorder;
use crate::world::{CHECK, Running, World, in_a_corner, now, skip, until};

fn config(world: &World) -> Config {
    Config { delays: Delays::Plugin, ..world.config() }
}

#[tokio::test]
async fn the_plugin_holds_messages_until_they_are_due() {
    const NAME: &str = "the_plugin_holds_messages_until_they_are_due";
    in_a_corner(NAME, |world| async move {
        let bus = RabbitBus::new(config(&world), Arc::new(SystemClock)).unwrap();
        match bus.probe_plugin().await {
            Ok(()) => {}
            Err(error @ Error::NoDelayPlugin) => return skip(NAME, &error.to_string()),
            Err(error) => panic!("{error}"),
        }
        let recorder = Recorder::done();
        let running = Running::of(config(&world), CHECK, recorder.clone());
        running.connected().await;
        let (sent, delays) = (now(), [0, 50, 137, 300]);
        let messages =
            (1..).zip(delays).map(|(subject, delay)| Message::new(CHECK, subject, sent + delay, sent));
        running.send(messages.collect()).await;
        recorder.saw(delays.len()).await;
        running.stop().await;
        recorder.assert_never_early();
        assert_eq!(recorder.subjects(), [1, 2, 3, 4]);
    })
    .await;
}

#[tokio::test]
async fn a_missing_plugin_is_one_clear_sentence() {
    const NAME: &str = "a_missing_plugin_is_one_clear_sentence";
    in_a_corner(NAME, |world| async move {
        let bus = RabbitBus::new(config(&world), Arc::new(SystemClock)).unwrap();
        if bus.probe_plugin().await.is_ok() {
            return skip(NAME, "this broker has the plugin");
        }
        let running = Running::of(config(&world), CHECK, Recorder::done());
        let status = running.status();
        until("the error is known", || status.last_error().is_some()).await;
        let error = status.last_error().unwrap();
        assert!(error.contains("x-delayed-message") && error.contains("`ttl`"), "{error}");
        running.stop().await;
    })
    .await;
}
