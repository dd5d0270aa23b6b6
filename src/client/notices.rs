//! What strangers got wrong, counted per source. A notice never throws and never grows without bound.

use serde::Serialize;

use crate::model::{Map, clip};

const MOST: usize = 100;

/// One thing that somebody got wrong, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// When it was last seen, in Unix seconds.
    pub at: u64,
    /// Who: a relay, a mint or a provider.
    pub source: String,
    /// What was wrong, in a sentence.
    pub text: String,
    /// How often.
    pub count: u64,
}

#[derive(Debug, Default)]
pub(super) struct Notices {
    by_text: Map<(String, String), Notice>,
}

impl Notices {
    pub(super) fn add(&mut self, now: u64, source: &str, text: impl AsRef<str>) {
        let (source, text) = (clip(source), clip_sentence(text.as_ref()));
        let notice =
            self.by_text.entry((source.clone(), text.clone())).or_insert(Notice { at: now, source, text, count: 0 });
        notice.at = now;
        notice.count = notice.count.saturating_add(1);
        if self.by_text.len() > MOST {
            let oldest = self.by_text.iter().min_by_key(|(_, notice)| notice.at).map(|(key, _)| key.clone());
            oldest.and_then(|key| self.by_text.remove(&key));
        }
    }

    /// The newest first.
    pub(super) fn list(&self) -> Vec<Notice> {
        let mut list: Vec<_> = self.by_text.values().cloned().collect();
        list.sort_by_key(|notice| std::cmp::Reverse(notice.at));
        list
    }
}

fn clip_sentence(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(240).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_fault_is_counted_and_the_oldest_is_dropped() {
        let mut notices = Notices::default();
        notices.add(1, "relay", "forged");
        notices.add(2, "relay", "forged");
        assert_eq!(notices.list().first().map(|notice| notice.count), Some(2));
        for n in 0..500 {
            notices.add(10 + n, "relay", format!("fault {n}"));
        }
        assert_eq!(notices.list().len(), MOST);
        assert!(notices.list().iter().all(|notice| notice.text != "forged"));
    }
}
