//! What a person asks of the wallet.

use super::lease::Lease;
use super::{Client, Effect};
use crate::error::Error;
use crate::model::{Amount, Unit};
use crate::wallet::{LockTo, Purpose, SendAmount};

impl Client {
    /// Adds a mint and asks it for its keys.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidMintUrl`], [`ErrorCode::Store`].
    pub fn add_mint(&mut self, now: u64, url: &str) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let step = self.wallet.add_mint(now, url.trim().parse()?)?;
        Ok(self.step(now, step))
    }

    /// Removes a mint that nothing needs, from the list on the relays as well.
    ///
    /// # Errors
    /// As [`Wallet::remove_mint`], [`ErrorCode::InvalidMintUrl`], [`ErrorCode::Store`].
    pub fn remove_mint(&mut self, now: u64, url: &str) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let step = self.wallet.remove_mint(&url.parse()?)?;
        Ok(self.step(now, step))
    }

    /// Asks a mint for a Lightning invoice over this amount; the money arrives when it is paid.
    ///
    /// # Errors
    /// As [`Wallet::issue`], and [`ErrorCode::Store`].
    pub fn issue(&mut self, now: u64, mint: &str, amount: impl Into<Amount>) -> Result<(String, Vec<Effect>), Error> {
        self.usable()?;
        let (operation, step) = self.wallet.issue(now, &mint.parse()?, amount)?;
        Ok((operation.to_string(), self.step(now, step)))
    }

    /// Takes in a token.
    ///
    /// # Errors
    /// As [`Wallet::receive`], and [`ErrorCode::Store`].
    pub fn receive(&mut self, now: u64, token: &str) -> Result<(String, Vec<Effect>), Error> {
        self.usable()?;
        let (operation, step) = self.wallet.receive(now, token)?;
        Ok((operation.to_string(), self.step(now, step)))
    }

    /// Makes a token of this face for somebody.
    ///
    /// # Errors
    /// As [`Wallet::send`], and [`ErrorCode::Store`].
    pub fn send(&mut self, now: u64, mint: &str, amount: impl Into<Amount>) -> Result<(String, Vec<Effect>), Error> {
        self.usable()?;
        let amount = SendAmount::Face(amount.into());
        let (operation, step) = self.wallet.send(now, &mint.parse()?, amount, Purpose::Person)?;
        Ok((operation.to_string(), self.step(now, step)))
    }

    /// Makes a token of this face that only the owner of a public key (hex) can take before `until`; afterwards it comes back
    /// by itself.
    ///
    /// # Errors
    /// As [`Wallet::send_locked`], and [`ErrorCode::Store`].
    pub fn send_locked(
        &mut self,
        now: u64,
        mint: &str,
        amount: impl Into<Amount>,
        key: &str,
        until: u64,
    ) -> Result<(String, Vec<Effect>), Error> {
        self.usable()?;
        let to = LockTo { key: key.parse()?, until };
        let amount = amount.into();
        let most = Amount::new(u64::MAX, amount.unit());
        let (operation, step) = self.wallet.send_locked(now, &mint.parse()?, SendAmount::Face(amount), &to, most)?;
        Ok((operation.to_string(), self.step(now, step)))
    }

    /// The public key that others can lock tokens to for this wallet, in hex. It comes from the phrase.
    #[must_use]
    pub fn receiving_key(&self) -> String {
        self.wallet.receiving_key()
    }

    /// Asks the mint whether a token was taken by its receiver, or whether an invoice was paid. The operation's state and
    /// journal tell its word.
    ///
    /// # Errors
    /// As [`Wallet::check`], and [`ErrorCode::Store`].
    pub fn check(&mut self, now: u64, operation: &str) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let step = self.wallet.check(now, &operation.parse()?)?;
        Ok(self.step(now, step))
    }

    /// Asks a mint what it would cost to pay a Lightning invoice from its money in this unit. The operation's view gets
    /// the price.
    ///
    /// # Errors
    /// As [`Wallet::quote_pay_from`], and [`ErrorCode::Store`].
    pub fn quote_pay(
        &mut self,
        now: u64,
        mint: &str,
        unit: Unit,
        invoice: &str,
    ) -> Result<(String, Vec<Effect>), Error> {
        self.usable()?;
        let (operation, step) = self.wallet.quote_pay_from(now, &mint.parse()?, unit, invoice)?;
        Ok((operation.to_string(), self.step(now, step)))
    }

    /// Asks two mints what it would cost to move money from one to the other, paid from this unit; where the amount is in
    /// another one they may be the same mint. The operation's view gets the price.
    ///
    /// # Errors
    /// As [`Wallet::quote_exchange`], and [`ErrorCode::Store`].
    pub fn quote_move(
        &mut self,
        now: u64,
        (from, unit): (&str, Unit),
        to: &str,
        amount: impl Into<Amount>,
    ) -> Result<(String, Vec<Effect>), Error> {
        self.usable()?;
        let (operation, step) = self.wallet.quote_exchange(now, (&from.parse()?, unit), &to.parse()?, amount)?;
        Ok((operation.to_string(), self.step(now, step)))
    }

    /// Agrees to a payment or a move if it costs no more than `most`, which is in the operation's unit.
    ///
    /// # Errors
    /// As [`Wallet::pay`], and [`ErrorCode::Store`].
    pub fn pay(&mut self, now: u64, operation: &str, most: u64) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let operation = operation.parse()?;
        let unit = self.wallet.operation(&operation).map(|operation| operation.unit).unwrap_or_default();
        let step = self.wallet.pay(now, &operation, Amount::new(most, unit))?;
        Ok(self.step(now, step))
    }

    /// Takes a token back that nobody redeemed. Tokens of leases are taken back by [`Client::reclaim_lease`].
    ///
    /// # Errors
    /// As [`Wallet::reclaim`], and [`ErrorCode::Store`].
    pub fn reclaim(&mut self, now: u64, operation: &str) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let operation = operation.parse()?;
        if let Some(account) = self.lease_of(operation) {
            return self.reclaim_lease(now, &Lease::id(account));
        }
        let step = self.wallet.reclaim(now, &operation)?;
        Ok(self.step(now, step))
    }

    /// Has a token taken back by itself at a time if nobody took it by then, or not any more.
    ///
    /// # Errors
    /// As [`Wallet::take_back_at`], and [`ErrorCode::Store`].
    pub fn take_back_at(&mut self, now: u64, operation: &str, at: Option<u64>) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let step = self.wallet.take_back_at(&operation.parse()?, at)?;
        Ok(self.step(now, step))
    }

    /// Tries a token once more that could not be received.
    ///
    /// # Errors
    /// As [`Wallet::retry`], and [`ErrorCode::Store`].
    pub fn retry(&mut self, now: u64, operation: &str) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let step = self.wallet.retry(now, &operation.parse()?)?;
        Ok(self.step(now, step))
    }

    /// Ends an operation by which no money can come or go any more.
    ///
    /// # Errors
    /// As [`Wallet::cancel`], and [`ErrorCode::Store`].
    pub fn cancel_operation(&mut self, now: u64, operation: &str) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let step = self.wallet.cancel(now, &operation.parse()?)?;
        Ok(self.step(now, step))
    }

    /// The person knows that the phrase showed to be in use on another device at a mint.
    ///
    /// # Errors
    /// As [`Wallet::acknowledge_elsewhere`], and [`ErrorCode::Store`].
    pub fn acknowledge_elsewhere(&mut self, now: u64, mint: &str) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let step = self.wallet.acknowledge_elsewhere(&mint.parse()?)?;
        Ok(self.step(now, step))
    }

    /// The text of a token that is out. It is money: show it only when asked. None for the token of a lease.
    #[must_use]
    pub fn token(&self, operation: &str) -> Option<String> {
        let operation = operation.parse().ok()?;
        if self.lease_of(operation).is_some() || self.outbox.is_waiting() {
            return None;
        }
        self.wallet.token(&operation)
    }
}
