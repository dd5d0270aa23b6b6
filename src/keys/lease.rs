//! What a lease derives from its secret: SSH password, workload id, volume key.

use bitcoin_hashes::sha256;

use crate::model::LeaseSecret;

const PASSWORD: &[u8] = b"paygress-ssh-password-v1\0";
const WORKLOAD: &[u8] = b"paygress-workload-id-v1\0";
const VOLUME: &[u8] = b"paygress-volume-v1\0";

/// The password that a lease asks for: 24 letters and digits, every one of the 62 equally likely.
#[must_use]
pub fn ssh_password(secret: &LeaseSecret) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const LENGTH: usize = 24;
    // Bytes from 4 × 62 up would make the first letters likelier, so they are drawn again.
    let mut password = String::with_capacity(LENGTH);
    for block in 0u8..=u8::MAX {
        for byte in digest(&[PASSWORD, secret.expose(), &[block]]) {
            if password.len() == LENGTH {
                return password;
            }
            if byte < 248 {
                password.push(char::from(LETTERS[usize::from(byte % 62)]));
            }
        }
    }
    unreachable!("256 blocks hold more than 24 bytes below 248")
}

/// The id of the lease's workload: an unguessable UUID of version 4, lower case.
#[must_use]
pub fn workload_id(secret: &LeaseSecret) -> String {
    let hash = digest(&[WORKLOAD, secret.expose()]);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// The key that a provider encrypts the workload's volume with (PROTOCOL §3.9).
#[must_use]
pub fn volume_key(secret: &LeaseSecret, workload_id: &str) -> [u8; 32] {
    digest(&[VOLUME, secret.expose(), b"\0", workload_id.as_bytes()])
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    sha256::Hash::hash(&parts.concat()).to_byte_array()
}
