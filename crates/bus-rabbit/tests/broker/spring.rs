//! Messages exactly as Spring AMQP publishes them.

use delay::Message;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};

use crate::recorder::Recorder;
use crate::world::{CART, CHECK, PAID, in_a_corner, now, until};

/// `RabbitTemplate` with `Jackson2JsonMessageConverter`: no message id, no timestamp.
fn spring(type_id: Option<&str>) -> BasicProperties {
    let mut table = FieldTable::default();
    if let Some(type_id) = type_id {
        table.insert("__TypeId__".into(), AMQPValue::LongString(type_id.into()));
    }
    BasicProperties::default()
        .with_content_type("application/json".into())
        .with_content_encoding("UTF-8".into())
        .with_priority(0)
        .with_delivery_mode(2)
        .with_headers(table)
}

#[tokio::test]
async fn ids_from_spring_are_understood_however_they_are_written() {
    in_a_corner("ids_from_spring_are_understood_however_they_are_written", |world| async move {
        const ID: u64 = 1_850_000_000_000_000_001;
        let recorder = Recorder::done();
        let running = world.bus(PAID, recorder.clone()).await;
        let long = Some("java.lang.Long");
        world.publish("pay.direct", PAID.name, spring(long), b"1850000000000000001").await;
        world.publish("pay.direct", PAID.name, spring(None), b"1850000000000000001").await;
        world
            .publish("pay.direct", PAID.name, spring(Some("java.lang.String")), b"\"1850000000000000001\"")
            .await;
        world.publish("pay.direct", PAID.name, BasicProperties::default(), b" 1850000000000000001\r\n").await;
        recorder.saw(4).await;
        let status = running.status();
        until("all are acknowledged", || status.consumed() == 4).await;
        running.stop().await;
        assert_eq!(recorder.subjects(), [ID; 4]);
        assert_eq!(status.buried(), 0);
        assert!(recorder.seen().iter().all(|(message, at)| message.due <= *at && message.body.is_empty()));
    })
    .await;
}

#[tokio::test]
async fn a_delayed_check_from_spring_is_handled_on_arrival() {
    in_a_corner("a_delayed_check_from_spring_is_handled_on_arrival", |world| async move {
        let recorder = Recorder::done();
        let running = world.bus(CHECK, recorder.clone()).await;
        // As it leaves the delayed-message exchange: the plugin turns the delay's sign around.
        let mut properties = spring(Some("java.lang.Long"));
        let mut table = properties.headers().clone().unwrap();
        table.insert("x-delay".into(), AMQPValue::LongInt(-10_000));
        properties = properties.with_headers(table);
        world.publish("trade.delay.direct", CHECK.name, properties, b"1850000000000000001").await;
        recorder.saw(1).await;
        running.stop().await;
        assert_eq!(recorder.subjects(), [1_850_000_000_000_000_001]);
    })
    .await;
}

#[tokio::test]
async fn a_clear_cart_from_spring_needs_no_order() {
    in_a_corner("a_clear_cart_from_spring_needs_no_order", |world| async move {
        let recorder = Recorder::done();
        let running = world.bus(CART, recorder.clone()).await;
        let body = br#"{"userId":1,"itemIds":[100000006163,584382]}"#;
        world.publish("trade.topic", CART.name, spring(None), body).await;
        recorder.saw(1).await;
        running.stop().await;
        let (message, at): &(Message, _) = &recorder.seen()[0];
        assert_eq!((message.subject, message.body.as_slice()), (0, body.as_slice()));
        assert!(message.created <= *at && now() >= message.created);
    })
    .await;
}
