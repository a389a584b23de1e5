//! What the child takes from itself before it looks at a file: memory, CPU time, files, children,
//! the network.

use super::Limits;
use rustix::process::{Resource, Rlimit, setrlimit};
use std::collections::BTreeMap;

/// Sets the limits of this process for good. `file_bytes` is the size of the file, when known.
///
/// # Errors
/// A resource limit that could not be set: nothing may be parsed then.
pub(super) fn drop_powers(limits: &Limits, file_bytes: Option<u64>) -> Result<(), String> {
    // A slow machine and an unoptimised build still read two megabytes a second.
    let cpu = limits.cpu_seconds + file_bytes.map_or(1_200, |bytes| bytes / 2_000_000);
    for (resource, value) in [
        (Resource::As, limits.max_memory_bytes),
        (Resource::Cpu, cpu),
        (Resource::Nofile, 16),
        (Resource::Nproc, 0),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
    ] {
        let rlimit = Rlimit {
            current: Some(value),
            maximum: Some(value),
        };
        setrlimit(resource, rlimit).map_err(|error| format!("{resource:?}: {error}"))?;
    }
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    // Kernels without seccomp (some containers) leave the limits above as the fence.
    if let Err(error) = forbid_system_calls() {
        tracing::debug!(%error, "no system call filter");
    }
    Ok(())
}

/// No sockets, no new processes, no opening or changing of files, no looking into others.
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
fn forbid_system_calls() -> Result<(), String> {
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};
    let shared = [
        libc::SYS_socket,
        libc::SYS_socketpair,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_listen,
        libc::SYS_accept,
        libc::SYS_accept4,
        libc::SYS_sendto,
        libc::SYS_sendmsg,
        libc::SYS_execve,
        libc::SYS_execveat,
        libc::SYS_clone,
        libc::SYS_clone3,
        libc::SYS_ptrace,
        libc::SYS_openat,
        libc::SYS_openat2,
        libc::SYS_unlinkat,
        libc::SYS_renameat2,
        libc::SYS_linkat,
        libc::SYS_symlinkat,
        libc::SYS_mkdirat,
        libc::SYS_fchmodat,
        libc::SYS_fchownat,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_kill,
        libc::SYS_mount,
        libc::SYS_unshare,
        libc::SYS_setns,
        libc::SYS_bpf,
        libc::SYS_keyctl,
        libc::SYS_io_uring_setup,
        libc::SYS_memfd_create,
        libc::SYS_truncate,
        libc::SYS_ftruncate,
    ];
    #[cfg(target_arch = "x86_64")]
    let own = [
        libc::SYS_open,
        libc::SYS_creat,
        libc::SYS_fork,
        libc::SYS_vfork,
        libc::SYS_unlink,
        libc::SYS_rename,
        libc::SYS_mkdir,
        libc::SYS_chmod,
        libc::SYS_chown,
        libc::SYS_link,
        libc::SYS_symlink,
        libc::SYS_rmdir,
    ];
    #[cfg(target_arch = "aarch64")]
    let own: [i64; 0] = [];
    let rules: BTreeMap<i64, Vec<seccompiler::SeccompRule>> = shared
        .into_iter()
        .chain(own)
        .map(|call| (call, Vec::new()))
        .collect();
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EPERM as u32),
        std::env::consts::ARCH
            .try_into()
            .map_err(|_| "unknown machine".to_owned())?,
    )
    .map_err(|error| error.to_string())?;
    let program: BpfProgram = filter
        .try_into()
        .map_err(|error: seccompiler::BackendError| error.to_string())?;
    apply_filter(&program).map_err(|error| error.to_string())
}

#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
fn forbid_system_calls() -> Result<(), String> {
    let _: BTreeMap<(), ()> = BTreeMap::new();
    Err("not on this system".to_owned())
}
