//! What is counted.

use api::calls::Answer;

/// Shows the counters of calls to these services as nought, so that the first count is seen as a rise.
pub fn show_counters(services: &[&'static str]) {
    for service in services.iter().copied() {
        for outcome in ["answered", "noAnswer"] {
            calls(service, outcome).increment(0);
        }
        breakers(service).increment(0);
    }
}

/// A call to `service` ended.
pub(crate) fn called<T>(service: &'static str, answer: &Answer<T>) {
    calls(service, if answer.is_ok() { "answered" } else { "noAnswer" }).increment(1);
}

/// A replica of `service` fell silent.
pub(crate) fn breaker_opened(service: &'static str) {
    breakers(service).increment(1);
}

fn calls(service: &'static str, outcome: &'static str) -> metrics::Counter {
    metrics::counter!("sandglass_calls_total", "service" => service, "outcome" => outcome)
}

fn breakers(service: &'static str) -> metrics::Counter {
    metrics::counter!("sandglass_breaker_opened_total", "service" => service)
}
