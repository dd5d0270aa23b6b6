//! What a provider sells and remembers: the checks around the redemption, leases, standby slots, top-ups, status.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nostr::prelude::PublicKey;
use rand::RngExt as _;
use serde::Serialize;

use super::Provider;
use super::config::{Backend, ProviderVersion, Tier};
use super::reply::{AccessReply, ErrorReply, StatusReply, TemplatePort, TopUpReply, human_time, rfc3339, to_text};
use super::request::{Spawn, Status, TopUp};
use super::templates::{self, Template};

const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A sold lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lease {
    /// The number in `container-<vmid>`.
    pub vmid: u32,
    /// The tier sold.
    pub tier: String,
    /// Unix seconds.
    pub created_at: u64,
    /// Unix seconds.
    pub expires_at: u64,
    /// The consumer's key, hex.
    pub owner: String,
    /// The image asked for, or the template's slug.
    pub runs: String,
    /// What the consumer called it.
    pub workload_id: Option<String>,
    /// The root password in force.
    pub password: String,
}

/// A paid reservation of a standby (§3.8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StandbySlot {
    /// What the consumer called the workload.
    pub workload_id: String,
    /// The primary, as the consumer wrote it.
    pub primary: String,
    /// This provider's place in the list of standbys.
    pub index: usize,
    /// Unix seconds.
    pub expires_at: u64,
    /// The consumer's key, hex.
    pub owner: String,
}

/// What a provider is to one spawn request.
enum Role {
    Primary,
    Standby { index: usize, count: usize },
    NotAddressed,
}

impl Provider {
    /// Steps 1 and 2 of §3.2: what is refused while the token is still whole.
    pub(super) fn check_spawn(&self, spawn: &Spawn) -> Result<(), ErrorReply> {
        if matches!(self.role(spawn), Role::NotAddressed) {
            return Err(ErrorReply::new("not_addressed", "this provider is neither the primary nor a standby"));
        }
        let images = matches!(self.config.backend, Backend::Docker | Backend::Proxmox);
        if self.config.version == ProviderVersion::Head && spawn.template_slug.is_some() && !images {
            return Err(ErrorReply::new("template_unsupported", "this backend runs its own image, not templates"));
        }
        Ok(())
    }

    /// Steps 7 and 8: which tier, and whether the money buys the minimum. Either refusal burns the token.
    pub(super) fn price(&self, spawn: &Spawn, msat: u64) -> Result<(), ErrorReply> {
        let tier = self.tier(spawn)?;
        let needed = self.config.minimum_secs.saturating_mul(tier.rate_msats_per_sec);
        if seconds(msat, tier) < self.config.minimum_secs {
            let minimum = self.config.minimum_secs;
            return Err(ErrorReply::new(
                "insufficient_payment",
                format!("Insufficient payment for minimum duration. Required: {needed} msats for {minimum}s"),
            ));
        }
        Ok(())
    }

    /// Steps 9 to 14; every refusal burns the token.
    pub(super) fn provision(&mut self, now: u64, owner: &PublicKey, spawn: &Spawn, msat: u64) -> String {
        match self.try_provision(now, owner, spawn, msat) {
            Ok(reply) => to_text(&reply),
            Err(error) => error.to_text(),
        }
    }

    fn try_provision(
        &mut self,
        now: u64,
        owner: &PublicKey,
        spawn: &Spawn,
        msat: u64,
    ) -> Result<AccessReply, ErrorReply> {
        let tier = self.tier(spawn)?.clone();
        let lasts = seconds(msat, &tier).saturating_sub(self.switches.lie.short_secs);
        let vmid = self.free_vmid()?;
        let password = self.password(spawn);
        let template = match &spawn.template_slug {
            Some(slug) => Some(templates::lookup(slug, self.config.version).ok_or_else(|| {
                ErrorReply::new("unknown_template", format!("the template {slug} is not known to this provider"))
            })?),
            None => None,
        };
        check_volume_key(spawn, template)?;
        let expires_at = now.saturating_add(lasts);
        if let Role::Standby { index, count } = self.role(spawn) {
            return self.reserve(owner, spawn, &tier, index, count, expires_at);
        }
        if self.switches.lie.backend_fails {
            return Err(ErrorReply::new("backend_error", "Backend failed to create workload: no space left on device"));
        }
        let port = self.ssh_port(vmid);
        let lease = Lease {
            vmid,
            tier: tier.id.clone(),
            created_at: now,
            expires_at,
            owner: owner.to_hex(),
            runs: spawn.template_slug.clone().unwrap_or_else(|| spawn.pod_image.clone()),
            workload_id: spawn.workload_id.clone().filter(|id| !id.is_empty()),
            password: password.clone(),
        };
        self.leases.insert(vmid, lease);
        let template_ports = template_ports(template, port);
        Ok(AccessReply {
            pod_npub: format!("container-{vmid}"),
            node_port: port,
            expires_at: rfc3339(expires_at),
            cpu_millicores: tier.cpu_millicores,
            memory_mb: tier.memory_mb,
            pod_spec_name: tier.name,
            pod_spec_description: tier.description,
            instructions: instructions(&self.config.host, port, &password, expires_at, &template_ports),
            host_address: self.config.host.clone(),
            template_ports,
        })
    }

    /// Step 12 and the reservation of a standby.
    fn reserve(
        &mut self,
        owner: &PublicKey,
        spawn: &Spawn,
        tier: &Tier,
        index: usize,
        count: usize,
        expires_at: u64,
    ) -> Result<AccessReply, ErrorReply> {
        let Some(workload_id) = spawn.workload_id.clone().filter(|id| !id.is_empty()) else {
            return Err(ErrorReply::new("missing_workload_id", "a standby needs the workload id of its primary"));
        };
        let primary = spawn.primary_npub.clone().unwrap_or_default();
        let slot = StandbySlot {
            workload_id: workload_id.clone(),
            primary: primary.clone(),
            index,
            expires_at,
            owner: owner.to_hex(),
        };
        self.slots.insert(workload_id.clone(), slot);
        let delay = index.saturating_mul(30);
        Ok(AccessReply {
            pod_npub: format!("standby-slot-{workload_id}"),
            node_port: 0,
            expires_at: rfc3339(expires_at),
            cpu_millicores: tier.cpu_millicores,
            memory_mb: tier.memory_mb,
            pod_spec_name: tier.name.clone(),
            pod_spec_description: tier.description.clone(),
            instructions: vec![
                format!("🛏️  Standby slot {index} of {count} is reserved for workload {workload_id}."),
                format!("It is promoted when the primary {primary} revokes the lease."),
                format!("The promotion takes {delay} seconds."),
            ],
            host_address: self.config.host.clone(),
            template_ports: Vec::new(),
        })
    }

    /// The checks of §4.2 before the redemption.
    pub(super) fn check_top_up(&self, now: u64, owner: &PublicKey, top_up: &TopUp) -> Result<(), ErrorReply> {
        let name = &top_up.pod_npub;
        let vmid = parse_pod(name).ok_or_else(|| ErrorReply::new("invalid_pod_id", format!("{name} names no pod")))?;
        let lease =
            self.leases.get(&vmid).ok_or_else(|| ErrorReply::new("not_found", format!("Pod {name} not found")))?;
        if lease.owner != owner.to_hex() {
            return Err(ErrorReply::new("not_owner", "Pod not owned by requester"));
        }
        if lease.expires_at <= now {
            return Err(ErrorReply::new("lease_expired", format!("the lease of {name} has ended; spawn anew")));
        }
        if self.tier_named(&lease.tier).is_none() {
            return Err(ErrorReply::new("spec_unavailable", format!("the tier of {name} is no longer sold")));
        }
        Ok(())
    }

    /// The rest of §4.2, after the redemption.
    pub(super) fn extend(&mut self, owner: &PublicKey, top_up: &TopUp, msat: u64) -> String {
        match self.try_extend(owner, top_up, msat) {
            Ok(reply) => to_text(&reply),
            Err(error) => error.to_text(),
        }
    }

    fn try_extend(&mut self, owner: &PublicKey, top_up: &TopUp, msat: u64) -> Result<TopUpReply, ErrorReply> {
        let lost = || ErrorReply::new("race_lost", "the pod was cleaned up meanwhile; the token has been spent");
        let vmid = parse_pod(&top_up.pod_npub).ok_or_else(lost)?;
        let lease = self.leases.get(&vmid).filter(|lease| lease.owner == owner.to_hex()).ok_or_else(lost)?;
        let rate = self.tier_named(&lease.tier).ok_or_else(lost)?.rate_msats_per_sec;
        let bought = msat.checked_div(rate).unwrap_or(0);
        if bought == 0 {
            let message = format!("Insufficient topup: {msat} msats buys 0 seconds at {rate} msats/sec");
            return Err(ErrorReply::new("insufficient_payment", message));
        }
        let given = bought.saturating_sub(self.switches.lie.short_secs);
        let lease = self.leases.get_mut(&vmid).ok_or_else(lost)?;
        lease.expires_at = lease.expires_at.saturating_add(given);
        Ok(TopUpReply {
            success: true,
            pod_npub: top_up.pod_npub.clone(),
            extended_duration_seconds: given,
            new_expires_at: rfc3339(lease.expires_at),
            message: format!("Lease extended by {given}s ({msat} msats @ {rate} msats/sec)"),
        })
    }

    /// Status with its quirks (§5): a number asks for that vmid whoever owns it, anything else for any lease of the asker.
    pub(super) fn status(&self, now: u64, from: &PublicKey, status: &Status) -> String {
        let asker = from.to_hex();
        let lease = match status.pod_id.parse::<u32>() {
            Ok(vmid) => self.leases.get(&vmid),
            Err(_) => self.leases.values().find(|lease| lease.owner == status.pod_id || lease.owner == asker),
        };
        let Some(lease) = lease else {
            let message = format!("Workload {} not found or you don't have access", status.pod_id);
            return ErrorReply::new("not_found", message).to_text();
        };
        let left = lease.expires_at.saturating_sub(now);
        let tier = self.tier_named(&lease.tier);
        to_text(&StatusReply {
            pod_id: lease.vmid.to_string(),
            status: if left == 0 { "Expired" } else { "Running" },
            expires_at: rfc3339(lease.expires_at),
            time_remaining_seconds: left,
            cpu_millicores: tier.map_or(1000, |tier| tier.cpu_millicores),
            memory_mb: tier.map_or(1024, |tier| tier.memory_mb),
            ssh_host: self.config.host.clone(),
            ssh_port: self.ssh_port(lease.vmid),
            ssh_username: "root",
        })
    }

    fn role(&self, spawn: &Spawn) -> Role {
        let Some(standbys) = &spawn.standby_providers else { return Role::Primary };
        let me = self.keys.public_key();
        let is_me = |name: &str| PublicKey::parse(name).is_ok_and(|key| key == me);
        if spawn.primary_npub.as_deref().is_some_and(is_me) {
            return Role::Primary;
        }
        match standbys.iter().position(|name| is_me(name)) {
            Some(index) => Role::Standby { index, count: standbys.len() },
            None => Role::NotAddressed,
        }
    }

    /// The tier sold: the one asked for, else silently the first (§0 rule 6).
    fn tier(&self, spawn: &Spawn) -> Result<&Tier, ErrorReply> {
        let lied = self.switches.lie.tier.as_deref().and_then(|id| self.tier_named(id));
        let asked = spawn.pod_spec_id.as_deref().and_then(|id| self.tier_named(id));
        lied.or(asked)
            .or_else(|| self.config.tiers.first())
            .ok_or_else(|| ErrorReply::new("no_specs", "this provider sells no tier"))
    }

    fn tier_named(&self, id: &str) -> Option<&Tier> {
        self.config.tiers.iter().find(|tier| tier.id == id)
    }

    fn free_vmid(&self) -> Result<u32, ErrorReply> {
        let (first, last) = self.config.vmids;
        let free = (first..=last).find(|vmid| !self.leases.contains_key(vmid));
        free.filter(|_| !self.switches.lie.no_free_id)
            .ok_or_else(|| ErrorReply::new("provisioning_error", "Failed to find available ID: none is free"))
    }

    /// [HEAD] honours a password of 12 to 64 alphanumerics; everything else is replaced by a generated one (§3.1).
    fn password(&mut self, spawn: &Spawn) -> String {
        let asked = &spawn.ssh_password;
        let fits = (12..=64).contains(&asked.len()) && asked.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if self.config.version == ProviderVersion::Head && fits {
            return asked.clone();
        }
        (0..16).map(|_| char::from(ALPHANUMERIC[self.rng.random_range(0..ALPHANUMERIC.len())])).collect()
    }

    fn ssh_port(&self, vmid: u32) -> u16 {
        let port = match self.config.ssh_port_start {
            Some(start) => u32::from(start).saturating_add(vmid.saturating_sub(self.config.vmids.0)),
            None => 30_000 + vmid % 10_000,
        };
        u16::try_from(port).unwrap_or(u16::MAX)
    }
}

fn seconds(msat: u64, tier: &Tier) -> u64 {
    msat.checked_div(tier.rate_msats_per_sec).unwrap_or(0)
}

fn parse_pod(name: &str) -> Option<u32> {
    name.strip_prefix("container-").unwrap_or(name).parse().ok()
}

/// Step 11: the key is looked at only where the template keeps data.
fn check_volume_key(spawn: &Spawn, template: Option<&Template>) -> Result<(), ErrorReply> {
    let (Some(key), Some(true)) = (&spawn.volume_key, template.map(|template| template.has_volume)) else {
        return Ok(());
    };
    match URL_SAFE_NO_PAD.decode(key) {
        Ok(bytes) if bytes.len() == 32 => Ok(()),
        Ok(_) | Err(_) => {
            Err(ErrorReply::new("invalid_volume_encryption", "the volume key must be 32 bytes in unpadded base64url"))
        }
    }
}

fn template_ports(template: Option<&Template>, ssh_port: u16) -> Vec<TemplatePort> {
    let ports = template.map_or(&[][..], |template| template.ports);
    (1u16..)
        .zip(ports)
        .map(|(offset, &(container_port, label))| TemplatePort {
            host_port: ssh_port.saturating_add(offset),
            container_port,
            protocol: "tcp",
            label,
        })
        .collect()
}

/// The human lines of a primary spawn, as recorded from 0.1.9 (§3.3).
fn instructions(host: &str, port: u16, password: &str, expires_at: u64, ports: &[TemplatePort]) -> Vec<String> {
    let mut lines = vec![
        "🚀 Workload provisioned successfully!".to_owned(),
        "👤 Username: root".to_owned(),
        format!("🔑 Password: {password}"),
        format!("⌛ Expires: {}", human_time(expires_at)),
        "Access: You can connect to the container using SSH.".to_owned(),
        format!("  ssh -p {port} root@{host}"),
    ];
    if !ports.is_empty() {
        lines.push("Workload ports:".to_owned());
        lines.extend(ports.iter().map(|port| {
            let (label, protocol) = (port.label, port.protocol);
            format!("  {label} ({protocol}): {protocol}://{host}:{}", port.host_port)
        }));
    }
    lines
}
