//! Outputs: made from the seed, signed by the mint, unblinded and put into the book (NUT-03, NUT-09, NUT-12).

use cashu::dhke::unblind_message;
use cashu::secret::Secret;
use cashu::{BlindSignature, BlindedMessage, Id, Proof, PublicKey, RestoreResponse, SwapRequest, SwapResponse};
use serde::{Deserialize, Serialize};

use super::api::{OperationId, Step, WalletEvent};
use super::book::{Held, ProofState};
use super::exchange::Exchange;
use super::lock::SendLock;
use super::machine::Wallet;
use super::token::y_of;
use crate::model::{Amount, Gather, Map, MintUrl};
use crate::tree;

const SWAP: &str = "/v1/swap";

/// One output: everything else comes from the seed, and from the secret of a locked one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Output {
    pub(super) keyset: Id,
    pub(super) counter: u32,
    pub(super) amount: u64,
    pub(super) blinded: PublicKey,
    pub(super) role: Role,
    /// The secret of one that is locked to somebody's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) locked: Option<Secret>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Role {
    Keep,
    HandOut,
}

/// An output with the mint's signature, unblinded.
#[derive(Debug, Clone)]
pub(super) struct Signed {
    pub(super) output: Output,
    /// What the mint signed for, whatever was planned.
    pub(super) amount: u64,
    pub(super) y: String,
    secret: Secret,
    c: PublicKey,
    /// Why the signature is not trusted, with the mint's words.
    pub(super) flaw: Option<String>,
}

impl Wallet {
    /// Reserves counters and makes outputs. Nothing if the derivation is exhausted.
    pub(super) fn make_outputs(&mut self, keyset: Id, parts: &[(u64, Role)]) -> Option<Vec<Output>> {
        let mut next = self.counters.get(&keyset).copied().unwrap_or(0);
        let mut outputs = Vec::new();
        for (amount, role) in parts {
            let (counter, derived) = loop {
                let counter = next;
                next = next.checked_add(1).filter(|next| *next < 1 << 31)?;
                if let Some(derived) = self.seed.derive(keyset, counter) {
                    break (counter, derived);
                }
            };
            outputs.push(Output {
                keyset,
                counter,
                amount: *amount,
                blinded: derived.blinded,
                role: *role,
                locked: None,
            });
        }
        self.set_counter(keyset, next);
        Some(outputs)
    }

    pub(super) fn make_swap(&mut self, keyset: Id, inputs: Vec<Proof>, parts: &[(u64, Role)]) -> Option<Exchange> {
        let mut parts = parts.to_vec();
        // Sorted by amount, so that their order does not tell change from payment.
        parts.sort_unstable();
        let outputs = self.make_outputs(keyset, &parts)?;
        swap_for(inputs, outputs)
    }

    /// As [`make_swap`](Self::make_swap), with what is handed out locked.
    pub(super) fn make_locked_swap(
        &mut self,
        id: OperationId,
        lock: &SendLock,
        keyset: Id,
        inputs: Vec<Proof>,
        parts: &[(u64, Role)],
    ) -> Option<Exchange> {
        let mut parts = parts.to_vec();
        parts.sort_unstable();
        let (mut given, mut kept) = (Vec::new(), Vec::new());
        for (amount, role) in &parts {
            match role {
                Role::HandOut => given.push(*amount),
                Role::Keep => kept.push((*amount, Role::Keep)),
            }
        }
        let mut locked = lock.outputs(&self.seed, id, keyset, &given)?.into_iter();
        let mut plain = self.make_outputs(keyset, &kept)?.into_iter();
        let outputs = parts.iter().map(|(_, role)| match role {
            Role::HandOut => locked.next(),
            Role::Keep => plain.next(),
        });
        let outputs = outputs.collect::<Option<Vec<_>>>()?;
        swap_for(inputs, outputs)
    }

    /// Puts signed outputs into the book; flawed ones into quarantine. Returns what is usable.
    pub(super) fn take_in(
        &mut self,
        id: OperationId,
        signed: Vec<Signed>,
        state: impl Fn(&Output) -> ProofState,
        step: &mut Step,
    ) -> u64 {
        let Some(mint) = self.ops.get(&id).map(|op| op.mint.clone()) else { return 0 };
        let unit = signed.first().map(|signed| self.unit_of(&mint, signed.output.keyset)).unwrap_or_default();
        let (mut usable, mut set_aside) = (0u64, 0u64);
        for signed in signed.into_iter().filter(|signed| self.is_news(signed)).collect::<Vec<_>>() {
            let state = match signed.flaw {
                None => {
                    usable = usable.saturating_add(signed.amount);
                    let state = state(&signed.output);
                    // It asks for a signature, which what spends from the balance does not give.
                    let aside = state == ProofState::Spendable && signed.output.locked.is_some();
                    if aside { ProofState::Quarantined { by: id } } else { state }
                }
                Some(_) => {
                    set_aside = set_aside.saturating_add(signed.amount);
                    ProofState::Quarantined { by: id }
                }
            };
            let held = Held {
                mint: mint.clone(),
                keyset: signed.output.keyset,
                counter: signed.output.counter,
                amount: signed.amount,
                secret: signed.secret,
                c: signed.c,
                state,
                evidence: signed.flaw,
            };
            self.put_proof(signed.y, held);
        }
        if set_aside > 0 {
            if let Some(known) = self.mints.get_mut(&mint) {
                known.run.retry_soon(self.latest);
            }
            step.events.push(WalletEvent::Quarantined { op: id, amount: Amount::new(set_aside, unit) });
        }
        usable
    }

    /// What is in the book keeps its state: another operation may have reserved it or given it away. Only what is set
    /// aside because of a bad signature gives way to a sound one.
    pub(super) fn is_news(&self, signed: &Signed) -> bool {
        match self.proofs.get(&signed.y).map(|held| held.state) {
            None => true,
            Some(ProofState::Quarantined { .. }) => signed.is_sound(),
            Some(ProofState::Spendable | ProofState::Reserved { .. } | ProofState::HandedOut { .. }) => false,
        }
    }

    pub(super) fn read_signatures(&self, mint: &MintUrl, exchange: &Exchange, body: &str) -> Option<Vec<Signed>> {
        let answer: SwapResponse = tree::read(body)?;
        if answer.signatures.len() != exchange.outputs.len() {
            return None;
        }
        exchange
            .outputs
            .iter()
            .zip(&answer.signatures)
            .map(|(output, signature)| self.unblind(mint, output, signature))
            .collect()
    }

    /// What the mint signed of these outputs, in their order.
    pub(super) fn read_restored(&self, mint: &MintUrl, outputs: &[Output], body: &str) -> Option<Vec<Signed>> {
        let answer: RestoreResponse = tree::read(body)?;
        if answer.outputs.len() != answer.signatures.len() {
            return None;
        }
        let ours: Map<PublicKey, &Output> = outputs.iter().map(|output| (output.blinded, output)).into_map();
        let mut found: Map<PublicKey, Signed> = Map::new();
        for (message, signature) in answer.outputs.iter().zip(&answer.signatures) {
            let output = ours.get(&message.blinded_secret)?;
            found.insert(message.blinded_secret, self.unblind(mint, output, signature)?);
        }
        Some(outputs.iter().filter_map(|output| found.remove(&output.blinded)).collect())
    }

    /// Nothing for what cannot be an answer to this output.
    pub(super) fn unblind(&self, mint: &MintUrl, output: &Output, signature: &BlindSignature) -> Option<Signed> {
        if signature.keyset_id != output.keyset {
            return None;
        }
        let keyset = self.keysets.get(&(mint.clone(), output.keyset))?;
        let key = keyset.key(signature.amount.to_u64())?;
        let derived = match &output.locked {
            Some(secret) => self.seed.locked(secret)?,
            None => self.seed.derive(output.keyset, output.counter)?,
        };
        if derived.blinded != output.blinded {
            return None;
        }
        let announced = self.mints.get(mint).is_some_and(|mint| mint.announces_dleq);
        let flaw = match &signature.dleq {
            Some(_) => {
                signature.verify_dleq(key, output.blinded).is_err().then_some("a DLEQ proof that does not verify")
            }
            None => announced.then_some("no DLEQ proof although the mint announces them"),
        };
        let flaw = flaw.map(|flaw| {
            let words = serde_json::to_string(signature).unwrap_or_default();
            format!("the mint answered B_ {} with {flaw}: {words}", output.blinded)
        });
        let c = unblind_message(&signature.c, &derived.blinding, &key).ok()?;
        let y = y_of(derived.secret.as_bytes())?;
        let amount = signature.amount.to_u64();
        Some(Signed { output: output.clone(), amount, y, secret: derived.secret, c, flaw })
    }
}

fn swap_for(inputs: Vec<Proof>, outputs: Vec<Output>) -> Option<Exchange> {
    let ys = inputs.iter().map(|proof| y_of(proof.secret.as_bytes())).collect::<Option<Vec<_>>>()?;
    let body = SwapRequest::new(inputs, outputs.iter().map(Output::message).collect());
    let body = serde_json::to_string(&body).ok()?;
    Some(Exchange { path: SWAP.to_owned(), body, inputs: ys, outputs, earlier: Vec::new() })
}

impl Signed {
    pub(super) fn is_sound(&self) -> bool {
        self.flaw.is_none()
    }
}

impl Output {
    pub(super) fn message(&self) -> BlindedMessage {
        BlindedMessage::new(cashu::Amount::from(self.amount), self.keyset, self.blinded)
    }
}

#[cfg(test)]
mod tests {
    use super::super::operation::Saga;
    use super::*;
    use crate::model::Unit;

    #[test]
    fn ecash_that_is_in_the_book_keeps_its_state_when_it_is_found_again() {
        let mut wallet = Wallet::open([7; 64], &std::collections::BTreeMap::new()).expect("an empty store");
        let mint: MintUrl = "https://mint.example".parse().expect("a mint");
        let of = Saga::Reclaim(super::super::reclaim::Reclaim::of_set_aside());
        let id = wallet.start(0, mint.clone(), Unit::Sat, of, "a test");
        let keyset: Id = "009a1f293253e41e".parse().expect("an id");
        let derived = wallet.seed.derive(keyset, 0).expect("a secret");
        let y = y_of(derived.secret.as_bytes()).expect("a point");
        let output = Output { keyset, counter: 0, amount: 8, blinded: derived.blinded, role: Role::Keep, locked: None };
        let found = Signed { output, amount: 8, y: y.clone(), secret: derived.secret, c: derived.blinded, flaw: None };
        let mut step = Step::default();
        assert_eq!(wallet.take_in(id, vec![found.clone()], |_| ProofState::Spendable, &mut step), 8);
        wallet.move_proof(&y, ProofState::Reserved { by: id });
        assert_eq!(wallet.take_in(id, vec![found], |_| ProofState::Spendable, &mut step), 0, "not counted twice");
        assert_eq!(wallet.proofs.get(&y).map(|held| held.state), Some(ProofState::Reserved { by: id }));
    }
}
