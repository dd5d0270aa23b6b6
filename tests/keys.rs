//! What derives from the phrase, against vectors.

use paygress::keys::{Phrase, ssh_password, volume_key, workload_id};
use paygress::model::{LeaseSecret, ProviderKey};
use paygress::protocol::public_key;
use wasm_bindgen_test::wasm_bindgen_test;

mod wire;
use wire::secret;

#[wasm_bindgen_test(unsupported = test)]
fn a_lease_key_is_the_nip06_account_and_everything_follows_from_it() {
    let phrase = Phrase::parse("leader monkey parrot ring guide accident before fence cannon height naive bean");
    let seed = phrase.expect("the example of NIP-06").seed();
    let hex = |secret: &LeaseSecret| ProviderKey::from_bytes(*secret.expose()).to_hex();
    // Computed by an independent implementation that gives the example's own key for account 0.
    let accounts = [
        (1, "3790c23940f62b23754115ef70f16e63cca8e9015a532b8a891171ccdadcf910"),
        (2, "04be32a71784f303636b683399e92b3cc977bc2c393dcff2cb5b8e5b1c80a914"),
        (20, "85b1d156b8ed9c53f2085a78603f00bf87276a11a065153c5e54172246712033"),
    ];
    for (account, expected) in accounts {
        assert_eq!(hex(&seed.lease_secret(account).expect("a lease account")), expected);
    }
    let lease = seed.lease_secret(1).expect("a lease account");
    assert_eq!(public_key(&lease).to_hex(), "d977a6cf0f831dc4720780b5f51460eaf6dca08e32d1f6e89b60344d63af4e04");
    assert_eq!(ssh_password(&lease), "TMDtUmlYjbQKAXoPd6nlWsO2");
    assert_eq!(workload_id(&lease), "e6af9c98-7b22-46d5-9bfb-82b126fe6c48");
    let lease = seed.lease_secret(2).expect("a lease account");
    assert_eq!(
        (ssh_password(&lease).as_str(), workload_id(&lease).as_str()),
        ("WZV2jW2uKBNq04r1U9GPefJ6", "e3a5ccec-9998-4a26-a2e8-fcf77b18afa0")
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn volume_keys_are_those_of_the_reference() {
    let all_42 = LeaseSecret::from_bytes([0x42; 32]).expect("below the order");
    let cases = [
        (
            secret(4),
            "7f3c1e0a-2b44-4c5d-9e66-0123456789ab",
            "83e1a4228902aa20701525ff96233eccf8241eb218ae09a326df5c6404a9b4ee",
        ),
        (all_42.clone(), "workload-abc", "e86644a9d32636c1d9c9a976f5eddda0f3ffe379d7eeb75c55478493109a42f2"),
        (all_42, "", "9047165301890584c429c93a4cfff43a5e91ec72b1002f807d83ae4c6fbd00eb"),
    ];
    for (secret, id, expected) in cases {
        assert_eq!(ProviderKey::from_bytes(volume_key(&secret, id)).to_hex(), expected);
    }
}
