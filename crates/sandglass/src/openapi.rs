//! The description of the public interface, as generated from the handlers.

use std::sync::Arc;

use anyhow::Result;
use clock::{Clock, ManualClock, Ms};

use crate::config::Layers;
use crate::shop::Shop;

/// The `OpenAPI` document as pretty JSON with a final line break left to the caller.
pub fn document() -> Result<String> {
    let dir = tempfile::tempdir()?;
    let config = Layers::defaults().set("data", &dir.path().display().to_string()).config()?;
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Ms(0)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let shop = runtime.block_on(Shop::open(config, clock, &mut crate::up::system_rng()))?;
    let (_, document) = gateway::describe(shop.routes());
    Ok(in_order(&gateway::with_security(document).to_pretty_json()?))
}

/// The same text with neighbouring extensions (`x-…`) in the order of their names: the generator keeps those of an
/// operation in none, so that the document would differ from one run to the next.
fn in_order(text: &str) -> String {
    let is_extension = |line: &str| line.trim_start().starts_with("\"x-") && !line.ends_with(['{', '[']);
    let mut ordered: Vec<String> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let mut run = vec![line];
        while is_extension(line) && lines.peek().is_some_and(|next| is_extension(next)) {
            run.extend(lines.next());
        }
        let goes_on = run.last().is_some_and(|last| last.ends_with(','));
        if run.len() > 1 {
            for line in &mut run {
                *line = line.trim_end_matches(',');
            }
            run.sort_unstable();
            let last = run.len() - 1;
            let comma = |at: usize| if at < last || goes_on { "," } else { "" };
            ordered.extend(run.iter().enumerate().map(|(at, line)| format!("{line}{}", comma(at))));
        } else {
            ordered.push(line.to_owned());
        }
    }
    ordered.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_stand_in_the_order_of_their_names_and_all_else_as_it_was() {
        let text = "{\n  \"x-b\": true,\n  \"x-a\": true\n},\n  \"x-d\": 1,\n  \"x-c\": 2,\n  \"e\": [\n]";
        let ordered = "{\n  \"x-a\": true,\n  \"x-b\": true\n},\n  \"x-c\": 2,\n  \"x-d\": 1,\n  \"e\": [\n]";
        assert_eq!(in_order(text), ordered);
        assert_eq!(in_order(ordered), ordered);
    }
}
