//! Test vectors of the Cashu specification: NUT-00, 01, 02, 11, 12, 13, 18, 26, 27 and 28, as the wallet depends on them. Those
//! of NUT-11 that it signs for are in `src/wallet/lock.rs`.
//!
//! Source: <https://github.com/cashubtc/nuts/tree/main/tests>, MIT licence.

use std::collections::BTreeMap;
use std::str::FromStr;

use cashu::dhke::{blind_message, hash_e, hash_to_curve, sign_message, unblind_message, verify_message};
use cashu::nut02::{KeySet, ShortKeysetId};
use cashu::secret::Secret;
use cashu::{BlindSignature, CurrencyUnit, Id, KeySetInfo, Keys, Proof, PublicKey, SecretKey, Token};

const SMALL: &[(&str, &str)] = &[
    ("1", "03a40f20667ed53513075dc51e715ff2046cad64eb68960632269ba7f0210e38bc"),
    ("2", "03fd4ce5a16b65576145949e6f99f445f8249fee17c606b688b504a849cdc452de"),
    ("4", "02648eccfa4c026960966276fa5a4cae46ce0fd432211a4f449bf84f13aa5f8303"),
    ("8", "02fdfd6796bfeac490cbee12f778f867f0a2c68f6508d17c649759ea0dc3547528"),
];
const BIG: &[(&str, &str)] = &[
    ("1", "03ba786a2c0745f8c30e490288acd7a72dd53d65afd292ddefa326a4a3fa14c566"),
    ("2", "03361cd8bd1329fea797a6add1cf1990ffcf2270ceb9fc81eeee0e8e9c1bd0cdf5"),
    ("4", "036e378bcf78738ddf68859293c69778035740e41138ab183c94f8fee7572214c7"),
    ("8", "03909d73beaf28edfb283dbeb8da321afd40651e8902fcf5454ecc7d69788626c0"),
    ("16", "028a36f0e6638ea7466665fe174d958212723019ec08f9ce6898d897f88e68aa5d"),
    ("32", "03a97a40e146adee2687ac60c2ba2586a90f970de92a9d0e6cae5a4b9965f54612"),
    ("64", "03ce86f0c197aab181ddba0cfc5c5576e11dfd5164d9f3d4a3fc3ffbbf2e069664"),
    ("128", "0284f2c06d938a6f78794814c687560a0aabab19fe5e6f30ede38e113b132a3cb9"),
    ("256", "03b99f475b68e5b4c0ba809cdecaae64eade2d9787aa123206f91cd61f76c01459"),
    ("512", "03d4db82ea19a44d35274de51f78af0a710925fe7d9e03620b84e3e9976e3ac2eb"),
    ("1024", "031fbd4ba801870871d46cf62228a1b748905ebc07d3b210daf48de229e683f2dc"),
    ("2048", "0276cedb9a3b160db6a158ad4e468d2437f021293204b3cd4bf6247970d8aff54b"),
    ("4096", "02fc6b89b403ee9eb8a7ed457cd3973638080d6e04ca8af7307c965c166b555ea2"),
    ("8192", "0320265583e916d3a305f0d2687fcf2cd4e3cd03a16ea8261fda309c3ec5721e21"),
    ("16384", "036e41de58fdff3cb1d8d713f48c63bc61fa3b3e1631495a444d178363c0d2ed50"),
    ("32768", "0365438f613f19696264300b069d1dad93f0c60a37536b72a8ab7c7366a5ee6c04"),
    ("65536", "02408426cfb6fc86341bac79624ba8708a4376b2d92debdf4134813f866eb57a8d"),
    ("131072", "031063e9f11c94dc778c473e968966eac0e70b7145213fbaff5f7a007e71c65f41"),
    ("262144", "02f2a3e808f9cd168ec71b7f328258d0c1dda250659c1aced14c7f5cf05aab4328"),
    ("524288", "038ac10de9f1ff9395903bb73077e94dbf91e9ef98fd77d9a2debc5f74c575bc86"),
    ("1048576", "0203eaee4db749b0fc7c49870d082024b2c31d889f9bc3b32473d4f1dfa3625788"),
    ("2097152", "033cdb9d36e1e82ae652b7b6a08e0204569ec7ff9ebf85d80a02786dc7fe00b04c"),
    ("4194304", "02c8b73f4e3a470ae05e5f2fe39984d41e9f6ae7be9f3b09c9ac31292e403ac512"),
    ("8388608", "025bbe0cfce8a1f4fbd7f3a0d4a09cb6badd73ef61829dc827aa8a98c270bc25b0"),
    ("16777216", "037eec3d1651a30a90182d9287a5c51386fe35d4a96839cf7969c6e2a03db1fc21"),
    ("33554432", "03280576b81a04e6abd7197f305506476f5751356b7643988495ca5c3e14e5c262"),
    ("67108864", "03268bfb05be1dbb33ab6e7e00e438373ca2c9b9abc018fdb452d0e1a0935e10d3"),
    ("134217728", "02573b68784ceba9617bbcc7c9487836d296aa7c628c3199173a841e7a19798020"),
    ("268435456", "0234076b6e70f7fbf755d2227ecc8d8169d662518ee3a1401f729e2a12ccb2b276"),
    ("536870912", "03015bd88961e2a466a2163bd4248d1d2b42c7c58a157e594785e7eb34d880efc9"),
    ("1073741824", "02c9b076d08f9020ebee49ac8ba2610b404d4e553a4f800150ceb539e9421aaeee"),
    ("2147483648", "034d592f4c366afddc919a509600af81b489a03caf4f7517c2b3f4f2b558f9a41a"),
    ("4294967296", "037c09ecb66da082981e4cbdb1ac65c0eb631fc75d85bed13efb2c6364148879b5"),
    ("8589934592", "02b4ebb0dda3b9ad83b39e2e31024b777cc0ac205a96b9a6cfab3edea2912ed1b3"),
    ("17179869184", "026cc4dacdced45e63f6e4f62edbc5779ccd802e7fabb82d5123db879b636176e9"),
    ("34359738368", "02b2cee01b7d8e90180254459b8f09bbea9aad34c3a2fd98c85517ecfc9805af75"),
    ("68719476736", "037a0c0d564540fc574b8bfa0253cca987b75466e44b295ed59f6f8bd41aace754"),
    ("137438953472", "021df6585cae9b9ca431318a713fd73dbb76b3ef5667957e8633bca8aaa7214fb6"),
    ("274877906944", "02b8f53dde126f8c85fa5bb6061c0be5aca90984ce9b902966941caf963648d53a"),
    ("549755813888", "029cc8af2840d59f1d8761779b2496623c82c64be8e15f9ab577c657c6dd453785"),
    ("1099511627776", "03e446fdb84fad492ff3a25fc1046fb9a93a5b262ebcd0151caa442ea28959a38a"),
    ("2199023255552", "02d6b25bd4ab599dd0818c55f75702fde603c93f259222001246569018842d3258"),
    ("4398046511104", "03397b522bb4e156ec3952d3f048e5a986c20a00718e5e52cd5718466bf494156a"),
    ("8796093022208", "02d1fb9e78262b5d7d74028073075b80bb5ab281edcfc3191061962c1346340f1e"),
    ("17592186044416", "030d3f2ad7a4ca115712ff7f140434f802b19a4c9b2dd1c76f3e8e80c05c6a9310"),
    ("35184372088832", "03e325b691f292e1dfb151c3fb7cad440b225795583c32e24e10635a80e4221c06"),
    ("70368744177664", "03bee8f64d88de3dee21d61f89efa32933da51152ddbd67466bef815e9f93f8fd1"),
    ("140737488355328", "0327244c9019a4892e1f04ba3bf95fe43b327479e2d57c25979446cc508cd379ed"),
    ("281474976710656", "02fb58522cd662f2f8b042f8161caae6e45de98283f74d4e99f19b0ea85e08a56d"),
    ("562949953421312", "02adde4b466a9d7e59386b6a701a39717c53f30c4810613c1b55e6b6da43b7bc9a"),
    ("1125899906842624", "038eeda11f78ce05c774f30e393cda075192b890d68590813ff46362548528dca9"),
    ("2251799813685248", "02ec13e0058b196db80f7079d329333b330dc30c000dbdd7397cbbc5a37a664c4f"),
    ("4503599627370496", "02d2d162db63675bd04f7d56df04508840f41e2ad87312a3c93041b494efe80a73"),
    ("9007199254740992", "0356969d6aef2bb40121dbd07c68b6102339f4ea8e674a9008bb69506795998f49"),
    ("18014398509481984", "02f4e667567ebb9f4e6e180a4113bb071c48855f657766bb5e9c776a880335d1d6"),
    ("36028797018963968", "0385b4fe35e41703d7a657d957c67bb536629de57b7e6ee6fe2130728ef0fc90b0"),
    ("72057594037927936", "02b2bc1968a6fddbcc78fb9903940524824b5f5bed329c6ad48a19b56068c144fd"),
    ("144115188075855872", "02e0dbb24f1d288a693e8a49bc14264d1276be16972131520cf9e055ae92fba19a"),
    ("288230376151711744", "03efe75c106f931a525dc2d653ebedddc413a2c7d8cb9da410893ae7d2fa7d19cc"),
    ("576460752303423488", "02c7ec2bd9508a7fc03f73c7565dc600b30fd86f3d305f8f139c45c404a52d958a"),
    ("1152921504606846976", "035a6679c6b25e68ff4e29d1c7ef87f21e0a8fc574f6a08c1aa45ff352c1d59f06"),
    ("2305843009213693952", "033cdc225962c052d485f7cfbf55a5b2367d200fe1fe4373a347deb4cc99e9a099"),
    ("4611686018427387904", "024a4b806cf413d14b294719090a9da36ba75209c7657135ad09bc65328fba9e6f"),
    ("9223372036854775808", "0377a6fe114e291a8d8e991627c38001c8305b23b9e98b1c7b1893f5cd0dda6cad"),
];
const VERSION_1: &[(&str, &str)] = &[
    (
        "485875df74771877439ac06339e284c3acfcd9be7abf3bc20b516faeadfe77ae",
        "ad00d431add9c673e843d4c2bf9a778a5f402b985b8da2d5550bf39cda41d679",
    ),
    (
        "8f2b39e8e594a4056eb1e6dbb4b0c38ef13b1b2c751f64f810ec04ee35b77270",
        "967d5232515e10b81ff226ecf5a9e2e2aff92d66ebc3edf0987eb56357fd6248",
    ),
    (
        "bc628c79accd2364fd31511216a0fab62afd4a18ff77a20deded7b858c9860c8",
        "b20f47bb6ae083659f3aa986bfa0435c55c6d93f687d51a01f26862d9b9a4899",
    ),
    (
        "59284fd1650ea9fa17db2b3acf59ecd0f2d52ec3261dd4152785813ff27a33bf",
        "fb5fca398eb0b1deb955a2988b5ac77d32956155f1c002a373535211a2dfdc29",
    ),
    (
        "576c23393a8b31cc8da6688d9c9a96394ec74b40fdaf1f693a6bb84284334ea0",
        "5f09bfbfe27c439a597719321e061e2e40aad4a36768bb2bcc3de547c9644bf9",
    ),
];
const VERSION_2: &[(&str, &str)] = &[
    (
        "db5561a07a6e6490f8dadeef5be4e92f7cebaecf2f245356b5b2a4ec40687298",
        "6d26181a3695e32e9f88b80f039ba1ae2ab5a200ad4ce9dbc72c6d3769f2b035",
    ),
    (
        "b70e7b10683da3bf1cdf0411206f8180c463faa16014663f39f2529b2fda922e",
        "bde4354cee75545bea1a2eee035a34f2d524cee2bb01613823636e998386952e",
    ),
    (
        "78a7ac32ccecc6b83311c6081b89d84bb4128f5a0d0c5e1af081f301c7a513f5",
        "f40cc1218f085b395c8e1e5aaa25dccc851be3c6c7526a0f4e57108f12d6dac4",
    ),
    (
        "094a2b6c63bfa7970bc09cda0e1cfc9cd3d7c619b8e98fabcfc60aea9e4963e5",
        "099ed70fc2f7ac769bc20b2a75cb662e80779827b7cc358981318643030577d0",
    ),
    (
        "5e89fc5d30d0bf307ddf0a3ac34aa7a8ee3702169dafa3d3fe1d0cae70ecd5ef",
        "5550337312d223ba62e3f75cfe2ab70477b046d98e3e71804eade3956c7b98cf",
    ),
];
const TOKEN_V3: &str = "cashuAeyJ0b2tlbiI6W3sibWludCI6Imh0dHBzOi8vODMzMy5zcGFjZTozMzM4IiwicHJvb2ZzIjpbeyJhbW91bnQiOjIsImlkIjoiMDA5YTFmMjkzMjUzZTQxZSIsInNlY3JldCI6IjQwNzkxNWJjMjEyYmU2MWE3N2UzZTZkMmFlYjRjNzI3OTgwYmRhNTFjZDA2YTZhZmMyOWUyODYxNzY4YTc4MzciLCJDIjoiMDJiYzkwOTc5OTdkODFhZmIyY2M3MzQ2YjVlNDM0NWE5MzQ2YmQyYTUwNmViNzk1ODU5OGE3MmYwY2Y4NTE2M2VhIn0seyJhbW91bnQiOjgsImlkIjoiMDA5YTFmMjkzMjUzZTQxZSIsInNlY3JldCI6ImZlMTUxMDkzMTRlNjFkNzc1NmIwZjhlZTBmMjNhNjI0YWNhYTNmNGUwNDJmNjE0MzNjNzI4YzcwNTdiOTMxYmUiLCJDIjoiMDI5ZThlNTA1MGI4OTBhN2Q2YzA5NjhkYjE2YmMxZDVkNWZhMDQwZWExZGUyODRmNmVjNjlkNjEyOTlmNjcxMDU5In1dfV0sInVuaXQiOiJzYXQiLCJtZW1vIjoiVGhhbmsgeW91LiJ9";
const TOKEN_V3_PADDED: &str = "cashuAeyJ0b2tlbiI6W3sibWludCI6Imh0dHBzOi8vODMzMy5zcGFjZTozMzM4IiwicHJvb2ZzIjpbeyJhbW91bnQiOjIsImlkIjoiMDA5YTFmMjkzMjUzZTQxZSIsInNlY3JldCI6IjQwNzkxNWJjMjEyYmU2MWE3N2UzZTZkMmFlYjRjNzI3OTgwYmRhNTFjZDA2YTZhZmMyOWUyODYxNzY4YTc4MzciLCJDIjoiMDJiYzkwOTc5OTdkODFhZmIyY2M3MzQ2YjVlNDM0NWE5MzQ2YmQyYTUwNmViNzk1ODU5OGE3MmYwY2Y4NTE2M2VhIn0seyJhbW91bnQiOjgsImlkIjoiMDA5YTFmMjkzMjUzZTQxZSIsInNlY3JldCI6ImZlMTUxMDkzMTRlNjFkNzc1NmIwZjhlZTBmMjNhNjI0YWNhYTNmNGUwNDJmNjE0MzNjNzI4YzcwNTdiOTMxYmUiLCJDIjoiMDI5ZThlNTA1MGI4OTBhN2Q2YzA5NjhkYjE2YmMxZDVkNWZhMDQwZWExZGUyODRmNmVjNjlkNjEyOTlmNjcxMDU5In1dfV0sInVuaXQiOiJzYXQiLCJtZW1vIjoiVGhhbmsgeW91IHZlcnkgbXVjaC4ifQ==";
const TOKEN_V3_UNPADDED: &str = "cashuAeyJ0b2tlbiI6W3sibWludCI6Imh0dHBzOi8vODMzMy5zcGFjZTozMzM4IiwicHJvb2ZzIjpbeyJhbW91bnQiOjIsImlkIjoiMDA5YTFmMjkzMjUzZTQxZSIsInNlY3JldCI6IjQwNzkxNWJjMjEyYmU2MWE3N2UzZTZkMmFlYjRjNzI3OTgwYmRhNTFjZDA2YTZhZmMyOWUyODYxNzY4YTc4MzciLCJDIjoiMDJiYzkwOTc5OTdkODFhZmIyY2M3MzQ2YjVlNDM0NWE5MzQ2YmQyYTUwNmViNzk1ODU5OGE3MmYwY2Y4NTE2M2VhIn0seyJhbW91bnQiOjgsImlkIjoiMDA5YTFmMjkzMjUzZTQxZSIsInNlY3JldCI6ImZlMTUxMDkzMTRlNjFkNzc1NmIwZjhlZTBmMjNhNjI0YWNhYTNmNGUwNDJmNjE0MzNjNzI4YzcwNTdiOTMxYmUiLCJDIjoiMDI5ZThlNTA1MGI4OTBhN2Q2YzA5NjhkYjE2YmMxZDVkNWZhMDQwZWExZGUyODRmNmVjNjlkNjEyOTlmNjcxMDU5In1dfV0sInVuaXQiOiJzYXQiLCJtZW1vIjoiVGhhbmsgeW91IHZlcnkgbXVjaC4ifQ";
const TOKEN_V4: &str = "cashuBpGF0gaJhaUgArSaMTR9YJmFwgaNhYQFhc3hAOWE2ZGJiODQ3YmQyMzJiYTc2ZGIwZGYxOTcyMTZiMjlkM2I4Y2MxNDU1M2NkMjc4MjdmYzFjYzk0MmZlZGI0ZWFjWCEDhhhUP_trhpXfStS6vN6So0qWvc2X3O4NfM-Y1HISZ5JhZGlUaGFuayB5b3VhbXVodHRwOi8vbG9jYWxob3N0OjMzMzhhdWNzYXQ=";
const TOKEN_V4_TWO_KEYSETS: &str = "cashuBo2F0gqJhaUgA_9SLj17PgGFwgaNhYQFhc3hAYWNjMTI0MzVlN2I4NDg0YzNjZjE4NTAxNDkyMThhZjkwZjcxNmE1MmJmNGE1ZWQzNDdlNDhlY2MxM2Y3NzM4OGFjWCECRFODGd5IXVW-07KaZCvuWHk3WrnnpiDhHki6SCQh88-iYWlIAK0mjE0fWCZhcIKjYWECYXN4QDEzMjNkM2Q0NzA3YTU4YWQyZTIzYWRhNGU5ZjFmNDlmNWE1YjRhYzdiNzA4ZWIwZDYxZjczOGY0ODMwN2U4ZWVhY1ghAjRWqhENhLSsdHrr2Cw7AFrKUL9Ffr1XN6RBT6w659lNo2FhAWFzeEA1NmJjYmNiYjdjYzY0MDZiM2ZhNWQ1N2QyMTc0ZjRlZmY4YjQ0MDJiMTc2OTI2ZDNhNTdkM2MzZGNiYjU5ZDU3YWNYIQJzEpxXGeWZN5qXSmJjY8MzxWyvwObQGr5G1YCCgHicY2FtdWh0dHA6Ly9sb2NhbGhvc3Q6MzMzOGF1Y3NhdA";

/// NUT-18, with the standard alphabet and the one of URLs, with padding and without.
const REQUESTS: &[&str] = &[
    "creqApWF0gaNhdGVub3N0cmFheKlucHJvZmlsZTFxeTI4d3VtbjhnaGo3dW45ZDNzaGp0bnl2OWtoMnVld2Q5aHN6OW1od2RlbjV0ZTB3ZmprY2N0ZTljdXJ4dmVuOWVlaHFjdHJ2NWhzenJ0aHdkZW41dGUwZGVoaHh0bnZkYWtxcWd5ZGFxeTdjdXJrNDM5eWtwdGt5c3Y3dWRoZGh1NjhzdWNtMjk1YWtxZWZkZWhrZjBkNDk1Y3d1bmw1YWeBgmFuYjE3YWloYjdhOTAxNzZhYQphdWNzYXRhbYF4Imh0dHBzOi8vbm9mZWVzLnRlc3RudXQuY2FzaHUuc3BhY2U=",
    "creqAqGF0gaNhdGRwb3N0YWF4G2h0dHBzOi8vYXBpLmV4YW1wbGUuY29tL3BheWFn92FpaDQ4NDBmNTFlYWEZA+hhdWNzYXRhbYF4GGh0dHBzOi8vbWludC5leGFtcGxlLmNvbWFkcFByb2R1Y3QgcHVyY2hhc2Vhc/VlbnV0MTCjYWtkUDJQS2FkeEIwM2JhZjBjM2FjMjIwMzY2YzJjMzk3YmY5MzA1NzljNDE2MzQzNTU4NGY1NzNiMTA5MTA5ODdjNTQ0YzU5ZTYxZjFhdIGCZ3B1cnBvc2Vnb2ZmbGluZQ==",
    "creqApWF0gaNhdGRwb3N0YWF4H2h0dHBzOi8vYXBpLmV4YW1wbGUuY29tL3JlY2VpdmVhZ/dhaWhhMmMxMmY0NWFhGDJhdWNzYXRhbYF4GWh0dHBzOi8vY2FzaHUuZXhhbXBsZS5jb20=",
    "creqApWF0gaNhdGVub3N0cmFheD9ucHViMXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXEyOHNwajNhZ4KCYW5iMTeCYW5kOTczNWFpaGY5MmE1MWI4YWEYZGF1Y3NhdGFtgngZaHR0cHM6Ly9taW50MS5leGFtcGxlLmNvbXgZaHR0cHM6Ly9taW50Mi5leGFtcGxlLmNvbQ==",
    "creqAo2FpaDdmNGEyYjM5YXVjc2F0YW2BeBhodHRwczovL21pbnQuZXhhbXBsZS5jb20=",
    "creqApWFpaGM5ZTQ1ZDJhYWEZAfRhdWNzYXRhbYF4GGh0dHBzOi8vbWludC5leGFtcGxlLmNvbWVudXQxMKNha2RQMlBLYWR4QjAyYzNiNWJiMjdlMzYxNDU3YzkyZDkzZDc4ZGQ3M2QzZDUzNzMyMTEwYjJjZmU4YjUwZmJjMGFiYzYxNWU5YzMzMWF0gYJndGltZW91dGQzNjAw",
];
/// NUT-26.
const SHORT_REQUESTS: &[&str] = &[
    "CREQB1QYQQSC3HVYUNQVFHXCPQQZQQQQQQQQQQQQ9QXQQPQQZSQ9MGW368QUE69UHNSVENXVH8XURPVDJN5VENXVUQWQREQYQQZQQZQQSGM6QFA3C8DTZ2FVZHVFQEACMWM0E50PE3K5TFMVPJJMN0VJ7M2TGRQQZSZMSZXYMSXQQHQ9EPGAMNWVAZ7TMJV4KXZ7FWV3SK6ATN9E5K7QCQRGQHY9MHWDEN5TE0WFJKCCTE9CURXVEN9EEHQCTRV5HSXQQSQ9EQ6AMNWVAZ7TMWDAEJUMR0DSRYDPGF",
    "CREQB1QYQQSE3EXFSN2VTZ8QPQQZQQQQQQQQQQQPJQXQQPQQZSQXTGW368QUE69UHK66TWWSCJUETCV9KHQMR99E3K7MG9QQVKSAR5WPEN5TE0D45KUAPJ9EJHSCTDWPKX2TNRDAKSWQPEQYQQZQQZQQSQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQRQQZSZMSZXYMSXQQ8Q9HQGWFHXV6SCAGZ48",
    "CREQB1QYQQSDMXX3SNYC3N8YPSQQGQQ5QPS6R5W3C8XW309AKKJMN59EJHSCTDWPKX2TNRDAKSYP0LHG",
    "CREQB1QYQQSCEEV56R2EPJVYPQQZQQQQQQQQQQQ86QXQQPQQZSQXRGW368QUE69UHK66TWWSHX27RPD4CXCEFWVDHK6ZQQTYQSQQGQQGQYYVPJVVEKYDTZVGERWEFNXCCNGDFHVVUNYEPEXDJRWWRYVSMNXEPNVS6NXDENXGCNZVRZXF3KVEFCVG6NQENZVVCXZCNRXCCN2EFEVVENXVGRQQXSWARFD4JK7AT5QSENVVPS2N5FAS",
    "CREQB1QYQQJ6R5W3C97AR9WD6QYQQGQQQQQQQQQQQ05QCQQYQQ2QQCDP68GURN8GHJ7MTFDE6ZUETCV9KHQMR99E3K7MG8QPQSZQQPQYPQQGNGW368QUE69UHKZURF9EJHSCTDWPKX2TNRDAKJ7A339ACXZ7TDV4H8GQCQZ5RXXATNW3HK6PNKV9K82EF3QEMXZMR4V5EQ9X3SJM",
    "CREQB1QYQQ5UN9D3SHJHM5V4EHGQSQPQQQQQQQQQQQQEQRQQQSQPGQRP58GARSWVAZ7TMDD9H8GTN90PSK6URVV5HXXMMDQUQGZQGQQYQQYQPQ80CVV07TJDRRGPA0J7J7TMNYL2YR6YR7L8J4S3EVF6U64TH6GKWSXQQMQ9EPSAMNWVAZ7TMJV4KXZ7F39EJHSCTDWPKX2TNRDAKSXQQMQ9EPSAMNWVAZ7TMJV4KXZ7FJ9EJHSCTDWPKX2TNRDAKSXQQMQ9EPSAMNWVAZ7TMJV4KXZ7FN9EJHSCTDWPKX2TNRDAKSKRFDAR",
    "CREQB1QYQQJER9WD347AR9WD6QYQQGQQQQQQQQQQQXGQCQQYQQ2QQCDP68GURN8GHJ7MTFDE6ZUETCV9KHQMR99E3K7MGXQQV9GETNWSS8QCTED4JKUAPQV3JHXCMJD9C8G6T0DCFLJJRX",
    "CREQB1QYQQ7UMFDENKCE2LW4EK2HM5WF6K2QSQPQQQQQQQQQQQQEQRQQQSQPQQQYQS2QQCDP68GURN8GHJ7MTFDE6ZUETCV9KHQMR99E3K7MGX0AYM7",
    "CREQB1QYQPQUMFDENKCE2LW4EK2HMXV9K8XEGZQQYQQQQQQQQQQQRYQVQQZQQYQQQSQPGQRP58GARSWVAZ7TMDD9H8GTN90PSK6URVV5HXXMMDQ40L90",
    "CREQB1QYQQJATWD9697MTNV96QYQQGQQQQQQQQQQP7SQCQQ3KHXCT5Q5QPS6R5W3C8XW309AKKJMN59EJHSCTDWPKX2TNRDAKSYYMU95",
    "CREQB1QYQQSATWD9697ATNVSPQQZQQQQQQQQQQQ86QXQQRW4EKGPGQRP58GARSWVAZ7TMDD9H8GTN90PSK6URVV5HXXMMDEPCJYC",
    "CREQB1QYQQ7MT4D36XJHM5WFSKUUMSDAE8GQSQPQQQQQQQQQQQRAQRQQQSQPGQRP58GARSWVAZ7TMDD9H8GTN90PSK6URVV5HXXMMDQCQZQ5RP09KK2MN5YPMKJARGYPKH2MR5D9CXCEFQW3EXZMNNWPHHYARNQUQZ7QGQQYQQYQPQ80CVV07TJDRRGPA0J7J7TMNYL2YR6YR7L8J4S3EVF6U64TH6GKWSXQQ9Q9HQYVFHQUQZWQGQQYQSYQPQDP68GURN8GHJ7CTSDYCJUETCV9KHQMR99E3K7MF0WPSHJMT9DE6QWQP6QYQQZQGZQQSXSAR5WPEN5TE0V9CXJV3WV4UXZMTSD3JJUCM0D5HHQCTED4JKUAQRQQGQSURJD9HHY6T50YRXYCTRDD6HQTSH7TP",
    "CREQB1QYQQ6MTFDE5K6CTVTAHX7UM5WGPSQQGQQ5QPS6R5W3C8XW309AKKJMN59EJHSCTDWPKX2TNRDAKSWQP8QYQQZQQZQQSRHUXX8L9EX335Q7HE0F09AEJ04ZPAZPL0NE2CGUKYAWD24MAYT8G7QNXMQ",
    "CREQB1QYQQCMTFDE5K6CTVTA58GARSQVQQZQQ9QQVXSAR5WPEN5TE0D45KUAPWV4UXZMTSD3JJUCM0D5RSQ8SPQQQSZQSQZA58GARSWVAZ7TMPWP5JUETCV9KHQMR99E3K7MG0TWYGX",
    "CREQB1QYQQJ6R5D3347AR9WD6QYQQGQQQQQQQQQQP7SQCQQYQQ2QQCDP68GURN8GHJ7MTFDE6ZUETCV9KHQMR99E3K7MGXQQF5S4ZVGVSXCMMRDDJKGGRSV9UK6ETWWSYQPTGPQQQSZQSQGFS46VR9XCMRSV3SVFNXYDP3XGERZVNRVCMKZC3NV3JKYVP5X5UKXEFJ8QEXZVTZXQ6XVERPXUMX2CFKXQERVCFKXAJNGVTPV5ERVE3NV33SXQQ5PPKX7CMTW35K6EG2XYMNQVPSXQCRQVPSQVQY5PNJV4N82MNYGGCRXVEJ8QCKXVEHXCMNWETPXGMNXETZXUCNSVMZXUURXVPKXANR2V35XSUNXVM9VCMNSEPCVVEKVVF4VGCKZDEHVD3RYDPKXQUNJCEJXEJS4EHJHC",
    "CREQB1QYQQKCM4WD6X7M2LW4HXJAQZQQYQQQQQQQQQQQRYQVQQXCN5VVZSQXRGW368QUE69UHK66TWWSHX27RPD4CXCEFWVDHK6PZHCW8",
];
/// The C and the secret of each proof in the vectors for `SIG_ALL`, of P2PK and of HTLC.
const SIG_ALL: &[(&str, &str)] = &[
    (
        "02c97ee3d1db41cf0a3ddb601724be8711a032950811bf326f8219c50c4808d3cd",
        r#"["P2PK",{"nonce":"c7f280eb55c1e8564e03db06973e94bc9b666d9e1ca42ad278408fe625950303","data":"030d8acedfe072c9fa449a1efe0817157403fbec460d8e79f957966056e5dd76c1","tags":[["sigflag","SIG_ALL"]]}]"#,
    ),
    (
        "024d232312bab25af2e73f41d56864d378edca9109ae8f76e1030e02e585847786",
        r#"["P2PK",{"nonce":"fa6dd3fac9086c153878dec90b9e37163d38ff2ecf8b37db6470e9d185abbbae","data":"033b42b04e659fed13b669f8b16cdaffc3ee5738608810cf97a7631d09bd01399d","tags":[["sigflag","SIG_ALL"]]}]"#,
    ),
    (
        "02417400f2af09772219c831501afcbab4efb3b2e75175635d5474069608deb641",
        r#"["P2PK",{"nonce":"4007b21fc5f5b1d4920bc0a08b158d98fd0fb2b0b0262b57ff53c6c5d6c2ae8c","data":"033b42b04e659fed13b669f8b16cdaffc3ee5738608810cf97a7631d09bd01399d","tags":[["locktime","122222222222222"],["sigflag","SIG_ALL"]]}]"#,
    ),
    (
        "03866a09946562482c576ca989d06371e412b221890804c7da8887d321380755be",
        r#"["P2PK",{"nonce":"04bfd885fc982d553711092d037fdceb7320fd8f96b0d4fd6d31a65b83b94272","data":"0275e78025b558dbe6cb8fdd032a2e7613ca14fda5c1f4c4e3427f5077a7bd90e4","tags":[["pubkeys","035163650bbd5ed4be7693f40f340346ba548b941074e9138b67ef6c42755f3449","02817d22a8edc44c4141e192995a7976647c335092199f9e076a170c7336e2f5cc"],["n_sigs","2"],["sigflag","SIG_ALL"]]}]"#,
    ),
    (
        "03dd83536fbbcbb74ccb3c87147df26753fd499cc2c095f74367fff0fb459c312e",
        r#"["P2PK",{"nonce":"9ea35553beb18d553d0a53120d0175a0991ca6109370338406eed007b26eacd1","data":"02af21e09300af92e7b48c48afdb12e22933738cfb9bba67b27c00c679aae3ec25","tags":[["locktime","1"],["refund","02637c19143c58b2c58bd378400a7b82bdc91d6dedaeb803b28640ef7d28a887ac","0345c7fdf7ec7c8e746cca264bf27509eb4edb9ac421f8fbfab1dec64945a4d797"],["n_sigs_refund","2"],["sigflag","SIG_ALL"]]}]"#,
    ),
    (
        "03ff6567e2e6c31db5cb7189dab2b5121930086791c93899e4eff3dda61cb57273",
        r#"["HTLC",{"nonce":"d730dd70cd7ec6e687829857de8e70aab2b970712f4dbe288343eca20e63c28c","data":"ec4916dd28fc4c10d78e287ca5d9cc51ee1ae73cbfde08c6b37324cbfaac8bc5","tags":[["pubkeys","0350cda8a1d5257dbd6ba8401a9a27384b9ab699e636e986101172167799469b14"],["sigflag","SIG_ALL"]]}]"#,
    ),
    (
        "02207abeff828146f1fc3909c74613d5605bd057f16791994b3c91f045b39a6939",
        r#"["HTLC",{"nonce":"512c4045f12fdfd6f55059669c189e040c37c1ce2f8be104ed6aec296acce4e9","data":"ec4916dd28fc4c10d78e287ca5d9cc51ee1ae73cbfde08c6b37324cbfaac8bc5","tags":[["pubkeys","03ba83defd31c63f8841d188f0d41b5bb3af1bb3c08d0ba46f8f1d26a4d45e8cad"],["locktime","4854185133"],["refund","032f1008a79c722e93a1b4b853f85f38283f9ef74ee4c5c91293eb1cc3c5e46e34"],["sigflag","SIG_ALL"]]}]"#,
    ),
    (
        "0344b6f1471cf18a8cbae0e624018c816be5e3a9b04dcb7689f64173c1ae90a3a5",
        r#"["HTLC",{"nonce":"c9b0fabb8007c0db4bef64d5d128cdcf3c79e8bb780c3294adf4c88e96c32647","data":"ec4916dd28fc4c10d78e287ca5d9cc51ee1ae73cbfde08c6b37324cbfaac8bc5","tags":[["pubkeys","039e6ec7e922abb4162235b3a42965eb11510b07b7461f6b1a17478b1c9c64d100"],["locktime","1"],["refund","02ce1bbd2c9a4be8029c9a6435ad601c45677f5cde81f8a7f0ed535e0039d0eb6c","03c43c00ff57f63cfa9e732f0520c342123e21331d0121139f1b636921eeec095f"],["n_sigs_refund","2"],["sigflag","SIG_ALL"]]}]"#,
    ),
    (
        "02a9d461ff36448469dccf828fa143833ae71c689886ac51b62c8d61ddaa10028b",
        r#"["P2PK",{"nonce":"bbf9edf441d17097e39f5095a3313ba24d3055ab8a32f758ff41c10d45c4f3de","data":"029116d32e7da635c8feeb9f1f4559eb3d9b42d400f9d22a64834d89cde0eb6835","tags":[["sigflag","SIG_ALL"]]}]"#,
    ),
    (
        "03a70c42ec9d7192422c7f7a3ad017deda309fb4a2453fcf9357795ea706cc87a9",
        r#"["P2PK",{"nonce":"68d7822538740e4f9c9ebf5183ef6c4501c7a9bca4e509ce2e41e1d62e7b8a99","data":"0394e841bd59aeadce16380df6174cb29c9fea83b0b65b226575e6d73cc5a1bd59","tags":[["pubkeys","033d892d7ad2a7d53708b7a5a2af101cbcef69522bd368eacf55fcb4f1b0494058"],["n_sigs","2"],["sigflag","SIG_ALL"]]}]"#,
    ),
];

fn point(hex: &str) -> PublicKey {
    PublicKey::from_hex(hex).expect("a point of a vector")
}

fn key(hex: &str) -> SecretKey {
    SecretKey::from_hex(hex).expect("a key of a vector")
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex of a vector")).collect()
}

fn keys(table: &[(&str, &str)]) -> Keys {
    let table: BTreeMap<&str, &str> = table.iter().copied().collect();
    let json = serde_json::to_string(&table).expect("text serialises");
    serde_json::from_str(&json).expect("keys of a vector")
}

fn seed() -> [u8; 64] {
    let phrase = "half depart obvious quality work element tank gorilla view sugar picture humble";
    bip39::Mnemonic::parse_normalized(phrase).expect("a phrase of a vector").to_seed_normalized("")
}

#[test]
fn nut_00_messages_have_their_points() {
    let zeros = "0".repeat(63);
    for (last, expected) in [
        ("0", "024cce997d3b518f739663b757deaec95bcd9473c30a14ac2fd04023a739d1a725"),
        ("1", "022e7158e11c9506f1aa4248bf531298daa7febd6194f003edcd9b93ade6253acf"),
        ("2", "026cdbe15362df59cd1dd3c9c11de8aedac2106eca69236ecd9fbe117af897be4f"),
    ] {
        let message = bytes(&format!("{zeros}{last}"));
        assert_eq!(hash_to_curve(&message).expect("a point"), point(expected));
    }
}

#[test]
fn nut_00_secrets_are_blinded_signed_and_unblinded() {
    for (x, r, blinded) in [
        (
            "d341ee4871f1f889041e63cf0d3823c713eea6aff01e80f1719f08f9e5be98f6",
            "99fce58439fc37412ab3468b73db0569322588f62fb3a49182d67e23d877824a",
            "033b1a9737a40cc3fd9b6af4b723632b76a67a36782596304612a6c2bfb5197e6d",
        ),
        (
            "f1aaf16c2239746f369572c0784d9dd3d032d952c2d992175873fb58fae31a60",
            "f78476ea7cc9ade20f9e05e58a804cf19533f03ea805ece5fee88c8e2874ba50",
            "029bdf2d716ee366eddf599ba252786c1033f47e230248a4612a5670ab931f1763",
        ),
    ] {
        let (made, _) = blind_message(&bytes(x), Some(key(r))).expect("a point");
        assert_eq!(made, point(blinded));
        let mint = key(&"7f".repeat(32));
        let signed = sign_message(&mint, &made).expect("a point");
        let c = unblind_message(&signed, &key(r), &mint.public_key()).expect("a point");
        assert!(verify_message(&mint, c, &bytes(x)).is_ok());
    }
    let blinded = point("02a9acc1e48c25eeeb9289b5031cc57da9fe72f3fe2861d264bdc074209b107ba2");
    let signed = sign_message(&key(&"7f".repeat(32)), &blinded).expect("a point");
    assert_eq!(signed, point("0398bc70ce8184d27ba89834d19f5199c84443c31131e48d3c1214db24247d005d"));
}

#[test]
fn nut_00_tokens_are_read_in_both_forms() {
    let amounts = |text: &str| {
        let token = Token::from_str(text).expect("a token of a vector");
        let mint = token.mint_url().expect("one mint").to_string();
        let amounts: Vec<u64> =
            token.proofs(&[]).expect("version-1 ids").iter().map(|proof| proof.amount.to_u64()).collect();
        (mint, amounts, token.unit())
    };
    let sat = Some(CurrencyUnit::Sat);
    assert_eq!(amounts(TOKEN_V3), ("https://8333.space:3338".to_owned(), vec![2, 8], sat.clone()));
    assert_eq!(amounts(TOKEN_V3_PADDED), amounts(TOKEN_V3_UNPADDED));
    assert_eq!(amounts(TOKEN_V4), ("http://localhost:3338".to_owned(), vec![1], sat.clone()));
    assert_eq!(amounts(TOKEN_V4_TWO_KEYSETS), ("http://localhost:3338".to_owned(), vec![1, 2, 1], sat));
    assert!(Token::from_str(&TOKEN_V3.replacen("cashuA", "casshuA", 1)).is_err());
    assert!(Token::from_str(TOKEN_V3.trim_start_matches("cashuA")).is_err());
}

#[test]
fn nut_01_keys_must_be_whole_and_compressed() {
    let read = |first: &str, second: &str| {
        serde_json::from_str::<Keys>(&format!(r#"{{"1":"{first}","2":"{second}"}}"#)).is_ok()
    };
    let (good, other) = (SMALL[0].1, SMALL[1].1);
    assert!(read(good, other));
    assert!(!read(&good[..64], other), "a byte is missing");
    let uncompressed = "04fd4ce5a16b65576145949e6f99f445f8249fee17c606b688b504a849cdc452de3625246cb2c27dac965cb7200a5986467eee92eb7d496bbf1453b074e223e481";
    assert!(!read(good, uncompressed));
    assert_eq!(keys(BIG).len(), 64);
}

#[test]
fn nut_02_ids_are_the_hashes_of_their_keys() {
    for (id, table, fee, expiry) in [
        ("00456a94ab4e1c46", SMALL, 0, None),
        ("000f01df73ea149a", BIG, 0, None),
        ("015ba18a8adcd02e715a58358eb618da4a4b3791151a4bee5e968bb88406ccf76a", SMALL, 100, Some(2_059_210_353)),
        ("01ab6aa4ff30390da34986d84be5274b48ad7a74265d791095bfc39f4098d9764f", BIG, 0, Some(2_059_210_353)),
        ("012fbb01a4e200c76df911eeba3b8fe1831202914b24664f4bccbd25852a6708f8", BIG, 0, None),
    ] {
        let keyset = |fee, final_expiry| KeySet {
            id: Id::from_str(id).expect("an id of a vector"),
            unit: CurrencyUnit::Sat,
            active: Some(true),
            keys: keys(table),
            input_fee_ppk: fee,
            final_expiry,
        };
        assert!(keyset(fee, expiry).verify_id().is_ok(), "{id}");
        let binds_more = id.starts_with("01");
        assert_eq!(keyset(fee + 1, expiry).verify_id().is_err(), binds_more, "{id} and its fee");
        assert_eq!(keyset(fee, Some(1)).verify_id().is_err(), binds_more, "{id} and its expiry");
        let mut other = keyset(fee, expiry);
        other.keys = keys(&table[1..]);
        assert!(other.verify_id().is_err(), "{id} without a key");
    }
}

#[test]
fn nut_02_short_ids_are_resolved_among_the_mints_keysets() {
    let id = Id::from_str("015ba18a8adcd02e715a58358eb618da4a4b3791151a4bee5e968bb88406ccf76a").expect("an id");
    let info = KeySetInfo { id, unit: CurrencyUnit::Sat, active: true, input_fee_ppk: 100, final_expiry: None };
    let short = ShortKeysetId::from_str("015ba18a8adcd02e").expect("a short id");
    assert_eq!(Id::from_short_keyset_id(&short, &[info]).ok(), Some(id));
    assert!(Id::from_short_keyset_id(&short, &[]).is_err());
}

/// What comes of a token with this proof, in a wallet that never asked a mint.
fn received(proof: &str) -> paygress::wallet::OperationView {
    let text = format!(r#"{{"token":[{{"mint":"https://mint.example","proofs":[{proof}]}}],"unit":"sat"}}"#);
    let text = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE, text);
    received_token(&format!("cashuA{text}"))
}

fn received_token(token: &str) -> paygress::wallet::OperationView {
    let mut wallet = paygress::wallet::Wallet::open(seed(), &BTreeMap::new()).expect("an empty store");
    let (id, step) = wallet.receive(1_800_000_000, token).expect("a token");
    assert!(step.requests.iter().all(|request| request.body.is_none()), "nothing is spent");
    wallet.operation(&id).expect("known")
}

#[test]
fn nut_11_what_the_wallet_signs_no_request_for_is_kept_with_the_reason() {
    assert_eq!(SIG_ALL.iter().filter(|(_, secret)| secret.starts_with(r#"["HTLC""#)).count(), 3);
    for (c, secret) in SIG_ALL {
        let json = serde_json::to_string(secret).expect("text serialises");
        let op = received(&format!(r#"{{"amount":2,"id":"00bfa73302d12ffd","secret":{json},"C":"{c}"}}"#));
        assert_eq!((op.state.as_str(), op.can_retry), ("failed", true), "{secret}");
        let why = if secret.starts_with(r#"["HTLC""#) {
            "it asks for the secret of a hash (HTLC)"
        } else {
            "it asks for one signature over the whole request (SIG_ALL)"
        };
        let sentence = format!("this wallet cannot open the token: {why}; it is kept, ask its sender for another one");
        assert!(op.sentence.to_lowercase().contains(&sentence.to_lowercase()), "{}", op.sentence);
    }
}

#[test]
fn nut_28_a_blinded_key_is_kept_with_the_reason() {
    let older = received(
        r#"{
            "amount":64,"id":"009a1f293253e41e",
            "secret":"[\"P2PK\",{\"nonce\":\"d4a17a88f5d0c09001f7b453c42c1f9d5a87363b1f6637a5a83fc31a6a3b7266\",\"data\":\"03b7c03eb05a0a539cfc438e81bcf38b65b7bb8685e8790f9b853bfe3d77ad5315\",\"tags\":[]}]",
            "C":"0381855ddcc434a9a90b3564f29ef78e7271f8544d0056763b418b00e88525c0ff",
            "p2pk_e":"02a8cda4cf448bfce9a9e46e588c06ea1780fcb94e3bbdf3277f42995d403a8b0c"
        }"#,
    );
    // As nutshell 0.21.0 writes it, with the key in bytes.
    let newer = received_token(concat!(
        "cashuBo2F0gaJhaUgBN6i-_zmIH2FwgaRhYQhhc3jGWyJQMlBLIiwgeyJkYXRhIjogIjAyNTk2MjRkNGE0YmMwOTU2ZjA2OTA2OTAzYWFiMjI3NTZmMGQ0",
        "ZDhjNjVhZGQwNjUxNDc0ZjgxNzY1YjMxMmMxYiIsICJub25jZSI6ICI0MTU5MDE0ZmIzZTAxMjQyOTdiMzliZmNkOTgxZjY2NiIsICJ0YWdzIjogW1sibG9j",
        "a3RpbWUiLCAiMTc5NjEyNjY1MiJdLCBbInNpZ2ZsYWciLCAiU0lHX0lOUFVUUyJdXX1dYWNYIQMLafAJOS9cGbh36MnIKAbASMSB9dWd8hI8lV75C5hHfmJw",
        "ZVghAkmB2B33h3K3_Qqn_RNv6r3vk-gBw2vPmXPaIAO5FLQtYW12aHR0cDovLzEyNy4wLjAuMTozNDgyN2F1Y3NhdA",
    ));
    for op in [older, newer] {
        assert_eq!((op.state.as_str(), op.can_retry), ("failed", true));
        assert!(op.sentence.contains("its key is blinded (NUT-28)"), "{}", op.sentence);
    }
}

#[test]
fn nut_12_proofs_are_hashed_made_and_verified() {
    let one = point("020000000000000000000000000000000000000000000000000000000000000001");
    let b = point("02a9acc1e48c25eeeb9289b5031cc57da9fe72f3fe2861d264bdc074209b107ba2");
    let e = hash_e([one, one, one, b]);
    assert_eq!(e.to_vec(), bytes("a4dc034b74338c28c6bc3ea49731f2a24440fc7c4affc08b31a93fc9fbe6401e"));

    let generator = point("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
    let signature: BlindSignature = serde_json::from_str(
        r#"{"amount":8,"id":"00882760bfa2eb41","C_":"02a9acc1e48c25eeeb9289b5031cc57da9fe72f3fe2861d264bdc074209b107ba2",
            "dleq":{"e":"9818e061ee51d5c8edc3342369a554998ff7b4381c8652d724cdf46429be73d9",
                    "s":"9818e061ee51d5c8edc3342369a554998ff7b4381c8652d724cdf46429be73da"}}"#,
    )
    .expect("a signature of a vector");
    assert!(signature.verify_dleq(generator, b).is_ok());
    assert!(signature.verify_dleq(one, b).is_err(), "another key");
    assert!(signature.verify_dleq(generator, one).is_err(), "another message");

    let proof: Proof = serde_json::from_str(
        r#"{"amount":1,"id":"00882760bfa2eb41","secret":"daf4dd00a2b68a0858a80450f52c8a7d2ccf87d375e43e216e0c571f089f63e9",
            "C":"024369d2d22a80ecf78f3937da9d5f30c1b9f74f0c32684d583cca0fa6a61cdcfc",
            "dleq":{"e":"b31e58ac6527f34975ffab13e70a48b6d2b0d35abc4b03f0151f09ee1a9763d4",
                    "s":"8fbae004c59e754d71df67e392b6ae4e29293113ddc2ec86592a0431d16306d8",
                    "r":"a6d13fcd7a18442e6076f5e1e7c887ad5de40a019824bdfa9fe740d302e8d861"}}"#,
    )
    .expect("a proof of a vector");
    assert!(proof.verify_dleq(generator).is_ok());
    assert!(proof.verify_dleq(one).is_err());
}

#[test]
fn nut_13_secrets_and_blinding_factors_come_from_the_phrase() {
    for (id, expected) in [
        ("009a1f293253e41e", VERSION_1),
        ("015ba18a8adcd02e715a58358eb618da4a4b3791151a4bee5e968bb88406ccf76a", VERSION_2),
    ] {
        let id = Id::from_str(id).expect("an id of a vector");
        for (counter, (secret, r)) in (0..).zip(expected) {
            assert_eq!(Secret::from_seed(&seed(), id, counter).expect("derivable").to_string(), *secret);
            assert_eq!(SecretKey::from_seed(&seed(), id, counter).expect("derivable").to_secret_hex(), *r);
        }
    }
    assert_eq!(u32::from(Id::from_str("009a1f293253e41e").expect("an id")), 864_559_728);
}

#[test]
fn payment_requests_of_both_forms_are_read_as_the_library_reads_them() {
    use paygress::wallet::PaymentRequest as Ours;
    assert_eq!((REQUESTS.len(), SHORT_REQUESTS.len()), (6, 16));
    for text in REQUESTS.iter().chain(SHORT_REQUESTS) {
        let theirs: cashu::PaymentRequest = text.parse().expect("a vector");
        let ours: Ours = text.parse().expect("a vector");
        assert_eq!(ours.id, theirs.payment_id, "{text}");
        assert_eq!(ours.amount.map(paygress::model::Sat::get), theirs.amount.map(|amount| amount.to_u64()));
        let unit = theirs.unit.filter(|unit| *unit != CurrencyUnit::Sat).map(|unit| unit.to_string());
        assert_eq!(ours.other_unit, unit);
        assert_eq!(ours.description, theirs.description);
        assert_eq!(ours.single_use, theirs.single_use.unwrap_or(false));
        let mints: Vec<String> = theirs.mints.iter().map(ToString::to_string).collect();
        assert_eq!(ours.mints.iter().map(ToString::to_string).collect::<Vec<_>>(), mints);
        assert_eq!(ours.any_mint, mints.is_empty());
        for (ours, theirs) in ours.transports.iter().zip(&theirs.transports) {
            assert_eq!((format!("{:?}", ours.kind), &ours.tags), (theirs._type.to_string(), &theirs.tags));
            let is_nostr = ours.kind == "nostr";
            let who = |text: &str| paygress::protocol::receiver_from_text(text).map(|(key, _)| key).ok();
            assert!(if is_nostr { who(&ours.target) == who(&theirs.target) } else { ours.target == theirs.target });
        }
        assert_eq!(ours.transports.len(), theirs.transports.len());
        let key = theirs.nut10.filter(|lock| lock.kind == cashu::Kind::P2PK).map(|lock| lock.data);
        // One of the vectors names a key that is no point of the curve.
        let key = key.filter(|key| PublicKey::from_hex(key).is_ok());
        assert_eq!(ours.lock_key().map(|key| key.to_string()), key);
        // The other case of letters, the other alphabet, without padding, in links and with line ends.
        let other = if text.starts_with("creqA") {
            text.trim_end_matches('=').replace('-', "+").replace('_', "/")
        } else {
            text.to_lowercase()
        };
        let (start, end) = other.split_at(20);
        for again in
            [other.clone(), format!("cashu:{text}"), format!("bitcoin:?x=1&creq={text}"), format!(" {start}\n{end} ")]
        {
            assert_eq!(again.parse::<Ours>().as_ref(), Ok(&ours), "{again}");
        }
    }
}

#[test]
fn what_is_no_payment_request_is_refused() {
    use paygress::wallet::PaymentRequest as Ours;
    let good = SHORT_REQUESTS[0];
    let damaged = good.replacen('9', "8", 1);
    let bech32 = "creqb1qyqqsc3hvyunqvfhxcpqqzqqqqqqqqqqqq9qxqqpqqzsq9mgw368que69uhnsvenxvh8xurpvdjn5venxvuqtgz5v5";
    for text in ["", "creq", "creqA", "creqB1", "cashuA", &good[..60], &damaged, bech32, &"creqA".repeat(20_000)] {
        assert!(text.parse::<Ours>().is_err(), "{text}");
    }
}

#[test]
fn nut_27_the_key_of_the_mint_list_comes_from_the_phrase() {
    let words = "half depart obvious quality work element tank gorilla view sugar picture humble";
    let secret = paygress::keys::Phrase::parse(words).expect("twelve words").seed().mint_list_secret();
    let hex: String = secret.expose().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "e7ca79469a270b36617e4227ff2f068d3bcbb6b072c8584190b0203597c53c0d");
    let public = paygress::protocol::public_key(&secret).to_hex();
    assert_eq!(public, "0767277aaed200af7a8843491745272fc1ad2c7bfe340225e6f34f3a9a273aed");
}
