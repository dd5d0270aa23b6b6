//! When nobody was looking: the spans of wall-clock time that were declared blind.

use serde::{Deserialize, Serialize};

/// The blind spans of the machine or of one provider. What was once declared blind stays blind.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Blindness {
    /// Closed spans in order; they neither overlap nor touch.
    spans: Vec<Span>,
    /// Where the span begins that has no end yet.
    open: Option<u64>,
    /// The open span ends at the next tick: its end was declared for a time that a tick had already judged.
    ends_at_tick: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Span {
    start: u64,
    end: u64,
    /// Blind seconds of all spans before this one.
    before: u64,
}

impl Blindness {
    pub(super) fn is_blind(&self) -> bool {
        self.open.is_some() && !self.ends_at_tick
    }

    /// True when nothing is or was blind.
    pub(super) fn is_clear(&self) -> bool {
        self.spans.is_empty() && self.open.is_none()
    }

    pub(super) fn set_observed(&mut self, now: u64, observed: bool, last_tick: Option<u64>) {
        match (observed, self.open) {
            (false, open) => {
                self.open = Some(open.map_or(now, |start| start.min(now)));
                self.ends_at_tick = false;
            }
            (true, Some(_)) if last_tick.is_some_and(|tick| now < tick) => self.ends_at_tick = true,
            (true, Some(_)) if self.ends_at_tick => {}
            (true, Some(start)) => {
                self.open = None;
                self.insert(start, now);
            }
            (true, None) => {}
        }
    }

    /// Moves every instant of the future to `now`.
    pub(super) fn rewind(&mut self, now: u64) {
        self.spans.truncate(self.spans.partition_point(|span| span.start < now));
        if let Some(last) = self.spans.last_mut() {
            last.end = last.end.min(now);
        }
        self.open = self.open.map(|start| start.min(now));
    }

    /// Ends the span that was waiting for this tick.
    pub(super) fn tick(&mut self, now: u64) {
        if self.ends_at_tick {
            self.ends_at_tick = false;
            if let Some(start) = self.open.take() {
                self.insert(start, now);
            }
        }
    }

    /// Forgets the spans that end at or before `instant`.
    pub(super) fn forget_before(&mut self, instant: u64) {
        let past = self.spans.partition_point(|span| span.end <= instant);
        if past > 0 {
            self.spans.drain(..past);
            self.count_from(0);
        }
    }

    /// How many of the seconds from `from` to `to` were blind.
    pub(super) fn seconds(&self, from: u64, to: u64) -> u64 {
        let open_from = self.open.unwrap_or(u64::MAX);
        let closed = self.closed_until(to.min(open_from)).saturating_sub(self.closed_until(from.min(open_from)));
        closed.saturating_add(to.saturating_sub(from.max(open_from)))
    }

    /// How many of the seconds from `from` to `to` were blind in `self` or in `other`.
    pub(super) fn seconds_in_either(&self, other: &Self, from: u64, to: u64) -> u64 {
        let open_from = other.open.unwrap_or(u64::MAX);
        let first = other.spans.partition_point(|span| span.end <= from);
        let closed = other.spans.iter().skip(first).map(|span| (span.start, span.end.min(open_from)));
        closed
            .take_while(|(start, _)| *start < to)
            .chain([(open_from, u64::MAX)])
            .map(|(start, end)| (start.max(from), end.min(to)))
            .filter(|(start, end)| start < end)
            .map(|(start, end)| (end - start).saturating_sub(self.seconds(start, end)))
            .fold(self.seconds(from, to), u64::saturating_add)
    }

    /// Closed blind seconds before `instant`.
    fn closed_until(&self, instant: u64) -> u64 {
        let begun = self.spans.partition_point(|span| span.start < instant);
        begun
            .checked_sub(1)
            .and_then(|last| self.spans.get(last))
            .map_or(0, |span| span.before.saturating_add(span.end.min(instant).saturating_sub(span.start)))
    }

    fn insert(&mut self, start: u64, end: u64) {
        if start >= end {
            return;
        }
        let from = self.spans.partition_point(|span| span.end < start);
        let to = self.spans.partition_point(|span| span.start <= end).max(from);
        let touched = &self.spans[from..to];
        let start = touched.first().map_or(start, |span| span.start.min(start));
        let end = touched.last().map_or(end, |span| span.end.max(end));
        self.spans.splice(from..to, [Span { start, end, before: 0 }]);
        self.count_from(from);
    }

    /// Recomputes `before` from the span at `index` on.
    fn count_from(&mut self, index: usize) {
        let mut before = index.checked_sub(1).and_then(|last| self.spans.get(last)).map_or(0, Span::total);
        for span in self.spans.iter_mut().skip(index) {
            span.before = before;
            before = span.total();
        }
    }
}

impl Span {
    fn total(&self) -> u64 {
        self.before.saturating_add(self.end.saturating_sub(self.start))
    }
}
