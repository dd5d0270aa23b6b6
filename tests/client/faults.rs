//! Where the world breaks. Every fault is injected at most once and counted when it really was.

/// One fault and the occasion, counted from 0, at which it strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Commit(OnCommit, usize),
    Fetch(OnFetch, usize),
    Send(OnSend, usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnCommit {
    Works,
    CrashBefore,
    CrashAfter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFetch {
    Works,
    CrashAfter,
    RequestLost,
    AnswerLost,
    Doubled,
    Late,
    Truncated,
    Garbled,
    ServerError,
    RateLimited,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnSend {
    Works,
    CrashAfter,
    Lost,
    Doubled,
}

impl OnFetch {
    pub const ALL: [Self; 9] = [
        Self::CrashAfter,
        Self::RequestLost,
        Self::AnswerLost,
        Self::Doubled,
        Self::Late,
        Self::Truncated,
        Self::Garbled,
        Self::ServerError,
        Self::RateLimited,
    ];
}

/// Counts occasions, and strikes at the one it was told.
#[derive(Debug, Default)]
pub struct Faults {
    pub fault: Option<Fault>,
    pub injected: usize,
    pub commits: usize,
    pub fetches: usize,
    pub sends: usize,
}

impl Faults {
    /// Counts from here on and strikes once.
    pub fn arm(&mut self, fault: Option<Fault>) {
        *self = Self { fault, ..Self::default() };
    }

    pub fn on_commit(&mut self) -> OnCommit {
        let at = self.commits;
        self.commits += 1;
        match self.fault {
            Some(Fault::Commit(what, when)) if when == at => self.strike(what),
            _ => OnCommit::Works,
        }
    }

    pub fn on_fetch(&mut self, _path: &str) -> OnFetch {
        let at = self.fetches;
        self.fetches += 1;
        match self.fault {
            Some(Fault::Fetch(what, when)) if when == at => self.strike(what),
            _ => OnFetch::Works,
        }
    }

    pub fn on_send(&mut self) -> OnSend {
        let at = self.sends;
        self.sends += 1;
        match self.fault {
            Some(Fault::Send(what, when)) if when == at => self.strike(what),
            _ => OnSend::Works,
        }
    }

    fn strike<T>(&mut self, what: T) -> T {
        self.injected += 1;
        what
    }
}
