//! The wallet's doors.

use std::collections::BTreeMap;
use std::fmt;

use super::api::{Answer, OperationId, Purpose, RequestId, SendAmount, SendQuote, Step};
use super::view::{OperationView, WalletView};
use crate::error::{Error, ErrorCode};
use crate::model::{MintUrl, Sat};

/// The wallet of one phrase.
pub struct Wallet {
    mints: BTreeMap<MintUrl, ()>,
}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wallet").finish_non_exhaustive()
    }
}

fn unknown_mint(mint: &MintUrl) -> Error {
    Error::new(ErrorCode::UnknownMint, format!("{mint} is not one of the wallet's mints; add it first"))
}

impl Wallet {
    /// Opens the wallet of this seed from its records (keys that begin with `wallet/`; others are ignored). Call
    /// [`wake`](Self::wake) next: it resumes what was under way.
    ///
    /// # Errors
    /// [`ErrorCode::Store`] for records of a newer version or that cannot be read. Nothing is overwritten.
    pub fn open(seed: [u8; 64], records: &BTreeMap<String, String>) -> Result<Self, Error> {
        let _ = (seed, records);
        Ok(Self { mints: BTreeMap::new() })
    }

    /// Adds a mint and asks for its info, keysets and keys. Adding a known mint asks again.
    ///
    /// # Errors
    /// None today; the result leaves room for a limit on mints.
    pub fn add_mint(&mut self, now: u64, mint: MintUrl) -> Result<Step, Error> {
        let _ = now;
        self.mints.insert(mint, ());
        Ok(Step::default())
    }

    /// Asks the mint for a Lightning invoice over `amount`; once paid, its ecash is minted.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownMint`], [`ErrorCode::MintNotReady`], [`ErrorCode::InvalidInput`] for nothing at all or
    /// more than the mint's keys can express.
    pub fn issue(&mut self, now: u64, mint: &MintUrl, amount: Sat) -> Result<(OperationId, Step), Error> {
        let _ = (now, amount);
        Err(unknown_mint(mint))
    }

    /// Takes a token in. It is journaled before anything is sent; a mint that is unknown is added, one that is down is
    /// retried until it answers.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidToken`] for what cannot be decoded or used here, [`ErrorCode::AmountTooSmall`] when its fee
    /// eats it, [`ErrorCode::WrongState`] when it is being received already.
    pub fn receive(&mut self, now: u64, token: &str) -> Result<(OperationId, Step), Error> {
        let _ = (now, token);
        Err(Error::new(ErrorCode::InvalidToken, "this is not a token"))
    }

    /// What sending would cost now.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn quote_send(&self, mint: &MintUrl, amount: SendAmount) -> Result<SendQuote, Error> {
        let _ = amount;
        Err(unknown_mint(mint))
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
        let _ = (now, amount, purpose);
        Err(unknown_mint(mint))
    }

    /// The text of a token that was made and is not known to be spent or taken back. It is money: never log it.
    #[must_use]
    pub fn token(&self, send: &OperationId) -> Option<String> {
        let _ = send;
        None
    }

    /// Takes the token of a send back by swapping it.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::WrongState`] when no token is out, [`ErrorCode::MintNotReady`],
    /// [`ErrorCode::AmountTooSmall`] when the fee eats it and there is nothing to put beside it.
    pub fn reclaim(&mut self, now: u64, send: &OperationId) -> Result<Step, Error> {
        let _ = (now, send);
        Err(Error::new(ErrorCode::NotFound, "there is no such operation"))
    }

    /// Asks the mint whether the token of a send was redeemed, or whether the invoice of an issue was paid.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::WrongState`] when there is nothing to ask.
    pub fn check(&mut self, now: u64, op: &OperationId) -> Result<Step, Error> {
        let _ = (now, op);
        Err(Error::new(ErrorCode::NotFound, "there is no such operation"))
    }

    /// Ends an operation of which provably nothing was sent, or an issue whose invoice ended unpaid.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::WrongState`].
    pub fn cancel(&mut self, now: u64, op: &OperationId) -> Result<Step, Error> {
        let _ = (now, op);
        Err(Error::new(ErrorCode::NotFound, "there is no such operation"))
    }

    /// Takes an answer. Answers to unknown or already answered requests do nothing.
    pub fn answered(&mut self, now: u64, request: RequestId, answer: Answer) -> Step {
        let _ = (now, request, answer);
        Step::default()
    }

    /// Does what is due. Call it after [`open`](Self::open) and at [`next_wake`](Self::next_wake); early or twice does
    /// no harm.
    pub fn wake(&mut self, now: u64) -> Step {
        let _ = now;
        Step::default()
    }

    /// When to call [`wake`](Self::wake) next, Unix seconds.
    #[must_use]
    pub fn next_wake(&self) -> Option<u64> {
        None
    }

    /// The wallet as people see it.
    #[must_use]
    pub fn view(&self) -> WalletView {
        WalletView { total: Sat::ZERO, mints: Vec::new(), operations: Vec::new() }
    }

    /// One operation.
    #[must_use]
    pub fn operation(&self, op: &OperationId) -> Option<OperationView> {
        let _ = op;
        None
    }

    /// True when the mint's keys are known and verified.
    #[must_use]
    pub fn mint_ready(&self, mint: &MintUrl) -> bool {
        self.mints.contains_key(mint)
    }

    /// The wallet's mints, by address.
    pub fn mints(&self) -> impl Iterator<Item = &MintUrl> {
        self.mints.keys()
    }

    /// Free to spend at a mint.
    #[must_use]
    pub fn spendable(&self, mint: &MintUrl) -> Sat {
        let _ = mint;
        Sat::ZERO
    }
}
