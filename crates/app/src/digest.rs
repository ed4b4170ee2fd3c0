//! SHA-256 as the text that is stored and compared.

use sha2::{Digest, Sha256};

/// The SHA-256 of these bytes as 64 lower-case hexadecimal digits.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    let mut digits = [0; 64];
    // The digits are exactly twice as many as the bytes of a digest, and plain ASCII.
    _ = hex::encode_to_slice(Sha256::digest(bytes), &mut digits);
    std::str::from_utf8(&digits).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_the_standard() {
        // FIPS 180-4, the one-block example of appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), expected);
    }
}
