//! The verdict over a request whose answer is unknown, from both questions: are the inputs spent (NUT-07, for an issue
//! the quote's state), and are the outputs signed (NUT-09)? DESIGN §6.

use crate::model::Set;

/// What the mint says of the inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inputs {
    Unspent,
    /// All of them, or an issued quote.
    Spent,
    /// At least one is in use just now.
    Pending,
    /// Only these (Y in hex).
    PartlySpent(Set<String>),
    /// For an issue: the invoice is not paid.
    Unpaid,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It happened; amounts come from the signatures.
    Done,
    /// It did not happen: repeat the same bytes, or release after a refusal.
    DidNotHappen,
    /// The outputs were signed for something else: take them in and start anew with fresh counters.
    Collision,
    /// Somebody else spent the inputs, or the mint is at fault.
    SpentElsewhere,
    /// Not decided yet.
    Wait,
}

/// `signed` tells whether the mint signed at least one of the outputs.
pub(super) fn verdict(inputs: &Inputs, signed: bool) -> Verdict {
    match (inputs, signed) {
        (Inputs::Pending, _) => Verdict::Wait,
        (Inputs::Spent | Inputs::PartlySpent(_), true) => Verdict::Done,
        (Inputs::Spent | Inputs::PartlySpent(_), false) => Verdict::SpentElsewhere,
        (Inputs::Unspent | Inputs::Unpaid, true) => Verdict::Collision,
        (Inputs::Unspent | Inputs::Unpaid, false) => Verdict::DidNotHappen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Gather;

    #[test]
    fn the_verdict_needs_both_answers() {
        let partly = Inputs::PartlySpent(["02".to_owned()].into_iter().into_set());
        let table = [
            (Inputs::Spent, true, Verdict::Done),
            (Inputs::Spent, false, Verdict::SpentElsewhere),
            (Inputs::Unspent, true, Verdict::Collision),
            (Inputs::Unspent, false, Verdict::DidNotHappen),
            (Inputs::Pending, true, Verdict::Wait),
            (Inputs::Pending, false, Verdict::Wait),
            (partly.clone(), true, Verdict::Done),
            (partly, false, Verdict::SpentElsewhere),
            (Inputs::Unpaid, false, Verdict::DidNotHappen),
            (Inputs::Unpaid, true, Verdict::Collision),
        ];
        for (inputs, signed, expected) in table {
            assert_eq!(verdict(&inputs, signed), expected, "{inputs:?}, signed: {signed}");
        }
    }
}
