//! What may be called.

use super::api::{Answer, OperationId, Purpose, RequestId, SendAmount, SendQuote, Step};
use super::book::ProofState;
use super::evidence;
use super::lock::{LockTo, SendLock, moment};
use super::machine::{Ask, PARKED, Reply, Wallet};
use super::operation::{Operation, Saga};
use super::send::{Outputs, SendState, Wish};
use super::trouble::Kind;
use super::view::{OperationView, WalletView};
use crate::error::{Error, ErrorCode};
use crate::model::{Amount, MintUrl, Sat, Unit};

impl Wallet {
    /// Adds a mint and asks for its info, keysets and keys. Adding a known mint asks again.
    ///
    /// # Errors
    /// None today; the result leaves room for a limit on mints.
    pub fn add_mint(&mut self, now: u64, mint: MintUrl) -> Result<Step, Error> {
        let mut step = Step::default();
        self.latest = self.latest.max(now);
        self.know_mint(now, &mint);
        self.refresh(now, &mint, &mut step);
        Ok(self.flush(step))
    }

    /// Asks the mint for a Lightning invoice over `amount`; once paid, its ecash is minted, in the unit of `amount`.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownMint`], [`ErrorCode::MintNotReady`], [`ErrorCode::InvalidInput`] for nothing at all or
    /// more than the mint's keys can express.
    pub fn issue(&mut self, now: u64, mint: &MintUrl, amount: impl Into<Amount>) -> Result<(OperationId, Step), Error> {
        let mut step = Step::default();
        let id = self.start_issue(now, mint, amount.into(), &mut step)?;
        Ok((id, self.flush(step)))
    }

    /// Takes a token in. It is journaled before anything is sent; a mint that is unknown is added, one that is down is
    /// retried until it answers. A token of our own that is still out is taken back: the id is then that of the reclaim.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidToken`] for what cannot be decoded or used here, [`ErrorCode::AmountTooSmall`] when its fee
    /// eats it, [`ErrorCode::WrongState`] when it is in the wallet or being received already.
    pub fn receive(&mut self, now: u64, token: &str) -> Result<(OperationId, Step), Error> {
        let mut step = Step::default();
        let id = self.start_receive(now, token, &mut step)?;
        Ok((id, self.flush(step)))
    }

    /// What sending would cost now, also when the balance is too small for it.
    ///
    /// # Errors
    /// As [`send`](Self::send), but for [`ErrorCode::InsufficientFunds`].
    pub fn quote_send(&self, mint: &MintUrl, amount: SendAmount) -> Result<SendQuote, Error> {
        self.send_quote_of(self.latest, mint, amount, Outputs::Plain)
    }

    /// Makes a token. [`TokenReady`](super::WalletEvent::TokenReady) follows, at once when fitting proofs are at hand.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownMint`], [`ErrorCode::MintNotReady`], [`ErrorCode::InsufficientFunds`],
    /// [`ErrorCode::AmountTooSmall`] when the fee would eat the token.
    pub fn send(
        &mut self,
        now: u64,
        mint: &MintUrl,
        amount: SendAmount,
        purpose: Purpose,
    ) -> Result<(OperationId, Step), Error> {
        self.send_within(now, mint, amount, purpose, Amount::new(u64::MAX, amount.unit()))
    }

    /// As [`send`](Self::send), if no more than `most` leaves the balance for it, our own swap's fee included. When the
    /// mint was not heard lately its fee is asked for first; [`Failed`](super::WalletEvent::Failed) follows, and nothing
    /// is given away, when it became dearer than `most` or the mint does not answer within ten minutes.
    ///
    /// # Errors
    /// As [`send`](Self::send), [`ErrorCode::QuoteChanged`] when it costs more than `most` already, and
    /// [`ErrorCode::InvalidInput`] when `most` is in another unit.
    pub fn send_within(
        &mut self,
        now: u64,
        mint: &MintUrl,
        amount: SendAmount,
        purpose: Purpose,
        most: impl Into<Amount>,
    ) -> Result<(OperationId, Step), Error> {
        let mut step = Step::default();
        let id = self.start_send(now, mint, amount, Wish { purpose, most: most.into(), lock: None }, &mut step)?;
        Ok((id, self.flush(step)))
    }

    /// As [`send_within`](Self::send_within) for a person, with a token that only the owner of a key can redeem. It can be
    /// taken back after the lock's end, and is so by itself. The phrase alone does not bring it back.
    ///
    /// # Errors
    /// As [`send_within`](Self::send_within), and [`ErrorCode::InvalidInput`] when the mint does not lock tokens (NUT-11)
    /// or the lock's end is too near or too far.
    pub fn send_locked(
        &mut self,
        now: u64,
        mint: &MintUrl,
        amount: SendAmount,
        to: &LockTo,
        most: impl Into<Amount>,
    ) -> Result<(OperationId, Step), Error> {
        let mut step = Step::default();
        let wish = Wish { purpose: Purpose::Person, most: most.into(), lock: Some(SendLock::new(now, to)?) };
        let id = self.start_send(now, mint, amount, wish, &mut step)?;
        Ok((id, self.flush(step)))
    }

    /// The text of a token that was made and is not known to be spent or taken back. It is money: never log it.
    #[must_use]
    pub fn token(&self, send: &OperationId) -> Option<String> {
        self.token_of(*send)
    }

    /// True while the token of a send is out: not known to be spent, and not being taken back.
    #[must_use]
    pub fn is_handed_out(&self, send: &OperationId) -> bool {
        self.ops.get(send).and_then(Operation::send).is_some_and(|send| matches!(send.state, SendState::HandedOut))
    }

    /// Takes the token of a send back by swapping it. [`Reclaimed`](super::WalletEvent::Reclaimed) or
    /// [`ReclaimFoundSpent`](super::WalletEvent::ReclaimFoundSpent) follows.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::WrongState`] when no token is out, [`ErrorCode::AmountTooSmall`] when the
    /// fee eats it and there is nothing to put beside it.
    pub fn reclaim(&mut self, now: u64, send: &OperationId) -> Result<Step, Error> {
        let mut step = Step::default();
        self.start_reclaim(now, *send, &mut step)?;
        Ok(self.flush(step))
    }

    /// Asks the mint what it would cost to pay a BOLT11 invoice from its sat. [`PayQuoted`](super::WalletEvent::PayQuoted)
    /// follows; nothing is paid before [`pay`](Self::pay).
    ///
    /// # Errors
    /// [`ErrorCode::UnknownMint`], [`ErrorCode::MintNotReady`], [`ErrorCode::InvalidInput`] for what is no invoice over
    /// an amount or what the mint says that it does not pay, [`ErrorCode::WrongState`] when it was paid from here.
    pub fn quote_pay(&mut self, now: u64, mint: &MintUrl, invoice: &str) -> Result<(OperationId, Step), Error> {
        self.quote_pay_from(now, mint, Unit::Sat, invoice)
    }

    /// As [`quote_pay`](Self::quote_pay), from the money of this unit. From sat, an invoice over a part of one costs a
    /// whole one.
    ///
    /// # Errors
    /// As [`quote_pay`](Self::quote_pay).
    pub fn quote_pay_from(
        &mut self,
        now: u64,
        mint: &MintUrl,
        unit: Unit,
        invoice: &str,
    ) -> Result<(OperationId, Step), Error> {
        let mut step = Step::default();
        let id = self.start_pay(now, mint, unit, invoice, &mut step)?;
        Ok((id, self.flush(step)))
    }

    /// Asks both mints what it would cost to move `amount` from one to the other over Lightning. As
    /// [`quote_pay`](Self::quote_pay); the ecash is issued at the other mint once the payment arrived.
    ///
    /// # Errors
    /// As [`issue`](Self::issue) at `to` and [`quote_pay`](Self::quote_pay) at `from`.
    pub fn quote_move(
        &mut self,
        now: u64,
        from: &MintUrl,
        to: &MintUrl,
        amount: impl Into<Amount>,
    ) -> Result<(OperationId, Step), Error> {
        let amount = amount.into();
        self.quote_exchange(now, (from, amount.unit()), to, amount)
    }

    /// As [`quote_move`](Self::quote_move), paid from the money of that unit: then both mints may be the same.
    ///
    /// # Errors
    /// As [`quote_move`](Self::quote_move), and [`ErrorCode::InvalidInput`] for a part of a satoshi paid from sat.
    pub fn quote_exchange(
        &mut self,
        now: u64,
        from: (&MintUrl, Unit),
        to: &MintUrl,
        amount: impl Into<Amount>,
    ) -> Result<(OperationId, Step), Error> {
        let mut step = Step::default();
        let id = self.start_move(now, from, to, amount.into(), &mut step)?;
        Ok((id, self.flush(step)))
    }

    /// Pays what was quoted, if no more than `most` leaves the balance for it: the operation's view names that sum.
    /// [`Paid`](super::WalletEvent::Paid) follows, or [`Failed`](super::WalletEvent::Failed) with the money back in the
    /// balance. It may take as long as Lightning does.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::WrongState`], [`ErrorCode::MintNotReady`], [`ErrorCode::InsufficientFunds`],
    /// [`ErrorCode::QuoteChanged`]. Nothing was sent then.
    pub fn pay(&mut self, now: u64, op: &OperationId, most: impl Into<Amount>) -> Result<Step, Error> {
        let mut step = Step::default();
        self.agree_to_pay(now, *op, most.into(), &mut step)?;
        Ok(self.flush(step))
    }

    /// Has the token of a send taken back by itself at `at` (Unix seconds) if nobody took it by then, or not any more.
    /// It happens while the program runs, or at its next start.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::WrongState`] when no token given to a person is out,
    /// [`ErrorCode::InvalidInput`] for a time before the end of its lock.
    pub fn take_back_at(&mut self, op: &OperationId, at: Option<u64>) -> Result<Step, Error> {
        let Some(send) = self.operation_of(*op)?.send().filter(|send| send.is_watched()) else {
            let text = "this operation has no token out that could be taken back";
            return Err(Error::new(ErrorCode::WrongState, text));
        };
        if let (Some(lock), Some(at)) = (&send.lock, at)
            && at <= lock.until
        {
            let text = format!("the token is locked to its receiver until {}; choose a later time", moment(lock.until));
            return Err(Error::new(ErrorCode::InvalidInput, text));
        }
        self.set_take_back(*op, at);
        Ok(self.flush(Step::default()))
    }

    /// Asks the mint whether the token of a send was redeemed, or whether the invoice of an issue was paid.
    ///
    /// A token that was redeemed in part gives [`TokenUnspent`](super::WalletEvent::TokenUnspent): the rest can be reclaimed.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::WrongState`] when there is nothing to ask.
    pub fn check(&mut self, now: u64, op: &OperationId) -> Result<Step, Error> {
        self.latest = self.latest.max(now);
        let mut step = Step::default();
        self.start_check(now, *op, &mut step)?;
        Ok(self.flush(step))
    }

    /// Tries a token once more that could not be received; the wallet keeps it, since it may be the only copy.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::WrongState`] when it came in or is worth nothing.
    pub fn retry(&mut self, now: u64, op: &OperationId) -> Result<Step, Error> {
        let mut step = Step::default();
        self.retry_receive(now, *op, &mut step)?;
        Ok(self.flush(step))
    }

    /// Ends an operation of which provably nothing was sent, an issue that has no invoice yet or whose invoice ended unpaid,
    /// or a restore.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::WrongState`].
    pub fn cancel(&mut self, now: u64, op: &OperationId) -> Result<Step, Error> {
        let (id, mut step) = (*op, Step::default());
        match &self.operation_of(id)?.saga {
            Saga::Issue(_) => self.cancel_issue(now, id, &mut step)?,
            Saga::Receive(_) => self.cancel_receive(now, id)?,
            Saga::Send(_) => self.cancel_send(now, id, &mut step)?,
            Saga::Reclaim(_) => self.cancel_reclaim(now, id)?,
            Saga::Pay(_) => self.cancel_pay(now, id)?,
            Saga::Restore(_) => self.cancel_restore(now, id, &mut step)?,
        }
        Ok(self.flush(step))
    }

    /// Adds a line to the history of an operation.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`].
    pub fn remark(&mut self, now: u64, op: &OperationId, text: &str) -> Result<Step, Error> {
        self.operation_of(*op)?;
        self.change(*op, |op| op.note(now, text));
        Ok(self.flush(Step::default()))
    }

    /// Takes an answer. Answers to unknown or already answered requests do nothing.
    pub fn answered(&mut self, now: u64, request: RequestId, answer: Answer) -> Step {
        let mut step = Step::default();
        self.latest = self.latest.max(now);
        let Some((ask, asked, asked_at)) = self.asks.remove(&request) else { return step };
        let kind = Kind::of(&answer, now.saturating_sub(asked_at));
        let pause = if let Answer::Later { secs, .. } = answer { Some(secs) } else { None };
        let reply = Reply::read(answer);
        if let Some(id) = ask.operation() {
            self.hear(now, id, format!("{asked}: {}", evidence::answered(&reply)));
        }
        self.heed(now, &ask, kind, (&reply, pause));
        match ask {
            Ask::Info(mint) => self.info_answered(now, &mint, (kind, reply), &mut step),
            Ask::Keysets(mint) => self.keysets_answered(now, &mint, (kind, reply), &mut step),
            Ask::Keys(mint, id) => self.keys_answered(now, &mint, id, (kind, reply), &mut step),
            Ask::Check(id) => self.check_answered(now, id, reply, &mut step),
            Ask::Look(mint) => self.look_answered(now, &mint, reply, &mut step),
            Ask::Quote(id)
            | Ask::QuoteState(id)
            | Ask::Exchange(id)
            | Ask::Reclaimable(id)
            | Ask::Pay(id)
            | Ask::Restore(id) => {
                let Some(op) = self.ops.get_mut(&id) else { return step };
                if op.run.waiting != Some(request) {
                    return step;
                }
                op.run.waiting = None;
                match ask {
                    Ask::Quote(_) => self.quote_answered(now, id, reply, &mut step),
                    Ask::QuoteState(_) => self.quote_state_answered(now, id, reply, &mut step),
                    Ask::Reclaimable(_) => self.reclaimable_answered(now, id, reply, &mut step),
                    Ask::Pay(_) => self.pay_answered(now, id, reply, &mut step),
                    Ask::Restore(_) => self.restore_answered(now, id, reply, &mut step),
                    Ask::Exchange(_)
                    | Ask::Info(_)
                    | Ask::Keysets(_)
                    | Ask::Keys(..)
                    | Ask::Check(_)
                    | Ask::Look(_) => {
                        self.exchange_answered(now, id, reply, &mut step);
                    }
                }
            }
        }
        self.flush(step)
    }

    /// Does what is due. Call it after [`open`](Self::open) and at [`next_wake`](Self::next_wake); early or twice does
    /// no harm.
    pub fn wake(&mut self, now: u64) -> Step {
        let mut step = Step::default();
        self.latest = self.latest.max(now);
        let first = !std::mem::replace(&mut self.awake, true);
        let mints: Vec<MintUrl> = self.mints.keys().cloned().collect();
        for mint in mints {
            if first {
                self.refresh(now, &mint, &mut step);
            } else {
                self.pump_mint(now, &mint, &mut step);
            }
        }
        // What was paid for and not issued comes first: a mint may refuse to issue late.
        let (paid, others): (Vec<_>, Vec<_>) = self.ops.keys().copied().partition(|id| self.is_issue_paid(*id));
        for id in paid.into_iter().chain(others) {
            if first {
                self.ask_expired_once(id, &mut step);
            }
            self.end_offer(now, id);
            self.pump(now, id, &mut step);
            self.pump_check(now, id, &mut step);
        }
        self.watch_tokens(now, &mut step);
        for mint in self.mints.keys().cloned().collect::<Vec<_>>() {
            self.look_around(now, &mint, &mut step);
        }
        self.flush(step)
    }

    /// What was put off by a clock that was ahead is due now.
    pub(crate) fn clock_was_set_back(&mut self, now: u64) {
        self.latest = now;
        for (_, op) in self.ops.iter_mut().filter(|(_, op)| op.run.next_at != PARKED) {
            op.run.next_at = op.run.next_at.min(now);
        }
        self.checks.iter_mut().for_each(|(_, check)| check.be_due(now));
        self.told.iter_mut().for_each(|(_, told)| told.be_due());
        for (_, mint) in self.mints.iter_mut() {
            mint.run.be_due(now);
            mint.look.be_due(now);
        }
    }

    /// When to call [`wake`](Self::wake) next, Unix seconds.
    #[must_use]
    pub fn next_wake(&self) -> Option<u64> {
        let offers = self.ops.values().filter_map(|op| op.pay()?.offer_end());
        offers.chain(self.next_due(None)).min()
    }

    /// When the next question is due, to one mint or to any.
    pub(super) fn next_due(&self, only: Option<&MintUrl>) -> Option<u64> {
        let of = |mint: &MintUrl| only.is_none_or(|only| only == mint);
        let due = self.ops.iter().filter(|(_, op)| of(&op.mint)).filter_map(|(id, op)| {
            let pause = self.pause_of(&op.mint);
            let goes_on = op.busy() && op.run.waiting.is_none() && op.run.next_at != PARKED;
            let next = goes_on.then(|| op.run.next_at.max(self.held_until(op)));
            let token = match self.checks.get(id) {
                Some(check) => check.next_at(),
                None => Self::watched_at(op),
            };
            next.into_iter().chain(token.map(|at| at.max(pause))).min()
        });
        let mints = self.mints.iter().filter(|(mint, _)| of(mint));
        let mints = mints.filter_map(|(url, mint)| mint.run.next_at().into_iter().chain(self.look_due(url)).min());
        due.chain(mints).min()
    }

    /// Something goes on, or will by itself.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        let comes_back =
            |op: &Operation| op.send().is_some_and(|send| send.is_watched() && send.take_back_at.is_some());
        self.ops.values().any(|op| op.busy() || comes_back(op))
    }

    /// The wallet as people see it.
    #[must_use]
    pub fn view(&self) -> WalletView {
        self.whole_view()
    }

    /// One operation.
    #[must_use]
    pub fn operation(&self, op: &OperationId) -> Option<OperationView> {
        self.ops.get(op).map(|found| self.operation_view(*op, found))
    }

    /// True when the mint's keys in sat are known and verified.
    #[must_use]
    pub fn mint_ready(&self, mint: &MintUrl) -> bool {
        self.signing_keyset(self.latest, mint, Unit::Sat).is_some()
            && self.mints.get(mint).is_some_and(|mint| mint.refused.is_none())
            && !self.is_catching_up(mint)
    }

    /// The wallet's mints, by address.
    pub fn mints(&self) -> impl Iterator<Item = &MintUrl> {
        self.mints.keys()
    }

    /// Free to spend at a mint, in sat.
    #[must_use]
    pub fn spendable(&self, mint: &MintUrl) -> Sat {
        Sat::new(self.sum_of(mint, Unit::Sat, |state| state == ProofState::Spendable))
    }
}
