//! The wallet of cdk, with its own store in memory and its own network.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use cdk::Amount;
use cdk::amount::SplitTarget;
use cdk::nuts::nut00::KnownMethod;
use cdk::nuts::nut10::{Secret, SpendingConditions};
use cdk::nuts::{CurrencyUnit, MintQuoteState, PaymentMethod, PaymentRequest, PaymentRequestPayload, SecretKey, Token};
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

    async fn send_under(&self, amount: Amount, options: SendOptions) -> Outcome<String> {
        let prepared = self.wallet.prepare_send(amount, options).await?;
        Ok(prepared.confirm(None).await?.to_string())
    }

    pub(crate) async fn send_locked(&self, amount: u64, conditions: SpendingConditions) -> Outcome<String> {
        let options = SendOptions { conditions: Some(conditions), ..SendOptions::default() };
        self.send_under(Amount::from(amount), options).await
    }

    /// A token whose key is hidden behind another one (NUT-28).
    pub(crate) async fn send_blinded(&self, amount: u64, conditions: SpendingConditions) -> Outcome<String> {
        let options = SendOptions { conditions: Some(conditions), use_p2bk: true, ..SendOptions::default() };
        self.send_under(Amount::from(amount), options).await
    }

    pub(crate) async fn receive_locked(&self, token: &str, key: &SecretKey) -> Outcome<u64> {
        let options = ReceiveOptions { p2pk_signing_keys: vec![key.clone()], ..ReceiveOptions::default() };
        Ok(self.wallet.receive(token, options).await?.to_u64())
    }

    /// Makes the token that a request asks for, which is to be handed over.
    pub(crate) async fn pay_request(&self, request: &PaymentRequest) -> Outcome<String> {
        let lock = request.nut10.clone().map(|lock| SpendingConditions::try_from(Secret::from(lock))).transpose()?;
        let amount = request.amount.ok_or("the request names no amount")?;
        self.send_under(amount, SendOptions { conditions: lock, include_fee: true, ..SendOptions::default() }).await
    }

    /// Takes in what was delivered for a request.
    pub(crate) async fn receive_payment(&self, payment: &str, key: &SecretKey) -> Outcome<u64> {
        let payment: PaymentRequestPayload = serde_json::from_str(payment)?;
        let token = Token::new(payment.mint, payment.proofs, None, payment.unit);
        self.receive_locked(&token.to_string(), key).await
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
