//! Every mutant: what it breaks, what it stands for, and where somebody could see it.
//!
//! To add one, write it here and one line beside the guard it takes out; ARCHITECTURE.md says how.

/// Makes the list from its entries, so that a mutant is written down once.
macro_rules! mutants {
    ($(
        #[doc = $breaks:literal]
        $mutant:ident $name:literal, $stands_for:literal,
        simulator: $simulated:literal, model: $modelled:literal
        $(, suite: $package:literal $binary:literal $test:literal)*;
    )*) => {
        /// A way in which the protocol can be broken.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Mutant {
            $(#[doc = $breaks] $mutant,)*
        }

        /// All that is known of each.
        #[cfg(feature = "armed")]
        pub const ALL: &[crate::armed::About] = &[$(
            crate::armed::About {
                mutant: Mutant::$mutant,
                name: $name,
                breaks: $breaks,
                stands_for: $stands_for,
                simulated: $simulated,
                modelled: $modelled,
                suites: &[$(crate::armed::Suite { package: $package, binary: $binary, test: $test },)*],
            },
        )*];
    };
}

mutants! {
    /// When `pay` does not answer a close, the order counts as never paid.
    DoubtReadAsUnpaid "doubt-read-as-unpaid", "hole 6",
        simulator: true, model: true,
        suite: "trade" "it" "timers::pay_being_down_at_the_deadline_leaves_the_order_for_as_long_as_it_takes";
    /// A close is answered "closed" while an attempt is in flight.
    InFlightReadAsClosed "in-flight-read-as-closed", "hole 1",
        simulator: true, model: true,
        suite: "pay" "it" "holes::a_pay_between_the_closers_check_and_its_write_is_in_flight_and_not_closed";
    /// Stock is released before `pay` has answered the close.
    ReleaseBeforeClose "release-before-close", "1, close: `trade` acts on the answer",
        simulator: true, model: true;
    /// `pay` closes an order that nobody has applied to pay without a tombstone.
    NoTombstone "no-tombstone", "hole 2",
        simulator: true, model: true,
        suite: "pay" "it" "close::an_order_nobody_applied_for_gets_a_tombstone_that_refuses_later_applications";
    /// `item` is told to release what it does not hold yet and leaves no tombstone.
    NoHoldTombstone "no-hold-tombstone", "1, place: a release before the hold refuses the late hold",
        simulator: true, model: true,
        suite: "item" "it" "settle::an_end_before_the_hold_refuses_the_late_hold";
    /// `item` is asked for the hold before order and duty are written.
    TimerAfterSideEffect "timer-after-side-effect", "1: intent is written before the first side effect",
        simulator: true, model: false,
        suite: "trade" "it" "place::the_duty_is_written_before_item_is_asked";
    /// An unpaid order is written without the timer of its deadline, so only sweeps end it.
    TimerNotWritten "timer-not-written", "hole 12",
        simulator: true, model: false,
        suite: "trade" "it" "timers::an_unpaid_order_is_closed_at_its_deadline_and_not_a_millisecond_before";
    /// A message is handed to its pump before the commit that it belongs to.
    PublishBeforeCommit "publish-before-commit", "hole 12",
        simulator: false, model: false,
        suite: "engine" "pump" "a_message_whose_unit_was_undone_is_not_handed_over";
    /// A message is acknowledged although what it asks for was not done.
    AcknowledgeBeforeCommit "acknowledge-before-commit", "2: nothing is acknowledged before its effect is committed",
        simulator: false, model: false,
        suite: "trade" "it" "timers::pay_being_down_at_the_deadline_leaves_the_order_for_as_long_as_it_takes";
    /// Marking paid does not look whether the order is closed.
    NoCompareOnMarkPaid "no-compare-on-mark-paid", "hole 3",
        simulator: false, model: true,
        suite: "trade" "it" "refund::money_that_comes_in_for_a_closed_order_goes_back_once_and_the_order_stays_closed";
    /// Whoever says that an order is paid is believed.
    PaidWithoutAskingPay "paid-without-asking-pay", "holes 3 and 14",
        simulator: true, model: true,
        suite: "trade" "it" "close::a_notice_for_an_order_that_pay_does_not_call_paid_changes_nothing";
    /// A release that is told twice releases twice.
    ReleaseNotUnique "release-not-unique", "hole 4",
        simulator: true, model: true,
        suite: "item" "it" "settle::stock_is_restored_once_however_often_the_end_is_told";
    /// When the wallet does not answer, the attempt counts as failed.
    AttemptGuessedFailed "attempt-guessed-failed", "hole 6; 1: doubt never cancels",
        simulator: true, model: true,
        suite: "pay" "it" "holes::a_silent_neighbour_is_never_read_as_not_paid";
    /// The wallet answers "voided" and keeps no void, so the late debit is made.
    WalletWithoutVoid "wallet-without-void", "1, pay: a void refuses the late debit",
        simulator: true, model: true,
        suite: "user" "it" "paying::a_late_debit_after_a_void_is_refused";
    /// The wallet forgets what it refused, so a duplicate can be granted later.
    RefusalNotRemembered "refusal-not-remembered", "1: every refusal is remembered like every success",
        simulator: true, model: false,
        suite: "user" "it" "paying::a_frozen_account_does_not_pay_until_it_is_thawed";
    /// After a failed attempt the pay order forgets that it was to be closed, and a new one may start.
    NewAttemptWhileClosing "new-attempt-while-closing", "1, close: no new attempt may start",
        simulator: true, model: true,
        suite: "pay" "it" "interleave_postgres::an_attempts_end_and_a_close_come_to_one_end_in_either_order";
    /// An attempt starts beside one that is in flight.
    TwoAttemptsAtOnce "two-attempts-at-once", "hole 7",
        simulator: true, model: true,
        suite: "pay" "it" "holes::two_concurrent_pays_debit_once";
    /// An attempt starts after the deadline.
    PressAfterDeadline "press-after-deadline", "1, pay: not overdue",
        simulator: true, model: true;
    /// Orders that have ended are not swept for what they still owe.
    NoSettleSweep "no-settle-sweep", "hole 4",
        simulator: true, model: true,
        suite: "trade" "it" "crash::even_if_every_message_is_lost_with_the_process";
    /// Unpaid orders are not swept, so a lost timer leaves them open.
    UnpaidNotSwept "unpaid-not-swept", "hole 12",
        simulator: true, model: true,
        suite: "trade" "it" "sweep::with_every_message_lost_everything_still_ends";
    /// A sweep ends at the first order that cannot be finished.
    SweepStopsAtError "sweep-stops-at-error", "hole 21",
        simulator: false, model: false,
        suite: "trade" "it" "sweep::one_bad_row_neither_stops_the_sweep_nor_starves_what_is_behind_it";
    /// A sweep looks at its first page only, where doubtful orders may stand for ever.
    SweepStarvesBehindDoubt "sweep-starves-behind-doubt", "hole 21",
        simulator: false, model: false,
        suite: "trade" "it" "sweep::a_doubtful_head_never_starves_later_rows";
    /// Sweeps wait for as long as the timers hang.
    SweepWaitsForTimers "sweep-waits-for-timers", "hole 21",
        simulator: false, model: false,
        suite: "trade" "it" "sweep::a_burst_is_not_mistaken_for_loss_and_hanging_timers_do_not_stop_the_sweep";
    /// A check or timer that comes early closes the order.
    EarlyMessageHandled "early-message-handled", "4: never early",
        simulator: true, model: true,
        suite: "trade" "it" "timers::a_timer_that_comes_early_is_armed_again_and_not_used_up";
    /// The deadline is computed from the present setting instead of being read from the order.
    DeadlineFromSetting "deadline-from-setting", "hole 21: postponed by its own settings",
        simulator: true, model: false,
        suite: "trade" "it" "timers::extending_moves_the_deadline_and_the_old_timer_does_nothing";
    /// An order gets more time after its close was asked for.
    ExtensionAfterCloseAsked "extension-after-close-asked", "1, close: no extension after it",
        simulator: true, model: true,
        suite: "trade" "it" "timers::extending_goes_only_forward_and_not_after_close_was_asked";
    /// A parcel leaves while its money goes back.
    ShipWhileRefunding "ship-while-refunding", "1, refund: blocks shipping",
        simulator: true, model: true,
        suite: "trade" "it" "refund::while_the_money_is_on_its_way_nothing_is_shipped_and_it_is_retried_for_ever";
    /// A refund that is asked for twice gives the money back twice.
    RefundRepeated "refund-repeated", "2: per pay order at most one refund",
        simulator: true, model: true,
        suite: "user" "it" "refunds::a_refund_twice_gives_back_once";
    /// The wallet does not know a debit again that it has made.
    DebitWithoutKey "debit-without-key", "hole 7; 1, pay: keyed by the attempt",
        simulator: true, model: true,
        suite: "user" "it" "paying::a_debit_takes_the_money_once_however_often_it_comes";
    /// The hold does not look whether the price has changed.
    HoldIgnoresVersion "hold-ignores-version", "1, place: on sale and version in the same transaction",
        simulator: true, model: false,
        suite: "item" "it" "hold::a_changed_price_is_refused_and_the_order_may_come_again";
    /// Clear-cart also takes out what was put in after the order.
    ClearCartIgnoresTime "clear-cart-ignores-time", "hole 23",
        simulator: true, model: false,
        suite: "cart" "clear" "a_late_clear_cart_leaves_items_added_since";
    /// The total is the sum of the prices, whatever the numbers.
    TotalWithoutQuantity "total-without-quantity", "hole 10",
        simulator: true, model: false,
        suite: "trade" "it" "place::the_total_is_price_times_quantity_over_all_lines";
    /// What is to be paid is what the client says.
    AmountFromClient "amount-from-client", "hole 9",
        simulator: true, model: false,
        suite: "pay" "it" "holes::the_amount_is_not_taken_from_the_client";
    /// An idempotency key is neither looked up nor kept when an order is placed.
    KeyIgnored "key-ignored", "hole 19",
        simulator: true, model: false,
        suite: "trade" "it" "keys::the_same_key_again_answers_the_same_order_even_after_its_end";
    /// A buyer may see and cancel another's order.
    OthersOrdersReadable "others-orders-readable", "hole 14",
        simulator: true, model: false,
        suite: "trade" "it" "access::a_foreign_or_missing_order_is_404_on_every_buyer_route";
    /// A transition is committed without its entry in the history.
    HistoryNotWritten "history-not-written", "1: each move recorded once",
        simulator: true, model: false,
        suite: "trade" "it" "place::an_order_is_written_with_its_lines_history_timer_and_clear_cart_message";
    /// On PostgreSQL `pay` decides on a row that it has read without locking it.
    ForUpdateLeftOut "for-update-left-out", "2: two transitions meet on the same row",
        simulator: false, model: false,
        suite: "pay" "it" "interleave_postgres::a_press_and_a_close_exclude_each_other";
    /// On PostgreSQL staff decide on a stock that they have read without locking it.
    StockReadWithoutLock "stock-read-without-lock", "hole 5: read-modify-write of the stock",
        simulator: false, model: false,
        suite: "item" "it" "interleave_postgres::stock_that_staff_take_away_is_not_held_too";
}
