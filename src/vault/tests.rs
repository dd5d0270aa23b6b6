use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;

fn dice(seed: u8) -> StdRng {
    StdRng::from_seed([seed; 32])
}

fn recipe() -> Recipe {
    Recipe::quick([9; 16])
}

fn key(passphrase: &str) -> PassKey {
    recipe().derive(passphrase).expect("long enough")
}

fn records() -> BTreeMap<String, String> {
    let record = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    BTreeMap::from([
        record("meta/account", r#"{"phrase":"marker words"}"#),
        record("wallet/mint/https://mint.example", r#"{"version":1}"#),
        record("wallet/proof/02ab", r#"{"secret":"markersecret"}"#),
    ])
}

/// A sealed store and its vault.
fn sealed(passphrase: &str) -> BTreeMap<String, String> {
    let mut rng = dice(1);
    let vault = Vault::new(&mut rng);
    let mut stored = BTreeMap::from([(SEAL.to_owned(), vault.seal(&recipe(), &key(passphrase), &mut rng))]);
    for (key, value) in records() {
        let closed = vault.close(RecordChange { key, value: Some(value) }, &mut rng);
        stored.extend(closed.value.map(|value| (closed.key, value)));
    }
    stored
}

fn opened(stored: &BTreeMap<String, String>, passphrase: &str) -> Result<BTreeMap<String, String>, Error> {
    Vault::open(&stored[SEAL], &key(passphrase))?.records(&mut stored.iter())
}

/// The text with one character changed into another one that could stand there.
fn changed(text: &str, at: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).expect("all of it is ASCII")
}

#[test]
fn what_was_sealed_opens_with_its_passphrase_and_with_no_other() {
    let stored = sealed("correct horse");
    assert_eq!(opened(&stored, "correct horse"), Ok(records()));
    let error = opened(&stored, "correct house").expect_err("another passphrase");
    assert_eq!(error.code(), ErrorCode::WrongPassphrase);
    assert!(error.message().contains("not the passphrase"), "{error}");
}

#[test]
fn nothing_of_a_sealed_store_can_be_read_not_even_names() {
    let text = format!("{:?}", sealed("correct horse"));
    for marker in ["marker", "mint.example", "account", "proof", "02ab", "wallet"] {
        assert!(!text.contains(marker), "{marker} shows");
    }
}

#[test]
fn every_changed_character_of_a_sealed_record_is_noticed() {
    let stored = sealed("correct horse");
    let (place, value) = stored.iter().find(|(place, _)| *place != SEAL).expect("a record");
    // The last character of base64 has bits that mean nothing.
    for at in 0..value.len() - 1 {
        let mut stored = stored.clone();
        stored.insert(place.clone(), changed(value, at));
        let error = opened(&stored, "correct horse").expect_err("one character is another one");
        assert_eq!(error.code(), ErrorCode::Store, "at {at}");
        assert!(error.message().contains("1 of 3 sealed records"), "{error}");
    }
    for short in [String::new(), "1.".to_owned(), value[..20].to_owned()] {
        let mut stored = stored.clone();
        stored.insert(place.clone(), short);
        assert!(opened(&stored, "correct horse").is_err());
    }
}

#[test]
fn records_that_change_places_are_noticed() {
    let mut stored = sealed("correct horse");
    let places: Vec<String> = stored.keys().filter(|place| *place != SEAL).cloned().collect();
    let (one, other) = (stored[&places[0]].clone(), stored[&places[1]].clone());
    stored.insert(places[0].clone(), other);
    stored.insert(places[1].clone(), one);
    let error = opened(&stored, "correct horse").expect_err("two are exchanged");
    assert!(error.message().contains("2 of 3 sealed records"), "{error}");
}

#[test]
fn a_record_that_somebody_put_in_plain_is_not_believed() {
    let mut stored = sealed("correct horse");
    stored.insert("wallet/proof/03cd".to_owned(), "{}".to_owned());
    assert_eq!(opened(&stored, "correct horse").map_err(|error| error.code()), Err(ErrorCode::Store));
}

#[test]
fn every_changed_character_of_a_seal_is_noticed_and_told_from_a_wrong_passphrase() {
    let stored = sealed("correct horse");
    let seal = &stored[SEAL];
    for at in 0..seal.len() {
        match Vault::open(&changed(seal, at), &key("correct horse")) {
            Ok(_) => panic!("it opens with another character at {at}"),
            Err(error) => assert_eq!(error.code(), ErrorCode::Store, "at {at}: {error}"),
        }
    }
}

#[test]
fn another_passphrase_changes_the_seal_alone() {
    let mut stored = sealed("correct horse");
    let vault = Vault::open(&stored[SEAL], &key("correct horse")).expect("its passphrase");
    stored.insert(SEAL.to_owned(), vault.seal(&recipe(), &key("battery staple"), &mut dice(2)));
    assert_eq!(opened(&stored, "battery staple"), Ok(records()));
    assert!(opened(&stored, "correct horse").is_err());
}

#[test]
fn a_record_keeps_its_place_when_it_changes_and_never_looks_the_same() {
    let (mut rng, vault) = (dice(3), Vault::new(&mut dice(1)));
    let mut close = |value: &str| {
        let value = Some(value.to_owned());
        vault.close(RecordChange { key: "wallet/next-op".to_owned(), value }, &mut rng)
    };
    let (one, other) = (close("1"), close("1"));
    assert_eq!(one.key, other.key);
    assert_ne!(one.value, other.value);
    let deleted = vault.close(RecordChange { key: "wallet/next-op".to_owned(), value: None }, &mut rng);
    assert_eq!(deleted, RecordChange { key: one.key, value: None });
}

#[test]
fn a_recipe_that_asks_for_too_much_or_is_newer_is_refused() {
    let recipe = Recipe::new([1; 16]).to_string();
    assert_eq!(Recipe::read(&recipe), Ok(Recipe::new([1; 16])));
    let refused = [
        recipe.replace("65536", "4194304"),
        recipe.replace("65536", "0"),
        recipe.replace("\"passes\":3", "\"passes\":3000000"),
        recipe.replace("argon2id", "argon2i"),
        recipe.replace("AQEB", ""),
        "{}".to_owned(),
        String::new(),
    ];
    for text in refused {
        assert_eq!(Recipe::read(&text).map_err(|error| error.code()), Err(ErrorCode::Store), "{text}");
    }
    let newer = Recipe::read(&recipe.replace("\"version\":1", "\"version\":2")).expect_err("newer");
    assert!(newer.message().contains("newer version"), "{newer}");
}

#[test]
fn a_short_passphrase_is_refused_and_not_repeated() {
    let error = recipe().derive("marker").expect_err("six characters");
    assert_eq!(error.code(), ErrorCode::InvalidInput);
    assert!(!error.message().contains("marker"), "{error}");
    let blank = recipe().derive("          ").map(|_| ());
    assert_eq!(blank.map_err(|error| error.code()), Err(ErrorCode::InvalidInput));
}

#[test]
fn keys_are_not_printed() {
    assert_eq!(format!("{:?} {:?}", key("correct horse"), Vault::new(&mut dice(1))), "PassKey(hidden) Vault(hidden)");
}

mod files {
    use super::*;

    fn file() -> String {
        WalletFile::write(&records(), &recipe(), &key("of the file"), &mut dice(4))
    }

    fn refusal(text: &str, passphrase: &str) -> String {
        let read = WalletFile::read(text).and_then(|file| {
            file.recipe()?;
            file.open(&key(passphrase))
        });
        read.expect_err("this file is refused").to_string()
    }

    #[test]
    fn a_file_gives_back_what_was_put_in() {
        let file = WalletFile::read(&file()).expect("a file");
        assert_eq!(file.recipe(), Ok(recipe()));
        assert_eq!(file.open(&key("of the file")), Ok(records()));
    }

    #[test]
    fn a_sealed_store_is_a_file_too() {
        let file = WalletFile::read(&WalletFile::of_sealed(&sealed("correct horse"))).expect("a file");
        assert_eq!(file.open(&key("correct horse")), Ok(records()));
    }

    #[test]
    fn each_thing_that_is_wrong_with_a_file_has_its_sentence() {
        let file = file();
        assert!(refusal(&file, "another one").contains("not the passphrase"));
        assert!(refusal(&file[..file.len() / 2], "of the file").contains("cut off"));
        assert!(refusal("{\"a\":1}", "of the file").contains("no wallet file"));
        assert!(refusal("a picture", "of the file").contains("no wallet file"));
        assert!(
            refusal(&file.replace("\"version\":1,\"records\"", "\"version\":2,\"records\""), "of the file")
                .contains("newer version")
        );
        let inner = file.replace("{\\\"version\\\":1", "{\\\"version\\\":2");
        assert!(refusal(&inner, "of the file").contains("newer version"), "its seal is newer");
        let at = file.rfind("\"sealed/").expect("a record");
        assert!(refusal(&changed(&file, at + 60), "of the file").contains("damaged"));
        let without = format!("{}}}}}", &file[..at - 1]);
        assert!(refusal(&without, "of the file").contains("missing"), "a record was taken out");
    }
}
