//! A wallet that only looks: what a phrase holds at its mints, found in memory and moved nowhere.
//!
//! [`restore`](Wallet::restore) finds it. Then [`compare`](Wallet::compare) says how much of this wallet the phrase would
//! bring back, or [`haul`](Wallet::haul) makes tokens of what another phrase holds, for [`receive`](Wallet::receive).
//! Nothing of a scout is to be stored.

use super::book::{Held, ProofState};
use super::machine::Wallet;
use super::operation::Operation;
use super::token;
use crate::model::{Amount, Gather, MintUrl, Msat, Sat, Set, Unit};

/// So many coins in one token, which one swap takes in.
const MOST_IN_TOKEN: usize = 100;

/// The coins that a wallet held at some time.
#[derive(Clone, Default)]
pub struct Coins(Set<String>);

/// How much of a wallet its phrase brings back at a mint, in both units, in whole satoshi. Only coins that were there before and after the search count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What the wallet holds: spendable, reserved, handed out and set aside.
    pub held: Sat,
    /// How much of that was found.
    pub back: Sat,
    /// How much of what was found is in tokens that were given away.
    pub handed_out: Sat,
    /// What was not found because the mint had it in use.
    pub in_use: Sat,
    /// What was found and is in no book.
    pub beyond: Sat,
}

/// What another phrase holds at a mint, as tokens of one unit each; the sums are in whole satoshi.
#[derive(Clone, Default)]
pub struct Haul {
    /// The sum of the tokens.
    pub found: Sat,
    /// What the mint keeps when they are redeemed.
    pub fee: Sat,
    /// What costs as much to redeem as it is worth, and is in no token.
    pub dust: Sat,
    /// They are money: never log them.
    pub tokens: Vec<String>,
}

impl Haul {
    /// What comes in.
    #[must_use]
    pub fn arrives(&self) -> Sat {
        Sat::new(self.found.get().saturating_sub(self.fee.get()))
    }
}

impl std::fmt::Debug for Coins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Coins").field(&self.0.len()).finish()
    }
}

impl std::fmt::Debug for Haul {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Haul").field("found", &self.found).field("tokens", &self.tokens.len()).finish_non_exhaustive()
    }
}

impl Wallet {
    /// An empty wallet of a seed that only looks.
    #[must_use]
    pub fn scout(seed: [u8; 64]) -> Self {
        let mut scout = Self::of_seed(seed);
        scout.is_scout = true;
        scout
    }

    /// What is in the book now.
    #[must_use]
    pub fn coins(&self) -> Coins {
        Coins(self.proofs.keys().cloned().into_set())
    }

    /// What a scout of the same seed found of this wallet, whose coins were `before` when it set out.
    #[must_use]
    pub fn compare(&self, mint: &MintUrl, before: &Coins, scout: &Self) -> Comparison {
        let [mut held_in_all, mut back, mut handed_out, mut in_use, mut beyond] = [Msat::ZERO; 5];
        let add = |sum: &mut Msat, held: &Held| *sum = sum.saturating_add(self.worth_of(scout, held).to_msat());
        let pending = |held: &Held| {
            let restores = scout.ops.values().filter(|op| op.mint == *mint).filter_map(Operation::restore);
            let mut outputs = restores.flat_map(|restore| &restore.pending);
            outputs.any(|output| (output.keyset, output.counter) == (held.keyset, held.counter))
        };
        for (y, held) in self.proofs.iter().filter(|(y, held)| held.mint == *mint && before.0.contains(*y)) {
            add(&mut held_in_all, held);
            if scout.proofs.contains_key(y) {
                add(&mut back, held);
                if matches!(held.state, ProofState::HandedOut { .. }) {
                    add(&mut handed_out, held);
                }
            } else if pending(held) {
                add(&mut in_use, held);
            }
        }
        for (y, found) in scout.proofs.iter().filter(|(_, found)| found.mint == *mint) {
            if !self.proofs.contains_key(y) && !before.0.contains(y) {
                add(&mut beyond, found);
            }
        }
        Comparison {
            held: whole(held_in_all),
            back: whole(back),
            handed_out: whole(handed_out),
            in_use: whole(in_use),
            beyond: whole(beyond),
        }
    }

    /// What a coin is worth: the scout knows keysets that this wallet may not know yet.
    fn worth_of(&self, scout: &Self, held: &Held) -> Amount {
        let known = if self.keysets.contains_key(&(held.mint.clone(), held.keyset)) { self } else { scout };
        Amount::new(held.amount, known.unit_of(&held.mint, held.keyset))
    }

    /// Tokens of everything that was found at a mint and is worth its fee. What was set aside comes in tokens of its own,
    /// so that it keeps nothing else from being redeemed.
    #[must_use]
    pub fn haul(&self, mint: &MintUrl) -> Haul {
        let [mut found, mut fee, mut dust] = [Msat::ZERO; 3];
        let mut tokens = Vec::new();
        for (unit, sound) in Unit::ALL.into_iter().flat_map(|unit| [(unit, true), (unit, false)]) {
            let add = |sum: &mut Msat, amount: u64| *sum = sum.saturating_add(Amount::new(amount, unit).to_msat());
            let wanted = self.proofs.iter().filter(|(_, held)| {
                held.mint == *mint
                    && self.unit_of(mint, held.keyset) == unit
                    && (held.state == ProofState::Spendable) == sound
            });
            let mut coins: Vec<&String> = Vec::new();
            for (y, held) in wanted {
                if self.is_dust(held) {
                    add(&mut dust, held.amount);
                } else {
                    coins.push(y);
                }
            }
            // By Y large and small coins come mixed; dealt out like cards, no token is left with a few that its fee would eat.
            let hands = coins.len().div_ceil(MOST_IN_TOKEN);
            for hand in 0..hands {
                let ys: Vec<String> = coins.iter().skip(hand).step_by(hands).map(|y| (*y).clone()).collect();
                let (sum, cost) = (self.total(&ys), self.cost(mint, &ys));
                let proofs = ys.iter().filter_map(|y| self.proofs.get(y)).map(Held::proof).collect();
                match token::write(mint, unit, proofs).filter(|_| sum > cost) {
                    Some(token) => {
                        add(&mut found, sum);
                        add(&mut fee, cost);
                        tokens.push(token);
                    }
                    None => add(&mut dust, sum),
                }
            }
        }
        Haul { found: whole(found), fee: fee.to_sat_ceil(), dust: whole(dust), tokens }
    }

    /// It costs as much as it is worth.
    fn is_dust(&self, held: &Held) -> bool {
        let ppk = self.keysets.get(&(held.mint.clone(), held.keyset)).map_or(0, |keyset| keyset.input_fee_ppk);
        u128::from(held.amount) * 1000 <= u128::from(ppk)
    }
}

/// Whole satoshi: what is shown of both units together.
fn whole(sum: Msat) -> Sat {
    Sat::new(sum.get() / 1000)
}
