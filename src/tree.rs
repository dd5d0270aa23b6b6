//! What JSON and CBOR texts hold, and the one reader from it to types.
//!
//! serde writes a reader anew for every pair of type and format. The package is loaded over the network, so here all formats
//! are read into one tree, and types only from that.

use std::fmt;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde::de::value::U8Deserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// One value and what is in it.
#[derive(Clone, PartialEq)]
pub(crate) enum Tree {
    Null,
    Bool(bool),
    Unsigned(u64),
    Negative(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Self>),
    /// In the order they came; a name may come twice.
    Members(Vec<(String, Self)>),
}

/// The tree has another shape than the type. Which one is not said: the words could quote a secret.
#[derive(Debug)]
pub(crate) struct WrongShape;

/// Reads a JSON text; nothing if it is none.
pub(crate) fn json(text: &str) -> Option<Tree> {
    serde_json::from_str(text).ok()
}

/// Reads CBOR; nothing if it is none, or more than one value.
pub(crate) fn cbor(bytes: &[u8]) -> Option<Tree> {
    let mut rest = bytes;
    let tree = ciborium::from_reader(&mut rest).ok()?;
    rest.is_empty().then_some(tree)
}

/// Reads the base64 of URLs, with or without padding, as tokens are written in; nothing if it is none.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    const ANY_PADDING: GeneralPurpose = GeneralPurpose::new(
        &URL_SAFE,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    ANY_PADDING.decode(text).ok()
}

/// Reads a type from a JSON text; nothing if it is none, or of another shape.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    json(text)?.read().ok()
}

impl Tree {
    /// The member of that name; of several the last, as most readers of JSON have it.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        let Self::Members(members) = self else { return None };
        members.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    pub(crate) fn unsigned(&self) -> Option<u64> {
        if let Self::Unsigned(number) = self { Some(*number) } else { None }
    }

    pub(crate) fn bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    pub(crate) fn list(&self) -> Option<&[Self]> {
        if let Self::List(list) = self { Some(list) } else { None }
    }

    /// Reads a type from what was JSON.
    pub(crate) fn read<'de, T: Deserialize<'de>>(&'de self) -> Result<T, WrongShape> {
        T::deserialize(Reader { tree: self, readable: true })
    }

    /// Reads a type from what was CBOR, where keys and signatures are bytes instead of hex.
    pub(crate) fn read_binary<'de, T: Deserialize<'de>>(&'de self) -> Result<T, WrongShape> {
        T::deserialize(Reader { tree: self, readable: false })
    }
}

// Requests, tokens and stored secrets pass through here.
impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tree(hidden)")
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Planter)
    }
}

struct Planter;

impl<'de> Visitor<'de> for Planter {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        Tree::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
        Ok(Tree::Unsigned(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Tree, E> {
        Ok(u64::try_from(number).map_or(Tree::Negative(number), Tree::Unsigned))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Tree, E> {
        Ok(Tree::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Tree, E> {
        Ok(Tree::Text(text))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Tree, E> {
        Ok(Tree::Bytes(bytes.to_vec()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element()? {
            list.push(value);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Tree::Members(members))
    }
}

#[derive(Clone, Copy)]
struct Reader<'de> {
    tree: &'de Tree,
    readable: bool,
}

impl<'de> Reader<'de> {
    fn of(self, tree: &'de Tree) -> Self {
        Self { tree, readable: self.readable }
    }

    fn number<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WrongShape> {
        if let Tree::Negative(number) = self.tree {
            return visitor.visit_i64(*number);
        }
        visitor.visit_u64(self.tree.unsigned().ok_or(WrongShape)?)
    }

    fn name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WrongShape> {
        visitor.visit_borrowed_str(self.tree.text().ok_or(WrongShape)?)
    }

    fn elements<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WrongShape> {
        if let Tree::Bytes(bytes) = self.tree {
            return visitor.visit_seq(Octets(bytes.iter()));
        }
        visitor.visit_seq(Elements { rest: self.tree.list().ok_or(WrongShape)?.iter(), reader: self })
    }

    fn members<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WrongShape> {
        let Tree::Members(members) = self.tree else { return Err(WrongShape) };
        visitor.visit_map(Pairs { rest: members.iter(), value: None, reader: self })
    }
}

macro_rules! read_as {
    ($how:ident: $($door:ident)*) => {$(
        fn $door<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WrongShape> {
            self.$how(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = WrongShape;

    read_as!(number: deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128);
    read_as!(name: deserialize_str deserialize_string deserialize_char deserialize_identifier);
    read_as!(elements: deserialize_seq);
    read_as!(members: deserialize_map);
    read_as!(deserialize_any: deserialize_f32 deserialize_f64 deserialize_ignored_any deserialize_unit
        deserialize_byte_buf);

    fn is_human_readable(&self) -> bool {
        self.readable
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WrongShape> {
        match self.tree {
            Tree::Null => visitor.visit_unit(),
            Tree::Bool(value) => visitor.visit_bool(*value),
            Tree::Unsigned(_) | Tree::Negative(_) => self.number(visitor),
            Tree::Float(number) => visitor.visit_f64(*number),
            Tree::Text(text) => visitor.visit_borrowed_str(text),
            Tree::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Tree::List(_) => self.elements(visitor),
            Tree::Members(_) => self.members(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WrongShape> {
        visitor.visit_bool(self.tree.bool().ok_or(WrongShape)?)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WrongShape> {
        let Tree::Bytes(bytes) = self.tree else { return Err(WrongShape) };
        visitor.visit_borrowed_bytes(bytes)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WrongShape> {
        if *self.tree == Tree::Null { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, WrongShape> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, WrongShape> {
        self.deserialize_any(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, WrongShape> {
        self.elements(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, WrongShape> {
        self.elements(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, WrongShape> {
        self.members(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, WrongShape> {
        if let Tree::Text(name) = self.tree {
            return visitor.visit_enum(Variant { name, body: self.of(&Tree::Null) });
        }
        if let Tree::Members(members) = self.tree
            && let [(name, body)] = members.as_slice()
        {
            return visitor.visit_enum(Variant { name, body: self.of(body) });
        }
        Err(WrongShape)
    }
}

struct Elements<'de> {
    rest: std::slice::Iter<'de, Tree>,
    reader: Reader<'de>,
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = WrongShape;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, WrongShape> {
        self.rest.next().map(|tree| seed.deserialize(self.reader.of(tree))).transpose()
    }
}

struct Octets<'de>(std::slice::Iter<'de, u8>);

impl<'de> SeqAccess<'de> for Octets<'de> {
    type Error = WrongShape;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, WrongShape> {
        self.0.next().map(|octet| seed.deserialize(U8Deserializer::new(*octet))).transpose()
    }
}

struct Pairs<'de> {
    rest: std::slice::Iter<'de, (String, Tree)>,
    value: Option<&'de Tree>,
    reader: Reader<'de>,
}

impl<'de> MapAccess<'de> for Pairs<'de> {
    type Error = WrongShape;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, WrongShape> {
        let Some((name, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(Name(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, WrongShape> {
        seed.deserialize(self.reader.of(self.value.take().ok_or(WrongShape)?))
    }
}

/// The name of a member or a variant.
struct Name<'de>(&'de str);

impl<'de> Deserializer<'de> for Name<'de> {
    type Error = WrongShape;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WrongShape> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, WrongShape> {
        visitor.visit_newtype_struct(self)
    }

    /// Names that are numbers, as in a map from amounts.
    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WrongShape> {
        visitor.visit_u64(self.0.parse().map_err(|_| WrongShape)?)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

struct Variant<'de> {
    name: &'de str,
    body: Reader<'de>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = WrongShape;
    type Variant = Reader<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Reader<'de>), WrongShape> {
        Ok((seed.deserialize(Name(self.name))?, self.body))
    }
}

impl<'de> VariantAccess<'de> for Reader<'de> {
    type Error = WrongShape;

    fn unit_variant(self) -> Result<(), WrongShape> {
        if *self.tree == Tree::Null { Ok(()) } else { Err(WrongShape) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, WrongShape> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, WrongShape> {
        self.elements(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, WrongShape> {
        self.members(visitor)
    }
}

impl fmt::Display for WrongShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("missing or mistyped members")
    }
}

impl std::error::Error for WrongShape {}

impl de::Error for WrongShape {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }

    fn invalid_type(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self
    }

    fn invalid_value(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self
    }

    fn invalid_length(_: usize, _: &dyn de::Expected) -> Self {
        Self
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }

    fn missing_field(_: &'static str) -> Self {
        Self
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Kind {
        Plain,
        Wrapped(u8),
        Named { at: u64 },
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct All {
        kinds: Vec<Kind>,
        maybe: Option<i32>,
        pair: (bool, String),
        #[serde(default)]
        prices: BTreeMap<u64, f64>,
        skipped: (),
    }

    const ALL: &str = r#"{"kinds":["plain",{"wrapped":7},{"named":{"at":18446744073709551615}}],"maybe":-3,
        "pair":[true,"a\nb"],"prices":{"1":0.5},"unknown":[{"deep":[1,null]}],"skipped":null}"#;

    #[test]
    fn a_type_read_from_the_tree_is_the_one_serde_json_reads() {
        let ours: All = read(ALL).expect("reads");
        assert_eq!(ours, serde_json::from_str::<All>(ALL).expect("reads"));
        assert_eq!(ours.kinds[2], Kind::Named { at: u64::MAX });
    }

    #[test]
    fn what_has_another_shape_is_refused() {
        for wrong in [
            r#"{"kinds":["other"],"maybe":1,"pair":[true,""],"skipped":null}"#,
            r#"{"kinds":[{"plain":1}],"maybe":1,"pair":[true,""],"skipped":null}"#,
            r#"{"kinds":[{"wrapped":256}],"maybe":1,"pair":[true,""],"skipped":null}"#,
            r#"{"kinds":[{"wrapped":1,"plain":null}],"maybe":1,"pair":[true,""],"skipped":null}"#,
            r#"{"kinds":[],"maybe":1,"pair":[true],"skipped":null}"#,
            r#"{"kinds":[],"maybe":"1","pair":[true,""],"skipped":null}"#,
            r#"{"kinds":[],"maybe":1,"pair":[true,""],"prices":{"x":1},"skipped":null}"#,
            r#"{"kinds":[],"maybe":1,"maybe":2,"pair":[true,""],"skipped":null}"#,
            r#"{"kinds":[],"pair":[1,""],"skipped":null}"#,
            r#"{"maybe":1,"pair":[true,""],"skipped":null}"#,
            "[]",
            "{",
        ] {
            assert_eq!(read::<All>(wrong), None, "{wrong}");
        }
        let without: All = read(r#"{"kinds":[],"pair":[true,""],"skipped":null}"#).expect("an option may be left out");
        assert_eq!(without.maybe, None);
    }

    #[test]
    fn bytes_are_read_as_bytes_and_as_numbers() {
        let cbor = cbor(&[0xa1, 0x61, b'i', 0x42, 1, 255]).expect("a map from i to two bytes");
        let bytes = cbor.get("i").expect("there");
        assert_eq!(bytes.read_binary::<Vec<u8>>().expect("numbers"), [1, 255]);
        assert_eq!(bytes.read_binary::<&[u8]>().expect("bytes"), [1, 255]);
        assert!(super::cbor(&[0x01, 0x01]).is_none(), "two values");
    }

    #[test]
    fn of_a_name_that_comes_twice_the_last_one_is_found() {
        assert_eq!(json(r#"{"a":1,"a":2}"#).expect("JSON").get("a").and_then(Tree::unsigned), Some(2));
    }

    #[test]
    fn nothing_of_what_was_read_is_ever_printed() {
        let shown = format!("{:?} {:?}", json(r#"["MARKER"]"#), json(r#""MARKER""#).expect("JSON").read::<u8>());
        assert!(!shown.contains("MARKER"), "{shown}");
    }
}
