//! The wallet of cdk, with its own store in memory and its own network.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use cdk::Amount;
use cdk::amount::SplitTarget;
use cdk::nuts::nut00::KnownMethod;
use cdk::nuts::{CurrencyUnit, MintQuoteState, PaymentMethod};
use cdk::wallet::{ReceiveOptions, SendOptions, Wallet};
use cdk_sqlite::wallet::memory;

use crate::{Coins, Outcome};

const BOLT11: PaymentMethod = PaymentMethod::Known(KnownMethod::Bolt11);

pub(crate) struct Theirs {
    wallet: Wallet,
}

impl Theirs {
    pub(crate) async fn open(seed: [u8; 64], mint: &str) -> Outcome<Self> {
        let store = memory::empty().await?;
        let wallet = Wallet::new(mint, CurrencyUnit::Sat, Arc::new(store), seed, None)?;
        wallet.disable_rate_limiting();
        wallet.recover_incomplete_sagas().await?;
        Ok(Self { wallet })
    }

    pub(crate) async fn balance(&self) -> Outcome<u64> {
        Ok(self.wallet.total_balance().await?.to_u64())
    }

    /// The coins of the balance.
    pub(crate) async fn coins(&self) -> Outcome<Coins> {
        let proofs = self.wallet.get_unspent_proofs().await?;
        let coin = |proof: cdk::nuts::Proof| {
            (proof.secret.to_string(), (proof.amount.to_u64(), proof.keyset_id.to_string(), proof.c.to_hex()))
        };
        Ok(proofs.into_iter().map(coin).collect())
    }

    /// In the fewest coins, as ours does; left to itself cdk makes three of each.
    pub(crate) async fn issue(&self, amount: u64) -> Outcome<()> {
        let quote = self.wallet.mint_quote(BOLT11, Some(Amount::from(amount)), None, None).await?;
        for _ in 0..300 {
            if self.wallet.check_mint_quote_status(&quote.id).await?.state == MintQuoteState::Paid {
                self.wallet.mint(&quote.id, SplitTarget::Values(fewest(amount)), None).await?;
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err("the invoice is not paid".into())
    }

    pub(crate) async fn send(&self, amount: u64) -> Outcome<String> {
        let prepared = self.wallet.prepare_send(Amount::from(amount), SendOptions::default()).await?;
        Ok(prepared.confirm(None).await?.to_string())
    }

    /// Sends and takes back.
    pub(crate) async fn send_and_reclaim(&self, amount: u64) -> Outcome<()> {
        let prepared = self.wallet.prepare_send(Amount::from(amount), SendOptions::default()).await?;
        let operation = prepared.operation_id();
        prepared.confirm(None).await?;
        self.wallet.revoke_send(operation).await?;
        Ok(())
    }

    pub(crate) async fn receive(&self, token: &str) -> Outcome<u64> {
        Ok(self.wallet.receive(token, ReceiveOptions::default()).await?.to_u64())
    }

    pub(crate) async fn pay(&self, invoice: &str) -> Outcome<()> {
        let quote = self.wallet.melt_quote(BOLT11, invoice, None, None).await?;
        let prepared = self.wallet.prepare_melt(&quote.id, HashMap::new()).await?;
        prepared.confirm().await?;
        Ok(())
    }

    /// What of the phrase's ecash is unspent.
    pub(crate) async fn restore(&self) -> Outcome<u64> {
        Ok(self.wallet.restore().await?.unspent.to_u64())
    }

    /// Asks the mint about what was given away.
    pub(crate) async fn check(&self) -> Outcome<()> {
        self.wallet.check_all_pending_proofs().await?;
        Ok(())
    }
}

fn fewest(amount: u64) -> Vec<Amount> {
    (0..u64::BITS).map(|bit| amount & (1 << bit)).filter(|part| *part > 0).map(Amount::from).collect()
}
