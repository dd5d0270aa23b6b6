//! What a person asks of leases: rent, take back, send at last, ask.

use super::conduct::Conduct;
use super::effect::{Effect, Turn};
use super::lease::{Lease, State, Why};
use super::order::Quote;
use super::{Client, Error, ErrorCode};
use crate::model::Set;
use crate::wallet::{Purpose, SendAmount};
impl Client {
    /// Rents what a quote says, if it still holds. Returns the lease's id.
    ///
    /// # Errors
    /// [`ErrorCode::NotEligible`] with every reason, [`ErrorCode::QuoteChanged`] when it became dearer or another mint
    /// would pay, [`ErrorCode::Store`], and those of [`Wallet::send`](crate::wallet::Wallet::send).
    pub fn rent(&mut self, now: u64, agreed: &Quote) -> Result<(String, Vec<Effect>), Error> {
        self.usable()?;
        let (quote, eligible) = self.judge(now, &agreed.order)?;
        let Some(eligible) = eligible else {
            let reasons: Vec<_> = quote.reasons.iter().map(|reason| reason.text.as_str()).collect();
            return Err(Error::new(ErrorCode::NotEligible, reasons.join("; ")));
        };
        if quote.total > agreed.total || quote.mint != agreed.mint {
            return Err(Error::new(
                ErrorCode::QuoteChanged,
                format!(
                    "it would now cost {} instead of {}; look at the new price and decide again",
                    quote.total, agreed.total
                ),
            ));
        }
        let account = self.account.next_lease;
        let id = Lease::id(account);
        let next = account.checked_add(1).filter(|next| *next < 1 << 31);
        let next = next.ok_or_else(|| {
            Error::new(ErrorCode::WrongState, "this phrase has no lease accounts left; start a new one")
        })?;
        let amount = SendAmount::Arrives(eligible.price.into());
        let (operation, step) =
            self.wallet.send_within(now, &eligible.mint, amount, Purpose::Lease(id.clone()), agreed.total)?;
        let mut turn = Turn::default();
        self.account.next_lease = next;
        self.account.save(&mut turn);
        let mut lease = Lease {
            version: 1,
            account,
            provider: eligible.provider,
            provider_name: eligible.provider_name,
            tier: eligible.tier,
            workload: eligible.workload,
            duration_secs: quote.duration_secs,
            mint: eligible.mint,
            operation,
            face: quote.face,
            created_at: now,
            state: State::Preparing,
            request: None,
            request_dated: 0,
            access: None,
            status: None,
            expires_at: None,
            consumed: Set::new(),
            watch: None,
            forgotten_at: None,
            journal: Vec::new(),
        };
        lease.note(
            now,
            format!("ordered {} of {} for at most {}", seconds(quote.duration_secs), lease.tier.name, quote.total),
        );
        self.leases.insert(account, lease);
        self.conducts.insert(account, Conduct::default());
        self.save_lease(&mut turn, account);
        self.take(now, &mut turn, step);
        Ok((id, self.finish(now, turn)))
    }

    /// Takes the token of a lease back, if the provider did not redeem it.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::WrongState`] when there is nothing to take back, [`ErrorCode::Store`].
    pub fn reclaim_lease(&mut self, now: u64, id: &str) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let account = self.account_of(id)?;
        let mut turn = Turn::default();
        if !self.leases.get(&account).is_some_and(|lease| self.can_reclaim(lease)) {
            return Err(Error::new(ErrorCode::WrongState, "there is no token of this lease to take back"));
        }
        self.begin_reclaim(now, &mut turn, account, Why::TakenBack);
        Ok(self.finish(now, turn))
    }

    /// A box that was never paid for may have ended with its token still out.
    pub(super) fn can_reclaim(&self, lease: &Lease) -> bool {
        let open = matches!(
            lease.state,
            State::RequestHeld { .. } | State::RequestMayBeOut { .. } | State::Recovering { .. } | State::Ended { .. }
        );
        open && self.wallet.is_handed_out(&lease.operation)
    }

    /// Sends the request of a lease that was held back since a restart.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::WrongState`] when no request is held, [`ErrorCode::Store`].
    pub fn resume_lease(&mut self, now: u64, id: &str) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let account = self.account_of(id)?;
        if !self.leases.get(&account).is_some_and(|lease| matches!(lease.state, State::RequestHeld { .. })) {
            return Err(Error::new(ErrorCode::WrongState, "no request of this lease is held back"));
        }
        self.conducts.entry(account).or_default().restarted = false;
        Ok(self.finish(now, Turn::default()))
    }

    /// Asks the provider about a lease, by the key that owns it.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::WrongState`] before anything was sent, [`ErrorCode::Store`].
    pub fn ask_status(&mut self, now: u64, id: &str) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let account = self.account_of(id)?;
        let mut turn = Turn::default();
        if !self
            .leases
            .get(&account)
            .is_some_and(|lease| matches!(lease.state, State::Running | State::Recovering { .. }))
        {
            return Err(Error::new(
                ErrorCode::WrongState,
                "the provider knows nothing of this lease now, so there is nothing to ask",
            ));
        }
        self.ask_provider(now, &mut turn, account);
        Ok(self.finish(now, turn))
    }

    /// The password of a running workload. It is a secret: show it only when asked.
    #[must_use]
    pub fn lease_password(&self, id: &str) -> Option<String> {
        let lease = self.leases.get(&Lease::account_of(id)?)?;
        lease.access.as_ref()?.password.as_ref().map(|password| password.expose().to_owned())
    }

    fn account_of(&self, id: &str) -> Result<u32, Error> {
        Lease::account_of(id)
            .filter(|account| self.leases.contains_key(account))
            .ok_or_else(|| Error::new(ErrorCode::NotFound, "there is no such lease"))
    }
}

fn seconds(secs: u64) -> String {
    match (secs / 3600, secs % 3600 / 60) {
        (0, 0) => format!("{secs} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
