//! One request's tries: where to next, and whether at all.

use crate::upstream::Repeat;

/// How a try failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No connection: nobody has seen the request.
    Unreachable(String),
    /// The connection broke: the request may have been seen.
    Broken(String),
    /// No answer by the deadline: the request may have been seen.
    Late,
}

/// Where the next try may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// To a replica that was not tried, or else to this one again: a kept connection may just have been closed.
    OtherOrAgain(usize),
    /// To a replica that was not tried.
    Other,
    /// Nowhere.
    Nowhere,
}

/// The tries of one request so far.
#[derive(Debug)]
pub(crate) struct Round {
    repeat: Repeat,
    left: u32,
    tried: Vec<usize>,
    seen: bool,
    reason: Option<String>,
}

impl Round {
    pub(crate) fn new(repeat: Repeat, tries_max: u32) -> Self {
        Self { repeat, left: tries_max, tried: Vec::new(), seen: false, reason: None }
    }

    /// Whether `replica` was tried.
    pub(crate) fn tried(&self, replica: usize) -> bool {
        self.tried.contains(&replica)
    }

    /// Notes that `replica` was tried in vain; says where to go next.
    pub(crate) fn failed(&mut self, replica: usize, fault: Fault) -> Next {
        let next = match &fault {
            Fault::Unreachable(_) => Next::Other,
            Fault::Broken(_) if self.repeat == Repeat::Idempotent => Next::OtherOrAgain(replica),
            Fault::Broken(_) | Fault::Late => Next::Nowhere,
        };
        self.seen |= !matches!(fault, Fault::Unreachable(_));
        self.reason = Some(match fault {
            Fault::Unreachable(why) => format!("it cannot be reached: {why}"),
            Fault::Broken(why) => format!("the connection broke: {why}"),
            Fault::Late => "it took too long".into(),
        });
        self.count(replica, next)
    }

    /// Notes that `replica` turned the request away for a reason of its own; says where to go next.
    pub(crate) fn turned_away(&mut self, replica: usize) -> Next {
        self.seen = true;
        self.count(replica, if self.repeat == Repeat::Idempotent { Next::Other } else { Next::Nowhere })
    }

    fn count(&mut self, replica: usize, next: Next) -> Next {
        let again = self.tried(replica);
        if !again {
            self.tried.push(replica);
        }
        self.left = self.left.saturating_sub(1);
        match next {
            _ if self.left == 0 => Next::Nowhere,
            Next::OtherOrAgain(_) if again => Next::Other,
            next => next,
        }
    }

    /// Whether somebody may have seen the request, and what was seen of it last.
    pub(crate) fn end(self) -> (bool, String) {
        (self.seen, self.reason.unwrap_or_else(|| "every replica is being left alone for a while".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unreachable() -> Fault {
        Fault::Unreachable("refused".into())
    }

    fn broken() -> Fault {
        Fault::Broken("reset".into())
    }

    #[test]
    fn what_nobody_saw_goes_to_another_replica_whatever_it_is() {
        for repeat in [Repeat::Unsent, Repeat::Idempotent] {
            let mut round = Round::new(repeat, 3);
            assert_eq!(round.failed(0, unreachable()), Next::Other);
            assert!(!round.end().0);
        }
    }

    #[test]
    fn what_may_have_been_seen_goes_on_only_if_it_is_the_same_however_often() {
        assert_eq!(Round::new(Repeat::Unsent, 3).failed(0, broken()), Next::Nowhere);
        assert_eq!(Round::new(Repeat::Unsent, 3).turned_away(0), Next::Nowhere);
        let mut round = Round::new(Repeat::Idempotent, 3);
        assert_eq!(round.failed(0, broken()), Next::OtherOrAgain(0));
        assert_eq!(round.failed(1, unreachable()), Next::Other);
        assert!(round.end().0, "the first may have been seen, whatever became of the second");
    }

    #[test]
    fn one_replica_is_tried_again_once() {
        let mut round = Round::new(Repeat::Idempotent, 9);
        assert_eq!(round.failed(0, broken()), Next::OtherOrAgain(0));
        assert_eq!(round.failed(0, broken()), Next::Other);
    }

    #[test]
    fn tries_are_bounded_and_a_late_answer_ends_them() {
        let mut round = Round::new(Repeat::Idempotent, 2);
        assert_eq!(round.failed(0, unreachable()), Next::Other);
        assert_eq!(round.failed(1, unreachable()), Next::Nowhere);
        assert_eq!(Round::new(Repeat::Idempotent, 9).failed(0, Fault::Late), Next::Nowhere);
    }
}
