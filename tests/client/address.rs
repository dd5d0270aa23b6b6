//! A Lightning address: its server is asked for an invoice, and every way in which that server may lie is told.

use paygress::ErrorCode;
use paygress::client::AddressView;
use paygress::model::Sat;
use paygress_support::mint::{Mint, MintConfig};

use super::world::{MINT, World};

const TERMS: &str = "https://pay.example/.well-known/lnurlp/alice";
const CALLBACK: &str = "https://pay.example/cb";

fn terms() -> serde_json::Value {
    serde_json::json!({
        "tag": "payRequest", "callback": format!("{CALLBACK}?k=1"), "minSendable": 1000, "maxSendable": 100_000_000u64,
        "metadata": "[[\"text/plain\",\"for Alice\"]]"
    })
}

/// An invoice of somebody at another mint.
fn invoice(sat: u64) -> String {
    let mut node = Mint::new(MintConfig { seed: [9; 32], ..MintConfig::default() });
    let (_, body) = node.handle(1, "POST", "/v1/mint/quote/bolt11", &format!(r#"{{"amount":{sat},"unit":"sat"}}"#));
    let body: serde_json::Value = serde_json::from_str(&body).expect("a quote is JSON");
    body["request"].as_str().expect("a quote has an invoice").to_owned()
}

/// What comes of paying 40 sat to an address whose server answers like this.
fn pay(terms: Option<(u16, String)>, callback: Option<(u16, String)>) -> (AddressView, World) {
    let mut world = World::with_money(500);
    world.servers.insert(TERMS.to_owned(), terms);
    world.servers.insert(CALLBACK.to_owned(), callback);
    world.act(|client, now| {
        client.pay_address(now, MINT, "alice@pay.example", Sat::new(40)).map(|effects| ((), effects))
    });
    world.run(10);
    (world.client.wallet().address.expect("an address was asked"), world)
}

fn ok(value: &serde_json::Value) -> Option<(u16, String)> {
    Some((200, value.to_string()))
}

#[test]
fn an_address_is_paid_after_its_price_was_seen() {
    let (view, mut world) = pay(ok(&terms()), ok(&serde_json::json!({"pr": invoice(40), "routes": []})));
    assert_eq!(world.asked, [TERMS.to_owned(), format!("{CALLBACK}?k=1&amount=40000")]);
    assert!(!view.open);
    let id = view.operation.expect("a payment");
    let operation = |world: &World| {
        world.client.wallet().wallet.operations.into_iter().find(|op| op.id.to_string() == id).expect("it is known")
    };
    assert_eq!((operation(&world).state.as_str(), operation(&world).amount.get()), ("quoted", 40));
    assert_eq!(world.spendable(), 500);
    let most = operation(&world).most.expect("a price");
    world.act(|client, now| client.pay(now, &id, most.get()).map(|effects| ((), effects)));
    world.run(60);
    assert_eq!(operation(&world).state, "done");
    assert!(operation(&world).steps.iter().any(|step| step.text.contains("alice@pay.example")), "it is known for whom");
    assert_eq!(world.mint.melted(), 41);
}

#[test]
fn every_lie_is_told_and_pays_nothing() {
    let good = || ok(&serde_json::json!({"pr": invoice(40)}));
    let with = |name: &str, value: serde_json::Value| {
        let mut terms = terms();
        terms[name] = value;
        ok(&terms)
    };
    let cases = [
        ("no such address", Some((404, "gone".to_owned())), good()),
        ("CORS", None, good()),
        ("CORS", ok(&terms()), None),
        ("unreadable", Some((200, "<html>".to_owned())), good()),
        ("far too long", Some((200, format!("\"{}\"", "x".repeat(600_000)))), good()),
        ("no such user", Some((200, r#"{"status":"ERROR","reason":"no such user"}"#.to_owned())), good()),
        ("can be paid", with("tag", "withdrawRequest".into()), good()),
        ("how much it takes", with("maxSendable", "1000".into()), good()),
        ("takes 41 sat to 100000 sat", with("minSendable", 40_001.into()), good()),
        ("takes 1 sat to 39 sat", with("maxSendable", 39_999.into()), good()),
        ("must not ask", with("callback", "http://pay.example/cb".into()), good()),
        ("must not ask", with("callback", "http://127.0.0.1:8080/admin".into()), good()),
        ("must not ask", with("callback", "https://localhost/admin".into()), good()),
        ("names no place", with("callback", 7.into()), good()),
        ("made no invoice", ok(&terms()), ok(&serde_json::json!({"pr": 7}))),
        ("another amount", ok(&terms()), ok(&serde_json::json!({"pr": invoice(41)}))),
        ("another amount", ok(&terms()), ok(&serde_json::json!({"pr": "lnbc1"}))),
        ("busy", ok(&terms()), Some((500, r#"{"status":"ERROR","reason":"busy"}"#.to_owned()))),
    ];
    for (told, terms, callback) in cases {
        let (view, world) = pay(terms, callback);
        assert!(!view.open && view.operation.is_none(), "{told}: {view:?}");
        assert!(view.sentence.contains(told), "{told}: {}", view.sentence);
        assert!(world.client.wallet().wallet.operations.iter().all(|op| op.most.is_none()), "{told}");
        assert_eq!(world.spendable(), 500);
    }
}

#[test]
fn an_invoice_for_something_else_is_not_paid() {
    // The example of BOLT11 with a description hash: 20 mBTC for a cake and other things.
    const CAKE: &str = "lnbc20m1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqhp58yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy043l2ahrqs9qrsgq7ea976txfraylvgzuxs8kgcw23ezlrszfnh8r6qtfpr6cxga50aj6txm9rxrydzd06dfeawfk6swupvz4erwnyutnjq7x39ymw6j38gp7ynn44";
    let mut world = World::with_money(500);
    let mut terms = terms();
    terms["maxSendable"] = 3_000_000_000u64.into();
    world.servers.insert(TERMS.to_owned(), ok(&terms));
    world.servers.insert(CALLBACK.to_owned(), ok(&serde_json::json!({"pr": CAKE})));
    let two_million = Sat::new(2_000_000);
    world.act(|client, now| {
        client.pay_address(now, MINT, "alice@pay.example", two_million).map(|effects| ((), effects))
    });
    world.run(10);
    let view = world.client.wallet().address.expect("an address was asked");
    assert!(view.sentence.contains("something else"), "{}", view.sentence);
    assert_eq!(view.operation, None);
}

#[test]
fn a_late_answer_is_not_taken_for_that_to_another_address() {
    let mut world = World::with_money(500);
    world.servers.insert(TERMS.to_owned(), ok(&terms()));
    let mut others = terms();
    others["callback"] = "https://slow.example/cb".into();
    world.servers.insert("https://slow.example/".to_owned(), ok(&others));
    let ask = |world: &mut World, address: &str| {
        world.act(|client, now| client.pay_address(now, MINT, address, Sat::new(40)).map(|effects| ((), effects)));
    };
    world.servers.insert(CALLBACK.to_owned(), ok(&serde_json::json!({"pr": invoice(40)})));
    ask(&mut world, "bob@slow.example");
    ask(&mut world, "alice@pay.example");
    world.run(10);
    assert_eq!(world.client.wallet().address.expect("asked").address, "alice@pay.example");
    assert!(!world.asked.iter().any(|url| url.starts_with("https://slow.example/cb")), "{:?}", world.asked);
    let paid = world.client.wallet().wallet.operations.iter().filter(|op| op.most.is_some()).count();
    assert_eq!(paid, 1, "the first address is forgotten");
}

#[test]
fn an_amount_of_nothing_and_what_is_no_address_are_refused() {
    let mut world = World::with_money(10);
    for (address, sat) in [("alice@pay.example", 0), ("alice", 5), ("a@b.onion", 5)] {
        let code = world.client.pay_address(world.now, MINT, address, Sat::new(sat)).map_err(|error| error.code());
        assert_eq!(code, Err(ErrorCode::InvalidInput), "{address}");
    }
    assert_eq!(world.client.wallet().address, None);
}
