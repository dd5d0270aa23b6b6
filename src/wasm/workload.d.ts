/** The numbers by which a workload is judged. All times are whole seconds. */
export interface QuorumConfig {
  /** How many relays must have heard the provider; 0 behaves as 1. Default 2. */
  m: number;
  /** How many relays are meant to listen; never consulted. Default 3. */
  n: number;
  /** How long a quorum holds, and how much silence makes a live workload suspect; 0 behaves as 1. Default 120. */
  t1Secs: number;
  /** How many observed seconds a workload stays suspect before it is evicted. Default 300. */
  t2Secs: number;
  /** The greatest age at which a heartbeat still counts. Default 180. */
  staleSecs: number;
}

/** One heartbeat of a provider, as one relay carried it. Times are Unix seconds. */
export interface HeartbeatObservation {
  providerNpub: string;
  /** Compared as given. */
  relayUrl: string;
  /** When it arrived; shown as evidence, never judged by. */
  seenAt: number;
  /** What time the heartbeat itself names. */
  eventTimestamp: number;
}

/** What else holds a copy of a workload. */
export type ReplicationMode =
  | { mode: "none" }
  | { mode: "checkpointed" }
  | { mode: "warm-standby"; standbyProviders: string[] };

/** What to do with an evicted workload that nobody stands by for. */
export type RestartPolicy =
  | { policy: "never" }
  /** `maxAttempts` is 0 to 255. */
  | { policy: "on-failure"; maxAttempts: number };

/** What is known of a workload. Times are Unix seconds. */
export type WorkloadState =
  | { state: "provisioning"; since: number }
  | { state: "live"; since: number }
  | { state: "suspect"; since: number }
  | { state: "evicted"; at: number }
  | { state: "respawning"; since: number; attemptsUsed: number; lastError: string | null }
  | { state: "failed"; reason: string };

/** A workload to be tracked. */
export interface TrackedWorkload {
  workloadId: number;
  /** The provider whose heartbeats count for it, compared as text. */
  providerNpub: string;
  state: WorkloadState;
  /** Default `{ mode: "none" }`. */
  replication?: ReplicationMode;
  /** Default `{ policy: "on-failure", maxAttempts: 3 }`. */
  restartPolicy?: RestartPolicy;
  stateUri?: string | null;
  /** Carried, never consulted. */
  createdAt: number;
  /** Carried, never consulted: untrack the workload then. */
  expiresAt: number;
}

/** A workload as it was tracked, in its present state. */
export interface DurableWorkload extends TrackedWorkload {
  replication: ReplicationMode;
  restartPolicy: RestartPolicy;
  stateUri: string | null;
}

/** What happened to a workload, or what to do about it. */
export type StateMachineEvent =
  | { event: "entered-live"; workloadId: number }
  | { event: "entered-suspect"; workloadId: number }
  | { event: "evicted"; workloadId: number; reason: string }
  /** Revoke the lease publicly, so that a standby takes over. */
  | { event: "publish-lease-revocation"; workloadId: number; standbyProviders: string[] }
  /** Start the workload again, then report the outcome by `notifyRespawnFailed` or `notifyRespawnSucceeded`. */
  | { event: "attempt-respawn"; workloadId: number; attempt: number }
  | { event: "failed"; workloadId: number; reason: string };

/** When one relay was last heard about a provider. */
export interface RelayEvidence {
  relayUrl: string;
  /** The `now` of the tick that counted its newest heartbeat. */
  heardAt: number;
  seenAt: number;
  eventTimestamp: number;
}
