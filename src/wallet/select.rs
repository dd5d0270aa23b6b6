//! Which proofs to spend, and how large a token must be to arrive.

use super::keyset::{Keyset, fee};

/// A proof that may be spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) y: String,
    pub(super) amount: u64,
    pub(super) rate: u64,
    /// Its keyset signs no more, so it should be spent first.
    pub(super) leaving: bool,
}

fn worth(chosen: &[Candidate]) -> Option<u64> {
    let sum = chosen.iter().try_fold(0u64, |sum, candidate| sum.checked_add(candidate.amount))?;
    sum.checked_sub(fee(chosen.iter().map(|candidate| candidate.rate)))
}

/// The proofs to swap so that at least `needed` is left after their fee: those of leaving keysets first, then few, then
/// with little change. Nothing if there is not enough. A proof that its own fee eats is not taken.
pub(super) fn select(mut candidates: Vec<Candidate>, needed: u64) -> Option<Vec<Candidate>> {
    candidates.retain(|candidate| u128::from(candidate.amount) * 1000 > u128::from(candidate.rate));
    candidates.sort_by(|a, b| (b.leaving, b.amount, &a.y).cmp(&(a.leaving, a.amount, &b.y)));
    let enough = |chosen: &[Candidate]| worth(chosen).is_some_and(|worth| worth >= needed);
    let mut rest = candidates.into_iter();
    let mut chosen = Vec::new();
    while !enough(&chosen) {
        chosen.push(rest.next()?);
    }
    let mut rest: Vec<Candidate> = rest.collect();
    // The last one may be larger than needed: the smallest that still does it takes its place.
    if let Some(last) = chosen.pop() {
        rest.push(last.clone());
        rest.retain(|candidate| candidate.leaving == last.leaving);
        rest.sort_by(|a, b| (a.amount, &a.y).cmp(&(b.amount, &b.y)));
        let fits = rest.iter().find(|candidate| enough(&[&chosen[..], &[(*candidate).clone()]].concat()));
        chosen.push(fits.cloned().unwrap_or(last));
    }
    let mut at = chosen.len();
    while at > 0 {
        at -= 1;
        let without = chosen[at].clone();
        if without.leaving {
            continue;
        }
        let mut fewer = chosen.clone();
        fewer.remove(at);
        if enough(&fewer) {
            chosen = fewer;
        }
    }
    Some(chosen)
}

/// The smallest face whose proofs, one per denomination of `keyset`, are worth `price` after the redeemer's fee, with
/// that fee. Nothing if there is none within reach.
pub(super) fn face_that_arrives(keyset: &Keyset, price: u64) -> Option<(u64, u64)> {
    const REACH: u64 = 100_000;
    (price..=price.saturating_add(REACH)).find_map(|face| {
        let fee = token_fee(keyset, face)?;
        (face.checked_sub(fee)? >= price).then_some((face, fee))
    })
}

/// What redeeming a token of this face costs, one proof per denomination of `keyset`.
pub(super) fn token_fee(keyset: &Keyset, face: u64) -> Option<u64> {
    Some(fee(keyset.split(face)?.iter().map(|_| keyset.input_fee_ppk)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(amount: u64, leaving: bool) -> Candidate {
        Candidate { y: format!("{amount:04}{leaving}"), amount, rate: 100, leaving }
    }

    fn amounts(chosen: Option<Vec<Candidate>>) -> Option<Vec<u64>> {
        let mut amounts: Vec<u64> = chosen?.iter().map(|candidate| candidate.amount).collect();
        amounts.sort_unstable();
        Some(amounts)
    }

    #[test]
    fn few_proofs_with_little_change_are_chosen() {
        let have = || [64, 32, 16, 8, 4].map(|amount| candidate(amount, false)).to_vec();
        assert_eq!(amounts(select(have(), 30)), Some(vec![32]));
        assert_eq!(amounts(select(have(), 32)), Some(vec![64]));
        assert_eq!(amounts(select(have(), 65)), Some(vec![4, 64]));
        assert_eq!(amounts(select(have(), 123)), Some(vec![4, 8, 16, 32, 64]));
        assert_eq!(amounts(select(have(), 124)), None);
    }

    #[test]
    fn proofs_of_a_leaving_keyset_are_spent_first() {
        let have = vec![candidate(64, false), candidate(8, true), candidate(4, true)];
        assert_eq!(amounts(select(have, 20)), Some(vec![4, 8, 64]));
    }

    #[test]
    fn a_proof_that_its_own_fee_eats_is_left_alone() {
        let dust = Candidate { y: "02".to_owned(), amount: 1, rate: 1000, leaving: true };
        assert_eq!(select(vec![dust], 1), None);
    }
}
