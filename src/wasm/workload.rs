//! The workload state machine for JavaScript.

mod read;
mod write;

use std::cell::RefCell;

use wasm_bindgen::prelude::*;

use self::read::{Observation, number_of, read, read_bool, read_config, read_id, read_string, read_workload};
use self::write::{Event, Evidence, State, Workload, write};
use super::value::seconds;
use crate::durable_workload as core;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("workload.d.ts");

/// Judges rented workloads by the heartbeats of their providers. Opens no socket and reads no clock: every `now` is Unix
/// time in whole seconds.
///
/// @example
/// ```js
/// const machine = new WorkloadStateMachine({ m: 1 });
/// machine.track({ workloadId: 7, providerNpub, state: { state: "provisioning", since: now }, createdAt: now, expiresAt });
/// for (const event of machine.tick(now, observations)) console.log(event.event, event.workloadId);
/// ```
// Calls take `&self` and borrow only after their arguments are read: reading may run the caller's getters, which may throw
// or call back.
#[wasm_bindgen]
#[derive(Debug)]
pub struct WorkloadStateMachine {
    inner: RefCell<core::WorkloadStateMachine>,
}

#[wasm_bindgen]
impl WorkloadStateMachine {
    /// A machine that tracks nothing. What `config` leaves out is default.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_optional_param_type = "Partial<QuorumConfig> | null")] config: JsValue,
    ) -> Result<WorkloadStateMachine, JsValue> {
        let inner = RefCell::new(core::WorkloadStateMachine::new(read_config(config)?));
        Ok(Self { inner })
    }

    /// Watches a workload from its present state on. A workload with that id is replaced as a whole.
    pub fn track(
        &self,
        #[wasm_bindgen(unchecked_param_type = "TrackedWorkload")] workload: JsValue,
    ) -> Result<(), JsValue> {
        let workload = read_workload(workload)?;
        self.inner.borrow_mut().track(workload);
        Ok(())
    }

    /// Watches a workload as `track` does, judged by its own numbers. What `config` leaves out is default.
    #[wasm_bindgen(js_name = trackWith)]
    pub fn track_with(
        &self,
        #[wasm_bindgen(unchecked_param_type = "TrackedWorkload")] workload: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Partial<QuorumConfig>")] config: JsValue,
    ) -> Result<(), JsValue> {
        let workload = read_workload(workload)?;
        let config = read_config(config)?;
        self.inner.borrow_mut().track_with(workload, config);
        Ok(())
    }

    /// Stops to watch a workload; nothing happens for an unknown id.
    pub fn untrack(
        &self,
        #[wasm_bindgen(js_name = workloadId, unchecked_param_type = "number")] workload_id: JsValue,
    ) -> Result<(), JsValue> {
        let id = read_id(&workload_id)?;
        self.inner.borrow_mut().untrack(id);
        Ok(())
    }

    /// What is known of a workload.
    #[wasm_bindgen(js_name = stateOf, unchecked_return_type = "WorkloadState | undefined")]
    pub fn state_of(
        &self,
        #[wasm_bindgen(js_name = workloadId, unchecked_param_type = "number")] workload_id: JsValue,
    ) -> Result<JsValue, JsValue> {
        let id = read_id(&workload_id)?;
        write(&self.inner.borrow().state_of(id).cloned().map(State::from))
    }

    /// A workload as it was tracked, in its present state.
    #[wasm_bindgen(unchecked_return_type = "DurableWorkload | undefined")]
    pub fn workload(
        &self,
        #[wasm_bindgen(js_name = workloadId, unchecked_param_type = "number")] workload_id: JsValue,
    ) -> Result<JsValue, JsValue> {
        let id = read_id(&workload_id)?;
        write(&self.inner.borrow().workload(id).cloned().map(Workload::from))
    }

    /// When each relay was last heard about a workload's provider; empty for an unknown id.
    #[wasm_bindgen(unchecked_return_type = "RelayEvidence[]")]
    pub fn evidence(
        &self,
        #[wasm_bindgen(js_name = workloadId, unchecked_param_type = "number")] workload_id: JsValue,
    ) -> Result<JsValue, JsValue> {
        let id = read_id(&workload_id)?;
        write(&self.inner.borrow().evidence(id).into_iter().map(Evidence::from).collect::<Vec<_>>())
    }

    /// Counts what was heard since the last tick and judges every workload. If anything is of the wrong form the call is
    /// refused and nothing has changed.
    #[wasm_bindgen(unchecked_return_type = "StateMachineEvent[]")]
    pub fn tick(
        &self,
        #[wasm_bindgen(unchecked_param_type = "number")] now: JsValue,
        #[wasm_bindgen(unchecked_param_type = "HeartbeatObservation[]")] observations: JsValue,
    ) -> Result<JsValue, JsValue> {
        let now = seconds(number_of(&now))?;
        let observations: Vec<Observation> = read("observations", observations)?;
        let observations: Vec<_> = observations.into_iter().map(Into::into).collect();
        let events = self.inner.borrow_mut().tick(now, &observations);
        write(&events.into_iter().map(Event::from).collect::<Vec<_>>())
    }

    /// Declares from when on the machine sees nothing (the tab froze, the network is gone) or sees again. `now` may lie
    /// before the last tick's.
    #[wasm_bindgen(js_name = setObserving)]
    pub fn set_observing(
        &self,
        #[wasm_bindgen(unchecked_param_type = "number")] now: JsValue,
        #[wasm_bindgen(unchecked_param_type = "boolean")] observing: JsValue,
    ) -> Result<(), JsValue> {
        let (now, observing) = (seconds(number_of(&now))?, read_bool("observing", &observing)?);
        self.inner.borrow_mut().set_observing(now, observing);
        Ok(())
    }

    /// True unless the machine was last declared blind.
    #[wasm_bindgen(js_name = isObserving)]
    #[must_use]
    pub fn is_observing(&self) -> bool {
        self.inner.borrow().is_observing()
    }

    /// Declares from when on one provider cannot be seen, or is seen again. `now` may lie before the last tick's.
    #[wasm_bindgen(js_name = setProviderObserved)]
    pub fn set_provider_observed(
        &self,
        #[wasm_bindgen(unchecked_param_type = "number")] now: JsValue,
        #[wasm_bindgen(js_name = providerNpub, unchecked_param_type = "string")] provider_npub: JsValue,
        #[wasm_bindgen(unchecked_param_type = "boolean")] observed: JsValue,
    ) -> Result<(), JsValue> {
        let now = seconds(number_of(&now))?;
        let provider = read_string("providerNpub", &provider_npub)?;
        let observed = read_bool("observed", &observed)?;
        self.inner.borrow_mut().set_provider_observed(now, &provider, observed);
        Ok(())
    }

    /// True unless the provider was last declared blind.
    #[wasm_bindgen(js_name = isProviderObserved)]
    pub fn is_provider_observed(
        &self,
        #[wasm_bindgen(js_name = providerNpub, unchecked_param_type = "string")] provider_npub: JsValue,
    ) -> Result<bool, JsValue> {
        let provider = read_string("providerNpub", &provider_npub)?;
        Ok(self.inner.borrow().is_provider_observed(&provider))
    }

    /// Reports that the attempt asked for last has failed. Nothing happens unless the workload is respawning.
    #[wasm_bindgen(js_name = notifyRespawnFailed)]
    pub fn notify_respawn_failed(
        &self,
        #[wasm_bindgen(js_name = workloadId, unchecked_param_type = "number")] workload_id: JsValue,
        #[wasm_bindgen(unchecked_param_type = "string")] reason: JsValue,
    ) -> Result<(), JsValue> {
        let (id, reason) = (read_id(&workload_id)?, read_string("reason", &reason)?);
        self.inner.borrow_mut().notify_respawn_failed(id, &reason);
        Ok(())
    }

    /// Reports that the workload runs again since `now`. Nothing happens unless it is respawning.
    #[wasm_bindgen(js_name = notifyRespawnSucceeded)]
    pub fn notify_respawn_succeeded(
        &self,
        #[wasm_bindgen(js_name = workloadId, unchecked_param_type = "number")] workload_id: JsValue,
        #[wasm_bindgen(unchecked_param_type = "number")] now: JsValue,
    ) -> Result<(), JsValue> {
        let (id, now) = (read_id(&workload_id)?, seconds(number_of(&now))?);
        self.inner.borrow_mut().notify_respawn_succeeded(id, now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use js_sys::{JSON, Reflect};
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn js(text: &str) -> JsValue {
        JSON::parse(text).expect("written by hand")
    }

    fn text(value: &JsValue) -> String {
        JSON::stringify(value).expect("plain data").into()
    }

    fn number(value: f64) -> JsValue {
        JsValue::from_f64(value)
    }

    fn live_machine() -> WorkloadStateMachine {
        let machine = WorkloadStateMachine::new(js(r#"{"m":1,"t1Secs":10}"#)).expect("a config");
        let workload =
            r#"{"workloadId":7,"providerNpub":"p","state":{"state":"live","since":100},"createdAt":1,"expiresAt":2}"#;
        machine.track(js(workload)).expect("a workload");
        machine
    }

    fn refusal<T>(result: Result<T, JsValue>) -> (String, String, String) {
        let error = result.err().expect("the call is refused");
        assert!(error.is_instance_of::<js_sys::Error>());
        let member = |name: &str| Reflect::get(&error, &name.into()).expect("an object").as_string().expect("a string");
        (member("name"), member("code"), member("message"))
    }

    #[wasm_bindgen_test]
    fn a_workload_is_told_with_what_was_left_out() {
        let workload = live_machine().workload(number(7.0)).expect("a number");
        let expected = concat!(
            r#"{"workloadId":7,"providerNpub":"p","state":{"state":"live","since":100},"replication":{"mode":"none"},"#,
            r#""restartPolicy":{"policy":"on-failure","maxAttempts":3},"stateUri":null,"createdAt":1,"expiresAt":2}"#
        );
        assert_eq!(text(&workload), expected);
        assert!(live_machine().workload(number(8.0)).expect("a number").is_undefined());
        assert!(live_machine().state_of(number(8.0)).expect("a number").is_undefined());
    }

    #[wasm_bindgen_test]
    fn a_life_is_told_in_events_and_states() {
        let machine = live_machine();
        let beat = js(r#"[{"providerNpub":"p","relayUrl":"wss://r","seenAt":99,"eventTimestamp":98}]"#);
        let tick = |now: f64, heard: JsValue| text(&machine.tick(number(now), heard).expect("a tick"));
        let state = || text(&machine.state_of(number(7.0)).expect("a number"));
        assert_eq!(tick(100.0, beat), "[]");
        assert_eq!(
            text(&machine.evidence(number(7.0)).expect("a number")),
            r#"[{"relayUrl":"wss://r","heardAt":100,"seenAt":99,"eventTimestamp":98}]"#
        );
        assert_eq!(tick(110.0, js("[]")), r#"[{"event":"entered-suspect","workloadId":7}]"#);
        assert_eq!(state(), r#"{"state":"suspect","since":110}"#);
        let evicted = r#"{"event":"evicted","workloadId":7,"reason":"heartbeat-quorum-lost-past-t2"}"#;
        let respawn = |attempt: u8| format!(r#"{{"event":"attempt-respawn","workloadId":7,"attempt":{attempt}}}"#);
        assert_eq!(tick(410.0, js("[]")), format!("[{evicted},{}]", respawn(1)));
        assert_eq!(state(), r#"{"state":"respawning","since":410,"attemptsUsed":1,"lastError":null}"#);
        machine.notify_respawn_failed(number(7.0), "no room".into()).expect("a report");
        assert_eq!(tick(411.0, js("[]")), format!("[{}]", respawn(2)));
        machine.notify_respawn_succeeded(number(7.0), number(412.0)).expect("a report");
        assert_eq!(tick(412.0, js("[]")), r#"[{"event":"entered-live","workloadId":7}]"#);
        machine.untrack(number(7.0)).expect("a number");
        assert_eq!(tick(9_999.0, js("[]")), "[]");
    }

    #[wasm_bindgen_test]
    fn a_standby_is_named_in_the_revocation() {
        let machine = WorkloadStateMachine::new(JsValue::UNDEFINED).expect("no config");
        let workload = concat!(
            r#"{"workloadId":7,"providerNpub":"p","state":{"state":"suspect","since":0},"createdAt":0,"expiresAt":0,"#,
            r#""replication":{"mode":"warm-standby","standbyProviders":["q"]}}"#
        );
        machine.track_with(js(workload), js(r#"{"t2Secs":0}"#)).expect("a workload");
        let events = text(&machine.tick(number(5.0), js("[]")).expect("a tick"));
        let revocation = r#"{"event":"publish-lease-revocation","workloadId":7,"standbyProviders":["q"]}"#;
        assert!(events.ends_with(&format!("{revocation}]")), "{events}");
        assert_eq!(text(&machine.state_of(number(7.0)).expect("a number")), r#"{"state":"evicted","at":5}"#);
    }

    #[wasm_bindgen_test]
    fn blindness_is_declared_and_told() {
        let machine = live_machine();
        assert_eq!(text(&machine.tick(number(100.0), js("[]")).expect("a tick")), "[]");
        machine.set_observing(number(100.0), JsValue::FALSE).expect("a declaration");
        machine.set_provider_observed(number(100.0), "p".into(), JsValue::FALSE).expect("a declaration");
        assert!(!machine.is_observing());
        assert!(!machine.is_provider_observed("p".into()).expect("a string"));
        assert_eq!(text(&machine.tick(number(900.0), js("[]")).expect("a tick")), "[]");
    }

    #[wasm_bindgen_test]
    fn what_is_no_whole_number_of_seconds_is_refused_with_a_code() {
        let machine = live_machine();
        let bad = [f64::NAN, f64::INFINITY, -1.0, 1.5, 9_007_199_254_740_992.0, 1e300].map(number);
        for now in bad.into_iter().chain(["5".into(), JsValue::UNDEFINED, JsValue::NULL, js("{}"), 5_u64.into()]) {
            let (name, code, message) = refusal(machine.tick(now.clone(), js("[]")));
            assert_eq!((name.as_str(), code.as_str()), ("PaygressError", "invalid-input"));
            assert_eq!(message, "now must be a whole number of seconds since 1970; use Math.floor(Date.now() / 1000)");
            assert_eq!(refusal(machine.set_observing(now, JsValue::TRUE)).1, "invalid-input");
        }
        for id in [-1.0, 0.5, 4_294_967_296.0].map(number) {
            assert_eq!(refusal(machine.state_of(id)).1, "invalid-input");
        }
        assert!(machine.tick(number(9_007_199_254_740_991.0), js("[]")).is_ok());
    }

    #[wasm_bindgen_test]
    fn observations_of_the_wrong_form_are_refused_and_change_nothing() {
        let machine = live_machine();
        let beat = |field: &str| {
            js(&format!(r#"[{{"providerNpub":"p","relayUrl":"wss://r","seenAt":1,"eventTimestamp":100}},{field}]"#))
        };
        let fields = |seen_at: &str, timestamp: &str, relay: &str| {
            format!(r#"{{"providerNpub":"p","relayUrl":{relay},"seenAt":{seen_at},"eventTimestamp":{timestamp}}}"#)
        };
        let wrong = [
            fields("1", "-1", r#""r""#),
            fields("1", "1.5", r#""r""#),
            fields("1", "1e300", r#""r""#),
            fields("1", "18446744073709551615", r#""r""#),
            fields(r#""1""#, "1", r#""r""#),
            fields("1", "null", r#""r""#),
            fields("1", "1", "7"),
            "null".into(),
            "{}".into(),
            "[]".into(),
        ];
        for field in wrong {
            assert_eq!(refusal(machine.tick(number(100.0), beat(&field))).1, "invalid-input", "{field}");
        }
        let huge = js_sys::Object::new();
        for (name, value) in [("providerNpub", JsValue::from("p")), ("relayUrl", "r".into()), ("seenAt", 1.into())] {
            Reflect::set(&huge, &name.into(), &value).expect("an object");
        }
        Reflect::set(&huge, &"eventTimestamp".into(), &u64::MAX.into()).expect("an object");
        assert_eq!(refusal(machine.tick(number(100.0), js_sys::Array::of1(&huge).into())).1, "invalid-input");
        for no_list in [js("{}"), js("7"), JsValue::UNDEFINED] {
            assert_eq!(refusal(machine.tick(number(100.0), no_list)).1, "invalid-input");
        }
        assert_eq!(text(&machine.evidence(number(7.0)).expect("a number")), "[]");
    }

    #[wasm_bindgen_test]
    fn workloads_and_numbers_of_the_wrong_form_are_refused() {
        let machine = live_machine();
        for workload in ["{}", "null", r#"{"workloadId":7,"providerNpub":"p","state":{"state":"asleep"}}"#] {
            assert_eq!(refusal(machine.track(js(workload))).1, "invalid-input");
        }
        let future =
            r#"{"workloadId":7,"providerNpub":"p","state":{"state":"live","since":1e300},"createdAt":1,"expiresAt":2}"#;
        assert_eq!(refusal(machine.track(js(future))).1, "invalid-input");
        for config in [r#"{"m":256}"#, r#"{"t1Secs":-1}"#, r#"{"staleSecs":0.5}"#, "7"] {
            assert_eq!(refusal(WorkloadStateMachine::new(js(config))).1, "invalid-input", "{config}");
        }
        assert_eq!(refusal(machine.set_observing(number(1.0), "false".into())).1, "invalid-input");
        assert_eq!(refusal(machine.notify_respawn_failed(number(7.0), JsValue::UNDEFINED)).1, "invalid-input");
    }
}
