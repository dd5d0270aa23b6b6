//! Where the world breaks. Every fault is injected at most once and counted when it really was.

/// One fault and the occasion, counted from 0, at which it strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Commit(OnCommit, usize),
    Fetch(OnFetch, usize),
    Send(OnSend, usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnCommit {
    Works,
    CrashBefore,
    CrashAfter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnFetch {
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
pub(crate) enum OnSend {
    Works,
    CrashAfter,
    Lost,
    Doubled,
}

impl OnFetch {
    pub(crate) const ALL: [Self; 9] = [
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
pub(crate) struct Faults {
    pub(crate) fault: Option<Fault>,
    pub(crate) injected: usize,
    pub(crate) commits: usize,
    pub(crate) fetches: usize,
    pub(crate) sends: usize,
}

impl Faults {
    /// Counts from here on and strikes once.
    pub(crate) fn arm(&mut self, fault: Option<Fault>) {
        *self = Self { fault, ..Self::default() };
    }

    pub(crate) fn on_commit(&mut self) -> OnCommit {
        let at = self.commits;
        self.commits += 1;
        match self.fault {
            Some(Fault::Commit(what, when)) if when == at => self.strike(what),
            _ => OnCommit::Works,
        }
    }

    pub(crate) fn on_fetch(&mut self) -> OnFetch {
        let at = self.fetches;
        self.fetches += 1;
        match self.fault {
            Some(Fault::Fetch(what, when)) if when == at => self.strike(what),
            _ => OnFetch::Works,
        }
    }

    pub(crate) fn on_send(&mut self) -> OnSend {
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
