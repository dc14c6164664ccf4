//! Connections that break, and a broker that is not there.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bus_rabbit::{Config, RabbitBus};
use clock::{Clock, ManualClock};
use delay::{Bus, Message, Verdict};
use lapin::BasicProperties;
use lapin::options::ExchangeDeleteOptions;
use lapin::uri::AMQPUri;

use crate::proxy::Proxy;
use crate::recorder::Recorder;
use crate::world::{CHECK, PAID, Running, World, address, in_a_corner, now, until};

/// A proxy to the broker, and the configuration of a bus that goes through it.
async fn through_proxy(world: &World) -> (Proxy, Config) {
    let mut uri: AMQPUri = address().parse().unwrap();
    let target = tokio::net::lookup_host((uri.authority.host.as_str(), uri.authority.port)).await.unwrap();
    let target: SocketAddr = target.into_iter().find(SocketAddr::is_ipv4).unwrap();
    let proxy = Proxy::to(target).await;
    uri.authority.host = Ipv4Addr::LOCALHOST.to_string();
    uri.authority.port = proxy.port();
    (proxy, Config { address: uri.to_string(), ..world.config() })
}

#[tokio::test]
async fn a_cut_connection_loses_nothing() {
    in_a_corner("a_cut_connection_loses_nothing", |world| async move {
        let (proxy, config) = through_proxy(&world).await;
        proxy.open();
        let recorder = Recorder::done();
        let running = Running::of(config, CHECK, recorder.clone());
        running.connected().await;
        let status = running.status();
        for round in 0..4_u64 {
            let ids = round * 100 + 1..=round * 100 + 100;
            let delay = |subject: u64| i64::try_from(subject % 4).unwrap() * 90;
            let messages = ids.map(|subject| Message::new(CHECK, subject, now() + delay(subject), now()));
            // Cut while they are on their way.
            let before = status.published();
            let cutting = async {
                until("some are on their way", || status.published() > before).await;
                proxy.cut();
            };
            tokio::join!(running.send(messages.collect()), cutting);
        }
        until("each was handled", || {
            let mut subjects = recorder.subjects();
            subjects.dedup();
            subjects.len() == 400
        })
        .await;
        running.stop().await;
        recorder.assert_never_early();
        assert!(status.connections() >= 2, "it connected again");
        assert!(status.last_error().is_none_or(|error| !error.is_empty()));
    })
    .await;
}

#[tokio::test]
async fn an_absent_broker_slows_only_the_relay() {
    in_a_corner("an_absent_broker_slows_only_the_relay", |world| async move {
        let (proxy, config) = through_proxy(&world).await;
        let recorder = Recorder::done();
        let running = Running::of(config, PAID, recorder.clone());
        let status = running.status();
        until("it noticed", || status.last_error().is_some()).await;
        assert!(!status.connected() && status.since().is_some());

        let message = Message::new(PAID, 7, now(), now());
        let verdicts = running.bus.outlet(PAID.code).unwrap().handle(std::slice::from_ref(&message)).await;
        assert!(matches!(&verdicts[0], Verdict::Away { .. }), "{verdicts:?}");

        proxy.open();
        running.connected().await;
        running.send(vec![message]).await;
        recorder.saw(1).await;
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_broker_short_of_memory_slows_only_the_relay() {
    in_a_corner("a_broker_short_of_memory_slows_only_the_relay", |world| async move {
        let (proxy, config) = through_proxy(&world).await;
        proxy.open();
        let recorder = Recorder::done();
        let running = Running::of(config, PAID, recorder.clone());
        running.connected().await;
        let status = running.status();
        proxy.block();
        until("it heard of it", || status.blocked()).await;

        let message = Message::new(PAID, 7, now(), now());
        let verdicts = running.bus.outlet(PAID.code).unwrap().handle(std::slice::from_ref(&message)).await;
        assert!(matches!(&verdicts[0], Verdict::Away { error } if error.contains("memory")), "{verdicts:?}");
        assert_eq!(status.published(), 0);
        // What others sent is handled meanwhile.
        world.publish("pay.direct", PAID.name, BasicProperties::default(), b"8").await;
        until("it is acknowledged", || status.consumed() == 1).await;
        world.holds("trade.pay.success.queue", 0).await;

        proxy.unblock();
        running.send(vec![message]).await;
        recorder.saw(2).await;
        assert!(!status.blocked());
        assert_eq!(status.connections(), 1, "a pause is no reason to connect again");
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_broker_that_falls_silent_is_given_up() {
    in_a_corner("a_broker_that_falls_silent_is_given_up", |world| async move {
        let (proxy, config) = through_proxy(&world).await;
        proxy.open();
        let (clock, recorder) = (ManualClock::at(now()), Recorder::done());
        let bus = RabbitBus::new(config, Arc::new(clock.clone())).unwrap();
        bus.subscribe(PAID, recorder.clone());
        let running = Running::start(bus);
        running.connected().await;
        let status = running.status();

        proxy.silence(true);
        let message = Message::new(PAID, 7, clock.now(), clock.now());
        let (outlet, sent) = (running.bus.outlet(PAID.code).unwrap(), message.clone());
        let sending = tokio::spawn(async move { outlet.handle(&[sent]).await });
        until("it is on its way", || status.in_flight() == 1).await;
        until("it is waited for no more", || {
            clock.advance(1_000);
            sending.is_finished()
        })
        .await;
        let verdicts = sending.await.unwrap();
        assert!(
            matches!(&verdicts[0], Verdict::Away { .. }),
            "whether it arrived is not known: {verdicts:?}"
        );

        proxy.silence(false);
        proxy.cut();
        until("it is connected anew", || {
            clock.advance(50);
            status.connected() && status.connections() >= 2
        })
        .await;
        running.send(vec![message]).await;
        until("it is handled", || !recorder.seen().is_empty()).await;
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_stopped_bus_says_so_at_once() {
    in_a_corner("a_stopped_bus_says_so_at_once", |world| async move {
        let running = world.bus(PAID, Recorder::done()).await;
        let outlet = running.bus.outlet(PAID.code).unwrap();
        running.stop().await;
        let began = clock::SystemClock.now();
        let verdicts = outlet.handle(&[Message::new(PAID, 7, began, began)]).await;
        assert!(matches!(&verdicts[0], Verdict::Away { error } if error.contains("stopped")), "{verdicts:?}");
    })
    .await;
}

#[tokio::test]
async fn a_queue_removed_under_its_consumer_is_made_again() {
    in_a_corner("a_queue_removed_under_its_consumer_is_made_again", |world| async move {
        let recorder = Recorder::done();
        let running = world.bus(PAID, recorder.clone()).await;
        world.remove("trade.pay.success.queue").await;
        running.send(vec![Message::new(PAID, 7, now(), now())]).await;
        recorder.saw(1).await;
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_removed_queue_of_dead_letters_is_made_again_and_loses_none() {
    in_a_corner("a_removed_queue_of_dead_letters_is_made_again_and_loses_none", |world| async move {
        let judge = |_: &Message| Verdict::Undecodable { error: "never".into() };
        let running = world.bus(PAID, Recorder::judging(judge)).await;
        world.remove("trade.error.queue").await;
        running.send(vec![Message::new(PAID, 7, now(), now())]).await;
        let status = running.status();
        until("it is dead at last", || status.buried() == 1).await;
        assert_eq!(running.bus.dead_letters().list("trade", 10).await.unwrap().len(), 1);
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_removed_exchange_is_made_again() {
    in_a_corner("a_removed_exchange_is_made_again", |world| async move {
        let recorder = Recorder::done();
        let running = world.bus(PAID, recorder.clone()).await;
        let channel = world.raw.create_channel().await.unwrap();
        let exchange = world.name("pay.direct").into();
        channel.exchange_delete(exchange, ExchangeDeleteOptions::default()).await.unwrap();
        running.send(vec![Message::new(PAID, 7, now(), now())]).await;
        recorder.saw(1).await;
        running.stop().await;
    })
    .await;
}
